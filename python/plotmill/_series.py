"""Whether the rows of a table are of several series: the rules of src/source/series_check.c, for tables.

A column of texts, or one of numbers whose name means a series, may say which series a row is of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plotmill._log import log
from plotmill.errors import InputError

SERIES_NAMES = frozenset(
    "symbol symbols ticker tickers tic sym name instrument pair asset stock stock_id security isin cusip figi ric permno"
    " gvkey ts_code coin device device_id sensor sensor_id station station_id machine machine_id meter meter_id patient"
    " patient_id subject subject_id id series series_id unique_id item_id store_id".split()
)
BLOCK_ROWS = 10  # blocks of a value that are at least so long may be series
ONE_SERIES = "none (all rows are one series)"


class Column:
    """What a column of a table or a file shows. Rows without a value show nothing."""

    def __init__(self, title: str, name: str, values: NDArray[Any]) -> None:
        self.title, self.name = title, name
        self.rows: NDArray[np.intp] | None = np.flatnonzero(values != b"" if values.dtype.kind == "S" else np.isfinite(values))
        found = values[self.rows]
        self.count = len(found)
        self.changes: NDArray[np.intp] | None = np.flatnonzero(found[1:] != found[:-1]) + 1
        self.blocks = 1 + len(self.changes)
        self.different = len(np.unique(found[np.concatenate(([0], self.changes))])) if len(found) else 0
        self.first = _text(found[0]) if len(found) else ""
        self.other = _text(found[self.changes[0]]) if len(self.changes) else None  # the first one that is not `first`

    def without_values(self) -> Column:
        """Without what takes memory."""
        self.rows = self.changes = None
        return self

    @property
    def named(self) -> bool:
        return self.name.lower() in SERIES_NAMES


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def check_series(column: Column, times: NDArray[Any] | None) -> None:
    """Refuses a column that changes from one series to another."""
    if column.other is None or 2 * column.different > column.count:
        return
    assert column.rows is not None and column.changes is not None
    explains = False  # time stands or goes back where the value changes, and nowhere else
    if times is not None:
        stands = np.diff(times[column.rows].astype("datetime64[ns]").astype(np.int64)) <= 0
        stops = int(stands[column.changes - 1].sum())
        explains = (
            bool(stops) and 2 * stops >= column.blocks - 1 and 100 * (int(stands.sum()) - stops) <= column.count
        )
    if column.named or explains:
        raise InputError(
            f'{column.title}, row {column.rows[column.changes[0]]}: column {column.name} changes from "{column.first}" to '
            f'"{column.other}" ({column.different} values in all): windows would mix them: expected the option group_by: '
            f"{column.name} or {ONE_SERIES}"
        )


def check_files(columns: Mapping[str, Column], before: Mapping[str, Column], timed: bool) -> None:
    """Refuses a file of another series than the file before, and, without times, one whose texts begin again."""
    for column in columns.values():
        other = before.get(column.name)
        if other is None or not column.count or not other.count:
            continue
        constant = column.other is None and other.other is None
        if constant and column.named and column.first != other.first:
            raise InputError(
                f'{column.title}: column {column.name} holds "{column.first}", and "{other.first}" in {other.title}: '
                f"windows would mix them: expected the option group_by: {column.name}, file or {ONE_SERIES}"
            )
        rising = all(1 < each.count == each.different for each in (column, other))
        if not timed and rising and column.first == other.first:
            raise InputError(
                f'{column.title}: column {column.name} begins with "{column.first}", as in {other.title}: windows would '
                f"go from one file into the next: expected the option group_by: file (each is a series of its own) or "
                f"{ONE_SERIES}"
            )


def report_blocks(columns: Iterable[Column]) -> None:
    """A warning where values lie in long blocks, one a value."""
    for column in columns:
        if column.other is not None and column.blocks == column.different and BLOCK_ROWS * column.different <= column.count:
            log(
                0,
                f'{column.title}: column {column.name} changes from "{column.first}" to "{column.other}" in blocks '
                f"({column.different} values): if these are series of their own, the option group_by keeps windows from "
                "mixing them",
            )
