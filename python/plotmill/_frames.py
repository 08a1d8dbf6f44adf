"""Tables of any library as columns: numbers, texts and times. pandas, Polars, Arrow, records of NumPy, mappings."""

from __future__ import annotations

import decimal
import importlib
import numbers
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plotmill._whole import EXACT, Whole, exact_float, inexact, is_exact, whole
from plotmill.errors import InputError

TEXT_BYTES = 999  # the library's limit


class Texts(NamedTuple):
    """A column of texts. Other indices than those of `texts`, such as -1, are missing values, and so is b""."""

    codes: NDArray[Any]
    texts: list[bytes]  # UTF-8

    def array(self) -> NDArray[np.bytes_]:
        """As NumPy has texts."""
        texts = np.array([*self.texts, b""])  # an index that is none, such as -1, is the last one
        known = (self.codes >= 0) & (self.codes < len(self.texts))
        found: NDArray[np.bytes_] = texts[np.where(known, self.codes, -1)]
        return found


class FrameColumn(NamedTuple):
    """A column of a table. `get` makes its values: an array of numbers or Whole; Texts; or an array of datetime64."""

    name: str
    kind: str  # "number", "text", "time", or what else it is, in words
    get: Callable[[], Any]


def is_frame(value: Any) -> bool:
    """Whether it is a table with named columns."""
    if isinstance(value, Mapping):
        return True
    if isinstance(value, np.ndarray):
        return value.dtype.names is not None
    module = type(value).__module__.partition(".")[0]
    kind = type(value).__name__
    return module in ("pandas", "polars", "pyarrow") and kind in ("DataFrame", "LazyFrame", "Table", "RecordBatch")


def table_of(values: Any) -> Any:
    """A table with named columns, and a series of pandas with times as one; None: it is none."""
    if is_frame(values):
        return values
    index = type(getattr(values, "index", None)).__name__
    if type(values).__module__.partition(".")[0] == "pandas" and index in ("DatetimeIndex", "PeriodIndex"):
        return values.to_frame("value" if values.name is None else str(values.name))
    return None


def frame_columns(frame: Any, with_index: bool = True) -> list[FrameColumn]:
    """The columns of a table, in their order. With the index of a data frame of pandas that is a time or has a name."""
    module = type(frame).__module__.partition(".")[0]
    if isinstance(frame, Mapping):
        columns = _of_mapping(frame)
    elif isinstance(frame, np.ndarray):
        columns = [_of_array(name, _to_array(name, frame[name])) for name in frame.dtype.names or ()]
    elif module == "pandas":
        columns = _of_pandas(frame, with_index)
    elif module == "polars":
        columns = _of_polars(frame)
    elif module == "pyarrow":
        columns = _of_arrow(frame)
    else:
        raise TypeError(f"found {type(frame).__name__}, expected a table of pandas, Polars, Arrow or NumPy, or a dict")
    seen: set[str] = set()
    for column in columns:
        if column.name in seen:
            raise InputError(f"two columns are named {column.name!r}: expected different names")
        seen.add(column.name)
    if not columns:
        raise InputError("found a table without columns")
    return columns


# Texts: as indices of the different ones, so that each is encoded once.


def encode_texts(texts: Iterable[Any], codes: NDArray[Any], name: str) -> Texts:
    """The text of each code, as UTF-8."""
    encoded = [str(text).encode() for text in texts]
    longest = max((len(text) for text in encoded), default=0)
    if longest > TEXT_BYTES:
        raise InputError(f"column {name}: found a text of {longest} bytes, expected at most {TEXT_BYTES}")
    if any(b"\0" in text for text in encoded):
        raise InputError(f"column {name}: found a text with a zero byte")
    return Texts(codes, encoded)


def _texts_of_objects(values: NDArray[Any], name: str) -> Texts:
    numbers: dict[str, int] = {"": 0}
    codes = np.empty(len(values), np.intp)
    for i, value in enumerate(values.tolist()):
        if isinstance(value, bytes):
            value = value.decode()
        elif not isinstance(value, str):
            if not _is_missing(value):
                raise InputError(f"column {name}, row {i}: found {value!r} in a column of texts, expected a text")
            value = ""
        codes[i] = numbers.setdefault(value, len(numbers))
    return encode_texts(numbers, codes, name)


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, decimal.Decimal, np.generic)) and bool(value != value)  # not arrays or lists


def _of_mapping(table: Mapping[Any, Any]) -> list[FrameColumn]:
    columns, rows = [], None
    for name, values in table.items():
        column, length = _of_values(str(name), values)
        if rows is not None and length != rows:
            raise InputError(f"column {name} has {length} rows, expected {rows} as the others have")
        rows = length
        columns.append(column)
    return columns


def _of_values(name: str, values: Any) -> tuple[FrameColumn, int]:
    """Of a column of any library, or anything that NumPy takes; and the number of its rows."""
    module = type(values).__module__.partition(".")[0]
    if module == "pandas" and getattr(values, "ndim", 1) == 1:
        return _of_series(name, importlib.import_module("pandas").Series(values)), len(values)
    if module == "polars" and type(values).__name__ == "Series":
        return _of_polars_series(name, values), len(values)
    if module == "pyarrow" and hasattr(values, "type"):
        return _of_arrow_column(name, values), len(values)
    if isinstance(values, np.ma.MaskedArray) and values.ndim == 1:
        return _of_masked(name, values), len(values)
    found = _to_array(name, values)
    return _of_array(name, found), len(found)


def _to_array(name: str, values: Any) -> NDArray[Any]:
    """Of anything that NumPy takes."""
    if hasattr(values, "__array__") or hasattr(values, "__array_interface__"):
        found = np.asarray(values)
    elif hasattr(values, "__dlpack__") and not isinstance(values, np.ndarray):
        found = np.from_dlpack(values)
    else:
        listed = list(values)
        found = np.asarray(listed)
        # None and numbers among texts would become texts, and whole numbers beside fractions be rounded.
        if found.dtype.kind in "US" or (found.dtype.kind == "f" and (np.abs(found) >= EXACT).any()):
            found = np.array(listed, dtype=object)
    if found.ndim != 1:
        raise InputError(f"column {name}: found an array of shape {found.shape}, expected one axis")
    return found


def _of_masked(name: str, values: Any) -> FrameColumn:
    ma: Any = np.ma  # NumPy 1 has no types for its functions
    missing = ma.getmaskarray(values)
    if values.dtype.kind in "iub":
        plain = np.asarray(values.data)
        return FrameColumn(name, "number", lambda: whole(plain.astype(plain.dtype.newbyteorder("=")), missing))
    filled = np.array(values.data, dtype=None if values.dtype.kind in "fM" else object)
    filled[missing] = {"f": np.nan, "M": np.datetime64("NaT")}.get(values.dtype.kind)
    return _of_array(name, filled)


def _of_array(name: str, values: NDArray[Any]) -> FrameColumn:
    kind = values.dtype.kind
    if kind in "iuf" and values.dtype.itemsize <= 8:
        return FrameColumn(name, "number", lambda: values.astype(values.dtype.newbyteorder("="), copy=False))
    if kind == "f":
        return FrameColumn(name, "number", lambda: values.astype(np.float64))
    if kind == "b":
        return FrameColumn(name, "number", lambda: values.astype(np.uint8))
    if kind == "M":
        return FrameColumn(name, "time", lambda: _to_time(values))
    if kind in "US":
        return FrameColumn(name, "text", lambda: _texts_of_objects(values, name))
    if kind == "O":
        return _of_objects(name, values)
    return FrameColumn(name, f"values of type {values.dtype}", lambda: values)


def _to_time(values: NDArray[Any]) -> NDArray[Any]:
    unit = np.datetime_data(values.dtype)[0]
    return values.astype("datetime64[D]") if unit in "YM" else values.astype(f"datetime64[{unit}]", copy=False)


def _of_objects(name: str, values: NDArray[Any]) -> FrameColumn:
    """Python objects: numbers, dates or texts, by the first that is there."""
    first = next((value for value in values.tolist() if not _is_missing(value)), None)
    if first is None or isinstance(first, (str, bytes)):
        return FrameColumn(name, "text", lambda: _texts_of_objects(values, name))
    kind = type(first).__name__
    if hasattr(first, "isoformat") and hasattr(first, "year"):

        def times() -> NDArray[Any]:
            plain = [None if _is_missing(value) else _plain_time(value) for value in values.tolist()]
            return np.array(plain, dtype="datetime64[us]")

        return FrameColumn(name, "time", times)
    if isinstance(first, (int, float)) or kind == "Decimal" or isinstance(first, np.number):
        return FrameColumn(name, "number", lambda: _numbers_of_objects(values.tolist(), name))
    return FrameColumn(name, f"objects of type {kind}", lambda: values)


def _numbers_of_objects(values: list[Any], name: str) -> NDArray[Any] | Whole:
    missing = np.array([_is_missing(value) for value in values], np.bool_)
    if all(isinstance(value, numbers.Integral) for value, absent in zip(values, missing) if not absent):
        filled = [0 if absent else int(value) for value, absent in zip(values, missing)]
        for dtype in (np.int64, np.uint64):
            if np.iinfo(dtype).min <= min(filled) and max(filled) <= np.iinfo(dtype).max:
                found: NDArray[Any] | Whole = whole(np.array(filled, dtype), missing)
                return found
    floats = np.full(len(values), np.nan)
    for i, value in enumerate(values):
        if missing[i]:
            continue
        if not isinstance(value, (numbers.Real, decimal.Decimal, np.bool_)):
            raise InputError(f"column {name}, row {i}: found {value!r} in a column of numbers, expected a number")
        floats[i] = exact_float(value, f"column {name}, row {i}")
    return floats


def check_decimals(found: NDArray[np.float64], at: Callable[[int], Any], name: str) -> NDArray[np.float64]:
    """Decimals that became float64; refuses whole ones that changed."""
    for i in np.flatnonzero(np.abs(found) >= EXACT).tolist():
        value = at(i)
        if isinstance(value, decimal.Decimal) and not is_exact(float(found[i]), value):
            raise inexact(f"column {name}, row {i}", value)
    return found


def _plain_time(value: Any) -> Any:
    """Without a time zone, UTC."""
    import datetime

    if getattr(value, "tzinfo", None) is not None:
        value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return value


# pandas.


def _of_pandas(frame: Any, with_index: bool) -> list[FrameColumn]:
    pandas = importlib.import_module("pandas")

    if isinstance(frame.columns, pandas.MultiIndex):
        raise InputError(
            "the columns of the data frame have several levels: expected one, as in "
            "frame.xs('AAPL', axis=1, level=1), or frame.stack(level=1).reset_index() with group_by"
        )
    columns = []
    for level in range(frame.index.nlevels if with_index else 0):
        values = frame.index.get_level_values(level)
        timed = isinstance(values, (pandas.DatetimeIndex, pandas.PeriodIndex))
        if values.name is None and not timed:
            continue
        name = "time" if values.name is None else str(values.name)
        if isinstance(values, pandas.PeriodIndex):
            values = values.to_timestamp()
        columns.append(_of_series(name, values.to_series(index=range(len(values)))))
    return columns + [_of_series(str(name), frame.iloc[:, i]) for i, name in enumerate(frame.columns)]


def _of_series(name: str, series: Any) -> FrameColumn:
    pandas = importlib.import_module("pandas")

    kind = series.dtype
    if isinstance(kind, pandas.DatetimeTZDtype):
        return _of_array(name, series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy())
    if isinstance(kind, np.dtype):
        return _of_array(name, series.to_numpy())
    if isinstance(kind, pandas.CategoricalDtype):
        if pandas.api.types.is_integer_dtype(kind.categories.dtype):
            codes = series.cat.codes.to_numpy()
            absent = codes < 0
            known = np.array(kind.categories.tolist())  # nullable ones are objects in an index of pandas 1
            values = known[np.where(absent, 0, codes)] if len(known) else np.zeros(len(codes), np.int64)
            return FrameColumn(name, "number", lambda: whole(values, absent))
        if not pandas.api.types.is_string_dtype(kind.categories.dtype) and kind.categories.dtype != object:
            return _of_array(name, np.asarray(series))

        def texts() -> Texts:
            return encode_texts([*kind.categories, ""], series.cat.codes.to_numpy(), name)

        return FrameColumn(name, "text", texts)
    if pandas.api.types.is_bool_dtype(kind) or pandas.api.types.is_numeric_dtype(kind):
        return _of_pandas_numbers(name, series)
    if pandas.api.types.is_string_dtype(kind):

        def strings() -> Texts:
            codes, texts = pandas.factorize(series)
            return encode_texts([*texts, ""], codes, name)

        return FrameColumn(name, "text", strings)
    if pandas.api.types.is_datetime64_any_dtype(kind):  # of Arrow
        return _of_series(name, pandas.to_datetime(series.astype(object)))
    return _of_objects(name, np.asarray(series, dtype=object))


def _of_pandas_numbers(name: str, series: Any) -> FrameColumn:
    """Of extension types."""
    pandas = importlib.import_module("pandas")

    kind = series.dtype
    if isinstance(kind, pandas.SparseDtype):
        return _of_array(name, np.asarray(series))
    if kind.numpy_dtype == object:  # decimals of Arrow
        return _of_objects(name, np.asarray(series, dtype=object))
    if pandas.api.types.is_integer_dtype(kind):
        missing = series.isna().to_numpy(np.bool_)
        return FrameColumn(name, "number", lambda: whole(series.to_numpy(kind.numpy_dtype, na_value=0), missing))
    if pandas.api.types.is_bool_dtype(kind) or bool(series.isna().any()):
        return FrameColumn(name, "number", lambda: series.to_numpy(np.float64, na_value=np.nan))
    return _of_array(name, series.to_numpy(kind.numpy_dtype))


# Polars.


def _of_polars(frame: Any) -> list[FrameColumn]:
    if hasattr(frame, "collect"):
        frame = frame.collect()
    return [_of_polars_series(name, frame.get_column(name)) for name in frame.columns]


def _of_polars_series(name: str, series: Any) -> FrameColumn:
    polars = importlib.import_module("polars")

    kind = series.dtype
    if kind == polars.Boolean:
        series, kind = series.cast(polars.UInt8), polars.UInt8()
    if kind.is_decimal():
        return FrameColumn(name, "number", lambda: _polars_decimals(series, name))
    if kind.is_numeric():
        return FrameColumn(name, "number", lambda: _polars_numbers(series, name))
    if kind == polars.Date or isinstance(kind, polars.Datetime):
        unit = "D" if kind == polars.Date else kind.time_unit
        missing = np.iinfo(np.int64).min
        return FrameColumn(
            name,
            "time",
            lambda: series.to_physical().cast(polars.Int64).fill_null(missing).to_numpy().view(f"datetime64[{unit}]"),
        )
    if kind in (polars.String, polars.Categorical, polars.Enum):

        def texts() -> Texts:
            plain = series.cast(polars.String)
            codes = plain.rank("dense").fill_null(0).to_numpy()
            return encode_texts(["", *plain.drop_nulls().unique().sort()], codes, name)

        return FrameColumn(name, "text", texts)
    return FrameColumn(name, f"values of type {kind}", lambda: series.to_numpy())


def _polars_numbers(series: Any, name: str) -> NDArray[Any] | Whole:
    if not series.dtype.is_integer():
        return _polars_floats(series)
    if str(series.dtype).endswith("128"):
        return _numbers_of_objects(series.to_list(), name)
    found: NDArray[Any] | Whole = whole(series.fill_null(0).to_numpy(), series.is_null().to_numpy())
    return found


def _polars_decimals(series: Any, name: str) -> NDArray[Any] | Whole:
    polars = importlib.import_module("polars")

    if series.dtype.scale == 0:
        whole_numbers = series.cast(polars.Int64, strict=False)  # null: beyond int64
        if whole_numbers.null_count() == series.null_count():
            return _polars_numbers(whole_numbers, name)
    nearest = series.cast(polars.String).cast(polars.Float64)
    return check_decimals(_polars_floats(nearest), series.item, name)


def _polars_floats(series: Any) -> NDArray[Any]:
    found: NDArray[Any] = series.to_numpy()  # nulls: NaN
    return found


# Arrow.


def _of_arrow(frame: Any) -> list[FrameColumn]:
    names = frame.schema.names
    return [_of_arrow_column(_index_name(name, frame.schema.field(i)), frame.column(i)) for i, name in enumerate(names)]


def _index_name(name: str, field: Any) -> str:
    """pandas stores an index without a name under a name of its own."""
    pyarrow = importlib.import_module("pyarrow")
    return "time" if name.startswith("__index_level_") and pyarrow.types.is_temporal(field.type) else name


def _of_arrow_column(name: str, values: Any) -> FrameColumn:
    pyarrow, types = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.types")

    kind = values.type
    if types.is_dictionary(kind) and not _is_arrow_text(kind.value_type):
        values = values.cast(kind.value_type)
        kind = values.type
    if types.is_boolean(kind):
        return FrameColumn(name, "number", lambda: _arrow_numbers(values.cast(pyarrow.uint8())))
    if types.is_decimal(kind):
        return FrameColumn(name, "number", lambda: _arrow_decimals(values, name))
    if types.is_integer(kind) or types.is_floating(kind):
        return FrameColumn(name, "number", lambda: _arrow_numbers(values))
    if types.is_timestamp(kind) or types.is_date(kind):
        return FrameColumn(name, "time", lambda: _arrow_times(values))
    if types.is_dictionary(kind) or _is_arrow_text(kind):
        return FrameColumn(name, "text", lambda: _arrow_texts(values, name))
    return FrameColumn(name, f"values of type {kind}", lambda: values.to_numpy(zero_copy_only=False))


def _is_arrow_text(kind: Any) -> bool:
    types = importlib.import_module("pyarrow.types")
    return bool(types.is_string(kind) or types.is_large_string(kind) or str(kind) == "string_view")


def _arrow_numbers(values: Any) -> Any:
    types = importlib.import_module("pyarrow.types")

    if types.is_integer(values.type) and values.null_count:
        plain = _one_chunk(values.fill_null(0)).to_numpy(zero_copy_only=False)
        return Whole(plain, _one_chunk(values.is_null()).to_numpy(zero_copy_only=False))
    return _one_chunk(values).to_numpy(zero_copy_only=False)  # nulls: NaN


def _arrow_decimals(values: Any, name: str) -> Any:
    pyarrow = importlib.import_module("pyarrow")

    if values.type.scale == 0:
        try:
            return _arrow_numbers(values.cast(pyarrow.int64()))
        except pyarrow.ArrowInvalid:  # beyond int64
            pass
    nearest = values.cast(pyarrow.string()).cast(pyarrow.float64())  # what Arrow makes of decimals is not the nearest
    return check_decimals(_arrow_numbers(nearest), lambda i: values[i].as_py(), name)


def _one_chunk(values: Any) -> Any:
    return values.combine_chunks() if hasattr(values, "combine_chunks") else values


def _arrow_times(values: Any) -> NDArray[Any]:
    pyarrow, compute = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.compute")

    unit = "ms" if pyarrow.types.is_date64(values.type) else "D"
    if pyarrow.types.is_timestamp(values.type):
        unit = values.type.unit
    if unit == "D":
        values = values.cast(pyarrow.int32())
    filled = compute.fill_null(values.cast(pyarrow.int64()), np.iinfo(np.int64).min)
    times: NDArray[Any] = _arrow_numbers(filled).view(f"datetime64[{unit}]")
    return times


def _arrow_texts(values: Any, name: str) -> Texts:
    pyarrow, compute = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.compute")

    if pyarrow.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    coded = _one_chunk(values.cast(pyarrow.large_string()).dictionary_encode())
    if hasattr(coded, "chunks"):
        coded = coded.chunk(0) if coded.num_chunks else pyarrow.array([], pyarrow.large_string()).dictionary_encode()
    texts = coded.dictionary.to_pylist()
    codes = compute.fill_null(coded.indices, len(texts)).to_numpy(zero_copy_only=False)
    return encode_texts([*texts, ""], codes, name)


def require(module: str, purpose: str) -> Any:
    """An optional library, or what to install."""
    name = module.partition(".")[0]
    try:
        importlib.import_module(name)
    except ImportError:
        raise ImportError(f"{purpose} needs {name}, which is not installed: pip install {name}") from None
    return importlib.import_module(module)
