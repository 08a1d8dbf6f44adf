"""Exceptions. The text of each is the library's own message: what was found, what was expected, what to do."""

from __future__ import annotations

import errno as numbers
import os
from typing import TypeVar


class Error(Exception):
    """The base of all exceptions that the library raises.

    Attributes
    ----------
    status : str
        The kind of failure in a word or two, as the C library names it.
    """

    status: str = ""


class InputError(Error, ValueError):
    """An option, an argument or an input file is wrong. A damaged file is one of them."""


class MissingFileError(InputError, FileNotFoundError):
    """A file to read, or the folder of one to write, is not there.

    Attributes
    ----------
    filename : str
        Its path.
    """

    errno = numbers.ENOENT
    strerror = os.strerror(numbers.ENOENT)
    filename: str | None = None


class ExistingFileError(InputError, FileExistsError):
    """A file or a folder to write exists already.

    Attributes
    ----------
    filename : str
        Its path.
    """

    errno = numbers.EEXIST
    strerror = os.strerror(numbers.EEXIST)
    filename: str | None = None


class DeviceError(Error, RuntimeError):
    """There is no OpenCL device, or it failed, or the process was forked after a device was used."""


class UnsupportedError(Error, RuntimeError):
    """This build lacks the feature, for example HDF5."""


class FileError(Error, OSError):
    """Reading or writing a file failed, for example because the disk is full."""


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


FileClass = TypeVar("FileClass", MissingFileError, ExistingFileError)


def of_file(kind: type[FileClass], path: str, message: str) -> FileClass:
    """The exception for a path."""
    error = kind(message)
    error.status = "bad input"
    error.filename = path
    return error


def check_exists(path: str, what: str = "file") -> None:
    """Raises MissingFileError, with the library's words."""
    if not os.path.exists(path):
        raise of_file(MissingFileError, path, f"{path}: no such {what}")


def forked(what: str) -> Error:
    """For what was made before a fork."""
    return make(
        4,
        "device failed",
        f"{what} was made before this process was forked, and OpenCL does not survive a fork: start processes by spawn "
        '(multiprocessing.get_context("spawn"), or multiprocessing_context="spawn" of a DataLoader), or fork before '
        "anything is drawn",
    )
