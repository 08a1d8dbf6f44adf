"""Exceptions. The text of each is the library's own message: what was found, what was expected, what to do."""

from __future__ import annotations


class Error(Exception):
    """The base of all exceptions that the library raises.

    Attributes
    ----------
    status : str
        The kind of failure in a word or two, as the C library names it.
    """

    status: str = ""


class InputError(Error, ValueError):
    """An option, an argument or an input file is wrong."""


class DeviceError(Error, RuntimeError):
    """There is no OpenCL device, or it failed, or the process was forked after a device was used."""


class UnsupportedError(Error, RuntimeError):
    """This build lacks the feature, for example HDF5."""


class FileError(Error, OSError):
    """Reading or writing a file failed."""


class OutOfMemoryError(Error, MemoryError):
    """The host or the device ran out of memory."""


class CancelledError(Error):
    """A progress function stopped the call."""


class BusyError(Error, RuntimeError):
    """A progress or log function called the handle whose call it reports on."""


# By enum plotmill_status.
CLASSES: tuple[type[Error], ...] = (
    Error,
    InputError,
    DeviceError,
    UnsupportedError,
    DeviceError,
    FileError,
    OutOfMemoryError,
    CancelledError,
    BusyError,
)


def make(code: int, status: str, message: str) -> Error:
    """The exception of a status."""
    error = (CLASSES[code] if code < len(CLASSES) else Error)(message or status)
    error.status = status
    return error
