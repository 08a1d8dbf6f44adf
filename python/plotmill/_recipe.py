"""The arguments of a data set: its options, by name or as a document, and its table of windows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plotmill import _core
from plotmill._columns import StoredColumn, open_columns, snapshot, stored_values
from plotmill._folders import arrow_format
from plotmill._frames import Texts, frame_columns, is_frame
from plotmill._log import renamed
from plotmill._sources import arrow_errors, open_arrow
from plotmill.errors import Error, InputError, MissingFileError, of_file
from plotmill.options import check_chart, check_keywords, name_of, option_table, option_texts

# Of the scope `output`, what also shapes images in memory.
IN_MEMORY = ("channels",)
PROBE = "plotmill-probe"  # a table that a chart is tried with
NOT_LABELS = ("first_time", "last_time")  # of tables of windows


class Recipe:
    """What the arguments `options`, `windows` and the keywords of a data set say."""

    def __init__(self, options: Any, windows: Any, keywords: Mapping[str, Any]) -> None:
        self.document: str | None = None
        """A job document. Options by name prevail over it, as those of the command line over a job file."""
        self.windows: list[StoredColumn] | None = None
        """The table of windows, where it is in memory."""
        self.window_times: dict[str, NDArray[Any]] = {}
        """Its times of the first and the last row of each window, where it has them."""
        self.texts: dict[str, str] = {}
        """Options by name."""
        self._said: dict[str, tuple[str, str]] = {}
        if isinstance(options, Mapping):
            self._add(options, "in options")
        elif isinstance(options, (str, os.PathLike)):
            chart, self.document = read_document(os.fspath(options))
            self._add(chart, "as the argument options")
        elif options is not None:
            raise TypeError(
                f"options: found {type(options).__name__}, expected options by name, a preset or a chart file, or a job"
            )
        if isinstance(windows, Mapping) and not has_start(windows):
            self._add(windows, "in windows")
        elif isinstance(windows, (str, os.PathLike)):
            self._add({"windows": os.fspath(windows)}, "as the argument windows")
        elif windows is not None:
            self.windows, self.window_times = read_windows(windows)
        self._add(keywords, "as a keyword")
        if self.windows is not None and "windows" in self.texts:
            value, where = self._said["windows"]
            raise TypeError(f"windows: found {value} {where} and a table as the argument windows: expected one of them")
        path = self.texts.get("windows")
        if path and arrow_format(path):
            with arrow_errors(path):
                table = open_arrow(path).to_table()
            with renamed({"windows: ": f"windows {path}: "}):
                self.windows, self.window_times = read_windows(table)
            del self.texts["windows"]
        check_scopes(self.texts)
        check_chart(self.texts)

    def _add(self, options: Mapping[str, Any], where: str) -> None:
        """Options that are given in one place. None: not given. Two values of one option are refused."""
        check_keywords(map(str, options), "Dataset", option_table(), ("source", "options", "windows"))
        for key, value in options.items():
            if name_of(str(key)) == "label":
                check_label(value)
            for name, text in option_texts({str(key): value}).items():
                before = self.texts.setdefault(name, text)
                shown = repr(value) if len(repr(value)) < 60 else f"a {type(value).__name__}"
                if not same_value(before, text):
                    first, place = self._said[name]
                    raise TypeError(
                        f"{name}: found {first} {place} and {shown} {where}: expected one value: leave out one of them"
                    )
                self._said.setdefault(name, (shown, where))


def check_label(value: Any) -> None:
    """Refuses labels themselves: the option says how they are computed, or which column holds them."""
    several = list(value.values()) if isinstance(value, Mapping) else list(value) if isinstance(value, (list, tuple)) else [value]
    if value is not None and not all(isinstance(each, (str, int, np.integer)) for each in several):
        raise TypeError(
            f"label: found {type(value).__name__}, expected texts such as 'return:5' or the name of a column: labels of your "
            "own are a column of the table, or of the table of windows"
        )


def same_value(first: str, second: str) -> bool:
    """Whether two texts of an option's value are the same; 1 and 1.0 are."""
    try:
        return first == second or float(first) == float(second)
    except ValueError:
        return False


def check_scopes(texts: Mapping[str, str]) -> None:
    table = option_table()
    for name in texts:
        if name == "input":
            raise TypeError("input: the first argument of Dataset, or in the job document")
        if table[name]["scope"] in ("output", "general") and name not in IN_MEMORY:
            raise TypeError(f"{name}: an option of stored images: give it to save(...); those in memory are uint8")


# Documents.


def read_document(text: str) -> tuple[dict[str, Any], str | None]:
    """The option chart, or a job document: the text or the file of one."""
    document = text
    if "\n" not in text:
        try:
            with open(text, encoding="utf-8") as file:
                document = file.read()
        except OSError as error:
            if text.lower().endswith((".yaml", ".yml", ".json")):
                message = f"options: {text}: cannot be opened: {error.strerror}: expected a job or a chart"
                missing = isinstance(error, FileNotFoundError)
                raise (of_file(MissingFileError, text, message) if missing else InputError(message)) from None
            return {"chart": text}, None
    handle = _core.Handle()
    reasons = []
    job = chart = False
    try:
        handle.options({}, document)
        job = True
    except Error as error:
        reasons.append(f"as a job document: {error}")
    try:
        _try_chart(handle, text)
        chart = True
    except Error as error:
        reasons.append(f"as a chart: {error}")
    if job and chart:
        raise InputError(f"options: {text[:60]!r} is a job document and a chart: expected chart=..., or options by name")
    if not job and not chart:
        raise InputError(f"options: {text[:60]!r} is neither: {'; '.join(reasons)}")
    return ({"chart": text}, None) if chart else ({}, document)


def _try_chart(handle: _core.Handle, text: str) -> None:
    options = handle.options(option_texts({"chart": text, "window": 2}))
    try:
        open_columns(handle, [StoredColumn("x", "number", np.zeros(2), 2)], options, PROBE)
    except InputError as error:
        if PROBE not in str(error):  # of the chart, not of the fields that it needs
            raise


# Tables of windows.


def _no_start(names: list[str]) -> InputError:
    return InputError(
        f"windows: found the columns {', '.join(names)}, expected a column start: the row that each window begins with"
    )


def has_start(windows: Mapping[str, Any]) -> bool:
    """Whether a mapping is a table of windows; otherwise it has options."""
    if "start" in windows:
        return True
    table = option_table()
    unknown = [value for name, value in windows.items() if name_of(str(name)) not in table]
    columns = any(isinstance(value, np.ndarray) for value in windows.values())
    if columns or any(hasattr(value, "__len__") and not isinstance(value, (str, tuple, Mapping)) for value in unknown):
        raise _no_start([str(name) for name in windows])
    return False


def read_windows(windows: Any) -> tuple[list[StoredColumn], dict[str, NDArray[Any]]]:
    """A table of windows, as columns, and its times."""
    if not is_frame(windows):
        starts = np.asarray(windows)
        if starts.ndim != 1 or starts.dtype.kind not in "iu":
            raise InputError(
                f"windows: found an array {starts.dtype} {starts.shape}, expected a table with the column start, or an "
                "array of whole numbers with one axis"
            )
        windows = {"start": starts}
    if isinstance(windows, Mapping):
        for name, value in windows.items():
            if isinstance(value, str) or not hasattr(value, "__len__"):
                raise InputError(f"windows: column {name}: found {value!r}, expected a list or an array, a value per window")
    every = frame_columns(windows, False)
    columns = [column for column in every if column.name not in NOT_LABELS]
    names = [column.name for column in columns]
    if "start" not in names:
        raise _no_start(names)
    stored = []
    for column in columns:
        if column.kind not in ("number", "text"):
            raise InputError(f"windows: column {column.name} holds {column.kind}s, expected numbers or texts")
        stored.append((column, stored_values(column, False, "windows")))
    first = stored[0][1]
    rows = len(first.codes if isinstance(first, Texts) else first)
    if not rows:
        raise InputError("windows: found a table without rows, expected at least one window")
    times = {column.name: snapshot(column.get()) for column in every if column.name in NOT_LABELS and column.kind == "time"}
    return [StoredColumn(column.name, column.kind, values, rows) for column, values in stored], times


def check_window_times(
    given: Mapping[str, NDArray[Any]], starts: NDArray[Any], window_start: NDArray[np.int64], times: NDArray[Any]
) -> None:
    """Refuses a table of windows whose times are not those of its rows: it was made of other rows.

    given: times of the table, whose rows begin at `starts`; times (N, 2): of the windows that begin at `window_start`.
    """
    order = np.argsort(starts, kind="stable")
    rows = order[np.searchsorted(starts[order], window_start)]
    for place, name in enumerate(NOT_LABELS):
        if name not in given:
            continue
        said, found = given[name][rows], times[:, place]
        wrong = np.flatnonzero((said != found.astype(said.dtype)) & ~np.isnat(said))  # to the table's unit
        if len(wrong):
            at = wrong[0]
            raise InputError(
                f"windows, row {rows[at]}: {name}: found {said[at]}, but the window that begins with row {window_start[at]} "
                f"has {found[at]}: expected a table of windows of these rows, or one without times"
            )
