"""Arguments of calls that draw: where images begin, and the memory that they go to."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from plotmill._sources import find_axes
from plotmill.arrays import to_numpy
from plotmill.errors import InputError

Encoding = Literal["png", "jpeg", "zlib"]

ENCODINGS = {"zlib": 1, "png": 2, "jpeg": 3}  # enum plotmill_encoding


def check_encode(encode: object, quality: object = None) -> None:
    """Refuses an encoding that does not exist. quality: of a call for this encoding alone."""
    if encode is not None and (not isinstance(encode, str) or encode not in ENCODINGS):
        raise InputError(f"encode: found {encode!r}, expected png, jpeg or zlib")
    if quality is not None and encode != "jpeg":
        raise InputError(f'quality: found {quality!r} with encode={encode!r}, expected encode="jpeg", to which it applies')


def check_starts(stride: object) -> None:
    """Refuses a stride, which has no effect in a call with starts."""
    if stride is not None and stride != 1:
        raise InputError(
            f"stride: found {stride!r} with starts, expected one of them: starts says where every image begins"
        )


def check_shape(shape: tuple[int, ...], name: str) -> None:
    """Refuses arrays without samples, but not those of no sequences."""
    if not 1 <= len(shape) <= 3:
        raise InputError(f"{name}: found an array {shape}, expected (T), (T, F), (N, T) or (N, T, F)")
    if 0 in shape[len(shape) > 1 :]:
        raise InputError(f"{name}: found an empty array {shape}, expected samples")


def axes_of(shape: tuple[int, ...], window: int, windows: bool, name: str) -> str:
    """The axes of an array: two of them are windows (N, T) where no others are cut; else as the command decides."""
    if len(shape) == 2 and shape[1] != 1 and 0 < max(shape) < window:
        raise InputError(
            f"{name}: found an array {shape} and the window {window}, which is longer than either axis: expected the "
            "length of a sequence, or a shorter window"
        )
    if len(shape) == 2 and shape[1] != 1 and (not window or (windows and shape[1] == window)):
        return "NT"
    return find_axes(shape, window)


def whole_numbers(values: Any, name: str) -> NDArray[np.uint64]:
    listed = isinstance(values, (list, tuple)) and any(isinstance(value, (bool, np.bool_)) for value in values)
    if listed or "bool" in str(getattr(values, "dtype", "")).lower():
        raise InputError(f"{name}: found booleans, expected whole numbers: numpy.flatnonzero makes them of a mask")
    found = to_numpy(values, name)
    if found.ndim != 1:
        raise InputError(f"{name}: found an array of {found.ndim} axes, expected one")
    if not len(found):
        return np.empty(0, np.uint64)
    if found.dtype.kind not in "iu":
        raise InputError(f"{name}: found numbers of type {found.dtype}, expected whole numbers")
    if found.dtype.kind == "i" and found.min() < 0:
        at = int(np.argmax(found < 0))
        raise InputError(f"{name}[{at}]: found {found[at]}, expected 0 or more")
    return np.ascontiguousarray(found, np.uint64)


def _memory_of(out: Any) -> NDArray[Any]:
    if not hasattr(out, "__array__"):
        return np.asarray(memoryview(out))
    array = np.asarray(out)
    if array.size and not np.may_share_memory(array, np.asarray(out)):
        raise TypeError("it gives NumPy a copy, as a data set of HDF5 does")
    return array


def buffer_of(out: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[Any, NDArray[Any]]:
    """(out, an array over its memory) if images of this shape and dtype fit exactly."""
    array = out
    if not isinstance(out, np.ndarray):
        try:
            array = _memory_of(out)
        except (TypeError, ValueError, RuntimeError) as error:
            raise InputError(f"out: found {type(out).__name__}, expected an array or a buffer ({error})") from None
    needed = int(np.prod(shape)) * dtype.itemsize
    if not isinstance(out, np.ndarray) and array.ndim == 1 and array.dtype == np.uint8 and len(shape) > 1:
        if array.nbytes != needed:
            raise InputError(f"out: found {array.nbytes} bytes, expected {needed} for {shape} of {dtype}")
    elif array.dtype != dtype or array.shape != shape:
        raise InputError(f"out: found {array.dtype} {array.shape}, expected {dtype} {shape}")
    if not array.flags.c_contiguous:
        raise InputError("out: found an array with gaps, expected one that is C-contiguous")
    if not array.flags.writeable:
        raise InputError("out: found an array that is read-only, expected one that is writeable")
    return out, array


