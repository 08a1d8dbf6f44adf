"""Numbers in memory, of any library, as arrays of NumPy that the library reads where they are."""

from __future__ import annotations

import decimal
import numbers
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plotmill._whole import EXACT, Whole, exact_float, to_float64
from plotmill.errors import InputError

# Exactly these are read without a copy; others are converted.
READ = frozenset("float64 float32 int64 int32 int16 int8 uint64 uint32 uint16 uint8".split())


def to_numpy(values: Any, name: str = "values") -> NDArray[Any]:
    """Numbers as an array of a type that the library reads, with any strides.

    Parameters
    ----------
    values : array-like
        An array of NumPy; a tensor of PyTorch; a column of pandas, Polars or Arrow; anything with ``__array__``,
        ``__dlpack__``, ``__arrow_c_array__`` or ``__arrow_c_stream__``; or a list. A column whose elements are lists of
        equal length is an array of two axes.
    name : str
        What messages call it.

    Returns
    -------
    ndarray
        Of float64, float32, or integers of 8 to 64 bits, in the machine's byte order. Missing values (None, NaT, NA,
        nulls of Arrow, what a mask hides) are NaN. Shares the memory of `values` where their type allows it.

    Raises
    ------
    InputError
        Values that are no real numbers, or lists of different lengths.
    """
    found = _numbers(_as_ndarray(values, name), name)
    if found.ndim == 0:
        raise InputError(f"{name}: found a single number, expected an array")
    return found


# From other libraries.


def _module(values: Any) -> str:
    return str(type(values).__module__).partition(".")[0]


def _as_ndarray(values: Any, name: str) -> NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        ma: Any = np.ma  # NumPy 1 has no types for its functions
        if ma.is_masked(values):
            return _with_missing(_numbers(np.asarray(values.data), name), ma.getmaskarray(values), name)
        return np.asarray(values.data)
    if isinstance(values, np.ndarray):
        return values
    if isinstance(values, (str, bytes, bytearray)):
        raise InputError(f"{name}: found text, expected numbers; files are read by plotmill.Dataset")
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(values, torch.Tensor):
        return _tensor(values, torch, name)
    if _module(values) == "pandas":
        return _pandas(values, name)
    if _module(values) == "polars":
        return _polars(values, name)
    if _module(values) == "pyarrow":
        return _arrow(values, name)
    if isinstance(values, (list, tuple, range)):
        return _of_list(values, name)
    if isinstance(values, numbers.Number):
        return np.asarray(values)
    return _by_protocol(values, name)


def _by_protocol(values: Any, name: str) -> NDArray[Any]:
    if hasattr(values, "__array__") or hasattr(values, "__array_interface__"):
        return np.asarray(values)
    if hasattr(values, "__dlpack__"):
        try:
            return np.from_dlpack(values)
        except (BufferError, RuntimeError, TypeError, ValueError) as error:
            raise InputError(f"{name}: {type(values).__name__} cannot be read ({error}): copy it to the host") from error
    if hasattr(values, "__arrow_c_array__") or hasattr(values, "__arrow_c_stream__"):
        from plotmill._frames import require

        pyarrow = require("pyarrow", f"{name}: reading {type(values).__name__}")
        if hasattr(values, "__arrow_c_array__"):
            return _arrow(pyarrow.array(values), name)
        return _arrow(pyarrow.chunked_array(values), name)
    try:
        return np.asarray(memoryview(values))
    except TypeError:
        raise InputError(
            f"{name}: found {type(values).__name__}, expected an array, a tensor, a column, a table or a list of numbers"
        ) from None


def _with_missing(values: NDArray[Any], missing: NDArray[np.bool_], name: str) -> NDArray[Any]:
    """As float64, with NaN where a value is missing."""
    return Whole(values, missing).float64(name)


def _tensor(values: Any, torch: Any, name: str) -> NDArray[Any]:
    if values.layout != torch.strided or values.is_quantized:
        raise InputError(f"{name}: found a tensor that is sparse or quantized, expected a dense one: use to_dense()")
    values = values.detach().cpu().resolve_neg().resolve_conj()
    if values.dtype == torch.bfloat16 or str(values.dtype).startswith("torch.float8"):
        values = values.float()
    found: NDArray[Any] = values.numpy()
    return found


def _column(frame: Any, name: str) -> NDArray[Any]:
    """The only column of a table."""
    from plotmill._frames import frame_columns

    column = frame_columns(frame, False)[0]
    if column.kind != "number":
        raise InputError(f"{name}: found {column.kind}{'s' if ' ' not in column.kind else ''}, expected numbers")
    values = column.get()
    found: NDArray[Any] = values.float64(name) if isinstance(values, Whole) else values
    return found


def _pandas(values: Any, name: str) -> NDArray[Any]:
    import pandas

    if not isinstance(values, pandas.Series):  # an index or an extension array
        values = pandas.Series(values)
    kind = values.dtype
    if kind == object:
        return np.asarray(values, dtype=object)
    if isinstance(kind, pandas.SparseDtype):
        values = pandas.Series(np.asarray(values))
    return _column(values.to_frame(name="values").reset_index(drop=True), name)


def _polars(values: Any, name: str) -> NDArray[Any]:
    import polars

    if isinstance(values.dtype, (polars.List, polars.Array)):
        if values.null_count():
            raise InputError(f"{name}: found a null in place of a list, expected lists of equal length")
        lengths = values.list.len() if isinstance(values.dtype, polars.List) else None
        if lengths is not None:
            _check_lengths(lengths.to_numpy(), name)
        return _polars(values.explode(), name).reshape(len(values), -1)
    if values.dtype == polars.Object:
        return _of_list(values.to_list(), name)
    if values.dtype == polars.Null:
        return np.full(len(values), np.nan)
    return _column(values.to_frame("values"), name)


def _arrow(values: Any, name: str) -> NDArray[Any]:
    import pyarrow
    from pyarrow import types

    if not isinstance(values, (pyarrow.Array, pyarrow.ChunkedArray)):
        raise InputError(f"{name}: found {type(values).__name__}, expected an array, a column or a table of Arrow")
    kind = values.type
    if isinstance(values, pyarrow.ChunkedArray):
        chunks = values.combine_chunks()
        values = chunks if isinstance(chunks, pyarrow.Array) else pyarrow.concat_arrays(chunks.chunks)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        if values.null_count:
            raise InputError(f"{name}: found a null in place of a list, expected lists of equal length")
        lengths = values.value_lengths().to_numpy(zero_copy_only=False)
        _check_lengths(lengths, name)
        return _arrow(values.flatten(), name).reshape(len(values), -1)
    if types.is_null(kind):
        return np.full(len(values), np.nan)
    if isinstance(values, pyarrow.ExtensionArray):
        return _arrow(values.storage, name)
    return _column(pyarrow.table({"values": values}), name)


def _check_lengths(lengths: NDArray[Any], name: str) -> None:
    other = np.flatnonzero(lengths != lengths[:1])
    if len(other):
        raise InputError(
            f"{name}: element 0 has {lengths[0]} values and element {other[0]} has {lengths[other[0]]}, expected lists "
            "of equal length"
        )


def _of_list(values: Sequence[Any], name: str) -> NDArray[Any]:
    """Numbers, or anything that has axes itself and equal shapes."""
    if not len(values):
        return np.empty(0)
    if not any(_has_axes(value) for value in values):
        try:
            found = np.asarray(values)
        except (ValueError, OverflowError):
            found = np.empty(len(values), object)
            found[:] = values
        rounded = found.dtype.kind == "f" and bool((np.abs(found) >= EXACT).any())  # whole numbers beside fractions
        return found if found.dtype.kind in "biuf" and not rounded else _objects_of(values)
    if not all(_has_axes(value) for value in values):
        at = next(i for i, value in enumerate(values) if not _has_axes(value))
        raise InputError(f"{name}[{at}]: found {values[at]!r} beside lists, expected lists of equal length")
    parts = [to_numpy(value, f"{name}[{i}]") for i, value in enumerate(values)]
    other = next((i for i, part in enumerate(parts) if part.shape != parts[0].shape), None)
    if other is not None:
        raise InputError(
            f"{name}: element 0 has the shape {parts[0].shape} and element {other} {parts[other].shape}, expected equal "
            "shapes"
        )
    return np.stack([to_float64(part, name) for part in parts] if len({p.dtype for p in parts}) > 1 else parts)


def _has_axes(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or (hasattr(value, "__len__") and not isinstance(value, (str, bytes)) and (
        getattr(value, "ndim", 1) > 0))  # fmt: skip


def _objects_of(values: Sequence[Any]) -> NDArray[Any]:
    found = np.empty(len(values), object)
    found[:] = values
    return found


# To numbers that the library reads.


def _numbers(values: NDArray[Any], name: str) -> NDArray[Any]:
    kind = values.dtype.kind
    if kind == "b":
        return values.view(np.uint8)
    if kind == "O":
        return _of_objects(values, name)
    if kind == "c":
        raise InputError(
            f"{name}: found complex numbers ({values.dtype}), expected real ones: their real part, or their magnitude"
        )
    if kind in "iuf":
        found = values.astype(values.dtype.newbyteorder("="), copy=False)
        if found.dtype.name in READ:
            return found
        return found.astype(np.float32 if found.dtype.itemsize < 4 else np.float64)
    if kind == "V" and values.dtype.names is None and values.dtype.name.startswith(("bfloat", "float")):
        return values.astype(np.float32)  # of ml_dtypes
    what = {"M": "times", "m": "durations", "U": "text", "S": "text", "T": "text", "V": "records"}.get(kind, "values")
    raise InputError(f"{name}: found {what} ({values.dtype}), expected numbers")


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType") or (
        isinstance(value, (np.datetime64, np.timedelta64)) and bool(np.isnat(value)))  # fmt: skip


def _of_objects(values: NDArray[Any], name: str) -> NDArray[Any]:
    """Python's numbers, one by one; or sequences of equal length."""
    flat = values.ravel().tolist()
    if values.ndim == 1 and any(_has_axes(value) for value in flat):
        return _numbers(_of_list(flat, name), name)
    found = np.empty(len(flat))
    for i, value in enumerate(flat):
        if _is_missing(value):
            found[i] = np.nan
        elif isinstance(value, (numbers.Real, decimal.Decimal, np.bool_)) or (
            getattr(value, "ndim", None) == 0 and not isinstance(value, np.generic)
        ):
            found[i] = exact_float(value, f"{name}[{', '.join(map(str, np.unravel_index(i, values.shape)))}]")
        else:
            place = ", ".join(map(str, np.unravel_index(i, values.shape)))
            raise InputError(f"{name}[{place}]: found {value!r} ({type(value).__name__}), expected a real number")
    return found.reshape(values.shape)


# As sources.


def sequences_of(values: Mapping[str, Any]) -> tuple[NDArray[Any], tuple[str, ...]] | None:
    """The fields of ready sequences, a mapping from names to arrays (N, T), as one array (N, T, F); None: it is none."""
    names = tuple(str(name) for name in values)
    arrays = []
    for name, value in zip(names, values.values()):
        if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype != object:
            return None
        if not _has_axes(value) or not (isinstance(value, np.ndarray) or len(value)):
            return None
        if getattr(value, "ndim", 0) < 2 and not _has_axes(next(iter(value), None)):
            return None
        arrays.append(to_numpy(value, name))
    if not arrays:
        return None
    for name, array in zip(names, arrays):
        if array.ndim != 2 or array.shape != arrays[0].shape:
            raise InputError(
                f"{name}: found an array of shape {array.shape}, expected {arrays[0].shape[:2]} as {names[0]} has"
            )
    same = len({array.dtype for array in arrays}) == 1
    return np.stack(arrays if same else [to_float64(array, "values") for array in arrays], axis=2), names


def in_order(array: NDArray[Any], axes: str) -> tuple[NDArray[Any], str]:
    """The array as T, TF, NT or NTF, of which it is a view."""
    if sorted(axes) != sorted(set(axes) & set("NTF")) or "T" not in axes or len(axes) != array.ndim:
        raise InputError(
            f"axes: found {axes!r}, expected one of the letters N, T and F for each axis, T among them: the array is "
            f"{array.shape}"
        )
    order = [axes.index(letter) for letter in "NTF" if letter in axes]
    found = array.transpose(order)
    if not any(found.strides):  # which would mean that there are no gaps
        found = np.ascontiguousarray(found)
    return found, "".join(letter for letter in "NTF" if letter in axes)
