"""The columns of tables as the library takes them, and which of them it needs."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plotmill import _core
from plotmill._frames import FrameColumn, Texts
from plotmill._whole import Whole
from plotmill.errors import InputError
from plotmill.images import parse

ROWS_AT_ONCE = 1 << 16
PROBE_ROWS = 8
TIME_NAMES = ("time", "timestamp", "datetime", "date", "open_time", "unix", "epoch", "index")
SERIES_NAMES = frozenset(  # those of src/formats/text/column_watch.c
    "symbol symbols ticker tickers tic sym name instrument pair asset stock stock_id security isin cusip figi ric permno"
    " gvkey ts_code coin device device_id sensor sensor_id station station_id machine machine_id meter meter_id patient"
    " patient_id subject subject_id id series series_id unique_id item_id store_id".split()
)
# ns of the units of datetime64 that the library reads; others are converted.
UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "D": 86400 * 10**9,
         "W": 7 * 86400 * 10**9}  # fmt: skip


def snapshot(values: NDArray[Any]) -> NDArray[Any]:
    """The values as they are now, so that labels, images and pickles never differ: what can be written to is copied."""
    owner: Any = values
    while isinstance(owner, np.ndarray):
        if owner.flags.writeable:
            return np.array(values, order="C")
        owner = owner.base
    return values


class StoredColumn(NamedTuple):
    """A column with its values (rows,), or None where nothing needs them: then only its name and kind count."""

    name: str
    kind: str
    values: NDArray[Any] | Texts | None
    rows: int


def side_of(column: StoredColumn) -> _core.Side:
    """For the library. Columns of other kinds are texts that nothing needs."""
    values = column.values
    if values is None:
        return column.name, None, None if column.kind == "number" else [], 0
    if isinstance(values, Texts):
        return column.name, np.ascontiguousarray(values.codes), values.texts, 0
    if values.dtype.kind != "M":
        return column.name, values if values.strides[0] else np.ascontiguousarray(values), None, 0
    unit, count = np.datetime_data(values.dtype)
    if unit not in UNITS:
        values, unit, count = values.astype("datetime64[ns]"), "ns", 1
    return column.name, np.ascontiguousarray(values).view(np.int64), None, UNITS[unit] * count


def open_columns(
    handle: _core.Handle, columns: Sequence[StoredColumn], options: _core.Options, title: str
) -> _core.Source:
    return handle.table_source([side_of(each) for each in columns], columns[0].rows, options, title)


def write_records(path: str, columns: Sequence[StoredColumn]) -> None:
    """Writes an .npy file of records. Columns that nothing needs take a byte a row, so that indices keep their meaning."""
    unread = {"number": "i1"}
    arrays = {each.name: each.values.array() if isinstance(each.values, Texts) else each.values for each in columns}
    found = [(each, arrays[each.name]) for each in columns]
    dtype = np.dtype([(each.name, unread.get(each.kind, "S1") if v is None else v.dtype.str) for each, v in found])
    rows = columns[0].rows
    text = repr({"descr": dtype.descr, "fortran_order": False, "shape": (rows,)})
    header = text.encode() + b"\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x03\x00" + len(header).to_bytes(4, "little") + header)
        for first in range(0, rows, ROWS_AT_ONCE):
            block = np.zeros(min(rows - first, ROWS_AT_ONCE), dtype)
            for name, values in arrays.items():
                if values is not None:
                    block[name] = values[first : first + len(block)]
            block.tofile(file)


def stored_values(column: FrameColumn, as_samples: bool, title: str) -> NDArray[Any] | Texts:
    """What a column holds now, of a type that the library reads. Integers of which some are missing keep all digits, or
    are samples."""
    found = column.get()
    if isinstance(found, Texts):
        return found._replace(codes=snapshot(found.codes))
    if isinstance(found, Whole):
        place = f"{title}, column {column.name}"
        return found.float64(place) if as_samples else found.int64(place)
    return snapshot(found.astype(np.float32) if found.dtype == np.float16 else found)


def is_watched(column: FrameColumn, options: _core.Options) -> bool:
    """Whether the library asks which series its rows belong to: the rules of src/formats/text/column_watch.c."""
    named = column.kind == "number" and column.name.lower() in SERIES_NAMES
    return (named or column.kind == "text") and not options.get("group-by")


def keep_columns(
    columns: list[FrameColumn], options: _core.Options, title: str, partitions: Collection[str] = ()
) -> tuple[list[StoredColumn], list[bool]]:
    """The columns with the values of those that are needed, and which are: others are only looked at once.

    partitions: the columns that folders' names give, which are no times.
    """
    needed, shown = needed_columns(columns, options, title)
    values: dict[str, NDArray[Any] | Texts] = {}
    rows = None
    for i, column in enumerate(columns):
        if not needed[i] and not is_watched(column, options):
            continue
        if column.kind not in ("number", "text", "time"):
            raise InputError(f"{title}: column {column.name} holds {column.kind}, expected numbers, texts or times")
        found = stored_values(column, shown[i], title)
        values[column.name] = found
        rows = len(found.codes if isinstance(found, Texts) else found)
    if not rows:
        raise InputError(f"{title}: found a table without rows")
    check_times([column for column in columns if column.name not in partitions], options, title)
    return [StoredColumn(each.name, each.kind, values.get(each.name), rows) for each in columns], needed


def needed_columns(
    columns: list[FrameColumn], options: _core.Options, title: str
) -> tuple[list[bool], list[bool]]:
    """Which columns the chart, the labels, the groups and the times of the options need, by the library's own rules; and
    which of them are values of the chart."""
    probe = {
        "number": np.ones(PROBE_ROWS),
        "time": np.zeros(PROBE_ROWS, "datetime64[s]"),
    }
    texts = Texts(np.zeros(PROBE_ROWS, np.int8), [b"x"])
    handle = _core.Handle()
    plain = without(handle, options, "from", "to", "windows", "limit", "input", "output")
    tried = [StoredColumn(each.name, each.kind, probe.get(each.kind, texts), PROBE_ROWS) for each in columns]
    try:
        described = parse(open_columns(handle, tried, plain, title).describe())
    except InputError as error:
        error.args = (_in_words(str(error), columns),)
        raise
    drawn = {str(name).lower() for name in described["values"]}
    fields = [str(name).lower() for name in described["fields"]]  # as the options name them
    values = [field in drawn for field in fields] if len(fields) == len(columns) else [True] * len(columns)
    listed = [options.get(name) or "" for name in ("column", "columns", "time", "group-by", "label", "label-field")]
    shown = set(drawn)
    for item in ",".join(listed).split(","):
        item = item.rpartition("=")[2].strip().lower()
        shown |= {item, item.rpartition(":")[0]}
    needed = [
        each.kind == "time" or each.name.lower() in shown or str(i) in shown or
        (each.kind == "number" and each.name.lower() in TIME_NAMES)
        for i, each in enumerate(columns)
    ]  # fmt: skip
    return [a or b for a, b in zip(needed, values)] if len(fields) == len(columns) else needed, values


def _in_words(message: str, columns: list[FrameColumn]) -> str:
    """What a column of a table holds that was tried as texts, in the table's terms."""
    found = re.search(r"column (\d+) \(.*\) holds (texts|times), expected numbers", message)
    if not found:
        return message
    column = columns[int(found[1])]
    holds = {"text": "texts", "time": "times"}.get(column.kind, column.kind)
    hint = ": pandas.to_numeric makes them of texts" if column.kind == "text" else ""
    return message[: found.start()] + f"column {column.name} holds {holds}, expected numbers" + hint


def check_times(columns: list[FrameColumn], options: _core.Options, title: str) -> None:
    """Texts that look like the times, which the library does not read in tables, are refused."""
    if options.get("time") or any(each.kind == "time" for each in columns):
        return
    for each in columns:
        if each.kind == "text" and each.name.lower() in TIME_NAMES[:7]:
            raise InputError(
                f"{title}: column {each.name} holds texts: expected times, as pandas.to_datetime makes, or the option "
                "time: none (the rows are in the order of time)"
            )


def without(handle: _core.Handle, options: _core.Options, *names: str) -> _core.Options:
    """The options in effect, without some of them."""
    if options.document is None:  # a library without libyaml reads none
        return handle.options({name: text for name, text in options.values.items() if name not in names})
    return handle.options({}, re.sub(rf"(?m)^({'|'.join(names)}):.*\n?", "", options.print()))
