"""What a data set is made of: files, arrays, or tables. Each can be opened again, also in another process."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plotmill import _core
from plotmill._columns import (
    SERIES_NAMES,
    StoredColumn,
    is_watched,
    keep_columns,
    needed_columns,
    open_columns,
    snapshot,
    without,
    write_records,
)
from plotmill._folders import (
    PARTITION_MISSING,
    ArrowPath,
    arrow_format,
    current_folder,
    find_arrow_files,
    partition_number,
    path_from,
)
from plotmill._frames import FrameColumn, Texts, frame_columns, is_frame, require, table_of
from plotmill._log import Names, named, renamed
from plotmill._whole import Whole
from plotmill.arrays import in_order, sequences_of
from plotmill.errors import InputError, MissingFileError, check_exists, of_file

COUNTED = re.compile(r"[0-9:. TZ-]*")  # values of partitions that are dates or numbers
# Options of arrays that hold for files alone: an array is then handed over as a file.
FILE_OPTIONS = ("group-by", "break-at-gaps", "order", "time", "time-format", "from", "to")


class Source:
    """A recipe from which a source can be opened, any number of times."""

    title = ""

    def open(self, handle: _core.Handle, options: _core.Options, names: Names) -> _core.Source:
        """Open it. Adds the temporary files that stand for it to `names`, for messages that come now or later."""
        raise NotImplementedError


class Files(Source):
    """Files that the library reads itself. None: those of the option `input`."""

    def __init__(self, paths: list[str] | None) -> None:
        self.paths, self.folder = paths, current_folder()
        self.title = "input" if paths is None else paths[0] + (f" and {len(paths) - 1} more" if paths[1:] else "")

    def open(self, handle: _core.Handle, options: _core.Options, names: Names) -> _core.Source:
        paths = None if self.paths is None else [path_from(self.folder, path) for path in self.paths]
        for path in filter(None, [options.get("input")] if paths is None else paths):
            if path != "-":  # standard input
                check_exists(path)
        return handle.open_source(paths, options)


def find_axes(shape: tuple[int, ...], window: int) -> str:
    """What the axes of an array are where its shape allows one reading alone: the rules of docs/options.md, Fields."""

    def reading(axes: str) -> str:
        size = dict(zip(axes, shape))
        text = f"{size['N']} sequences of {size['T']} samples" if "N" in size else f"one series of {size['T']} samples"
        return text + (f" with {size['F']} fields" if "F" in size else "") + f" (axes {axes})"

    def refuse(when: str, first: str, second: str) -> InputError:
        size = " x ".join(map(str, shape))
        return InputError(f"{when}an array of {size} may be {reading(first)}, or {reading(second)}: set the option axes")

    if len(shape) == 1:
        return "T"
    if len(shape) == 2:
        rows, columns = shape
        if window and rows == 1:
            return "FT"
        if columns == 1 or (window and window > columns):
            return "TF"
        if window or rows > columns:
            raise refuse("with a window, " if window else "", "TF", "NT")
        return "NT"
    if len(shape) == 3:
        if shape[1] < shape[2]:
            raise refuse("", "NTF", "NFT")
        return "NTF"
    raise InputError(f"found an array of {len(shape)} axes, expected 1 (a series), 2 or 3 (docs/options.md, Fields)")


class Array(Source):
    """Numbers in memory, as to_numpy makes them: a series (T), (T, F), or ready sequences (N, T), (N, T, F)."""

    title = "array"

    def __init__(self, array: NDArray[Any], fields: tuple[str, ...] | None = None) -> None:
        self.fields = fields  # names of the last axis; None: none
        if not array.size:
            raise InputError(f"found an empty array of shape {array.shape}, expected samples")
        self.array = snapshot(array)

    def open(self, handle: _core.Handle, options: _core.Options, names: Names) -> _core.Source:
        defaults = _core.Handle().options({})
        labels = [label.rpartition("=")[2] for label in (options.get("label") or "").split(",")]
        beside = any(label and not label.startswith(("return:", "direction:")) for label in labels)
        if beside or any(options.get(name) != defaults.get(name) for name in FILE_OPTIONS):
            with _folder() as folder:
                path = os.path.join(folder, "array.npy")
                np.save(path, self._records())
                return _open_files(handle, options, names, {path: "array"})
        window = options.get("window")
        axes = options.get("axes") or ("NTF" if self.fields else find_axes(self.array.shape, int(window) if window else 0))
        array, axes = in_order(self.array, axes)
        return handle.array_source(array, axes, without(handle, options, "axes"), self.fields)

    def _records(self) -> NDArray[Any]:
        """For a file: with names, an element is a record of the fields."""
        if not self.fields:
            return self.array
        records = np.empty(self.array.shape[:-1], [(name, self.array.dtype) for name in self.fields])
        for i, name in enumerate(self.fields):
            records[name] = self.array[..., i]
        return records


class Frame(Source):
    """A table in memory. It keeps the columns that are needed, once they are known."""

    title = "table"

    def __init__(self, frame: Any) -> None:
        self._frame: list[FrameColumn] | None = frame_columns(frame)
        self._columns: list[StoredColumn] = []

    def __getstate__(self) -> dict[str, Any]:
        if self._frame is not None:
            raise TypeError("a table can be pickled after it was opened")
        return {"columns": self._columns}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._frame, self._columns = None, state["columns"]

    def open(self, handle: _core.Handle, options: _core.Options, names: Names) -> _core.Source:
        if self._frame is None:
            return open_columns(handle, self._columns, options, self.title)
        columns, needed = keep_columns(self._frame, options, self.title)
        source = open_columns(handle, columns, options, self.title)
        self._columns = [each if keep else each._replace(values=None) for each, keep in zip(columns, needed)]
        self._frame = None
        return source


class ArrowFiles(Source):
    """Parquet, Feather or Arrow IPC files, through pyarrow. The columns that are needed are read when it is opened.

    Several of them are inputs of their own to the library (their order in time, group_by: file), which a table is not:
    they are handed over as temporary files.
    """

    def __init__(self, paths: list[ArrowPath]) -> None:
        self.paths, self.folder = [each.path for each in paths], current_folder()
        self.title = self.paths[0] + (f" and {len(paths) - 1} more" if paths[1:] else "")
        self.partitions = {each.path: each.partitions for each in paths}
        self.numbers = {
            name for name in paths[0].partitions if partition_number([each.partitions[name] for each in paths])
        }

    def open(self, handle: _core.Handle, options: _core.Options, names: Names) -> _core.Source:
        self._check_groups(options.get("group-by"))
        if len(self.paths) == 1:
            return open_columns(handle, self._read(self.paths[0], options), options, self.paths[0])
        with _folder() as folder:
            copies: Names = {}
            for path in self.paths:
                columns = self._read(path, options)
                copy = os.path.join(folder, *os.path.abspath(os.path.join(self.folder, path)).split(os.sep))  # images record its name
                if copy in copies:
                    raise InputError(f"{path}: found twice: expected other names")
                os.makedirs(os.path.dirname(copy), exist_ok=True)
                write_records(copy, columns)
                copies[copy] = path
            return _open_files(handle, options, names, copies)

    def _read(self, path: str, options: _core.Options) -> list[StoredColumn]:
        opened = open_arrow(path_from(self.folder, path))
        schema = frame_columns(opened.schema.empty_table())
        of_folders = self._partition_columns(path, opened.count_rows() if self.partitions[path] else 0)
        both = [column for column in of_folders if column.name in opened.schema.names]
        further = [column for column in of_folders if column not in both]
        needed = needed_columns(schema + further, options, path)[0]
        checked = {column.name for column in both}
        wanted = [
            name
            for i, name in enumerate(opened.schema.names)
            if needed[i] or name in checked or is_watched(schema[i], options)
        ]
        with arrow_errors(path):
            table = opened.to_table(columns=wanted)
        loaded = {column.name: column for column in frame_columns(table)} if wanted else {}
        for column in both:
            self._check_same(path, column, loaded[column.name])
        columns = [loaded.get(column.name, column) for column in schema] + further
        return keep_columns(columns, options, path, self.partitions[path])[0]

    def _check_groups(self, group_by: str | None) -> None:
        """Refuses partitions that are several series without the option group-by, and files of one name as groups."""
        for name in next(iter(self.partitions.values())) if not group_by else ():
            values = list(dict.fromkeys(each[name] for each in self.partitions.values()))
            if len(values) > 1 and (name.lower() in SERIES_NAMES or not all(map(COUNTED.fullmatch, values))):
                raise InputError(
                    f"{self.paths[0]}: the folders {name}={values[0]} and {name}={values[1]} ({len(values)} in all) may be "
                    f"several series, or parts of one: expected the option group_by: {name} or none (all rows are one series)"
                )
        seen: dict[str, str] = {}
        for path in self.paths if group_by == "file" else ():
            title = os.path.join(*os.path.splitext(os.path.abspath(os.path.join(self.folder, path)))[0].split(os.sep)[-2:])
            if title in seen:
                raise InputError(
                    f"group_by: file: {seen[title]} and {path} have the same name {title}: expected other names, or a column "
                    "that says which series a row belongs to"
                )
            seen[title] = path

    def _check_same(self, path: str, of_folder: FrameColumn, of_file: FrameColumn) -> None:
        """A column that the file has too, as Polars writes it, says what the folder's name says."""
        said = self.partitions[path][of_folder.name]
        values = of_file.get()
        if isinstance(values, Whole):
            values = np.where(values.missing, np.nan, values.values.astype(np.float64))
        texts = values.array() if isinstance(values, Texts) else None
        number = float(said) if of_folder.kind == "number" and said != PARTITION_MISSING else np.nan
        if texts is not None:
            same = bool((texts == (b"" if said == PARTITION_MISSING else said.encode())).all())
        else:
            same = of_file.kind != "number" or bool((values == number).all())
        if not same:
            raise InputError(
                f"{path}: column {of_folder.name} differs from the name of its folder, {of_folder.name}={said}: expected the "
                "same in both"
            )

    def _partition_columns(self, path: str, rows: int) -> list[FrameColumn]:
        """The columns that the names of folders give: whole numbers or texts, the same in all rows of a file."""
        found = []
        for name, text in self.partitions[path].items():
            value = b"" if text == PARTITION_MISSING else text.encode()
            kind = "number" if name in self.numbers else "text"
            if kind == "text":
                found.append(FrameColumn(name, kind, functools.partial(Texts, np.zeros(rows, np.int8), [value])))
                continue
            number = int(text) if value else np.nan
            found.append(FrameColumn(name, kind, functools.partial(np.full, rows, number)))
        return found


def open_arrow(path: str) -> Any:
    """A pyarrow.dataset.Dataset of a file."""
    dataset = require("pyarrow.dataset", f"{path}: reading Parquet, Feather and Arrow files")
    kind = arrow_format(path)
    with arrow_errors(path):
        if kind == "feather 1":
            return dataset.dataset(require("pyarrow.feather", path).read_table(path))
        return dataset.dataset(path, format=kind)


@contextlib.contextmanager
def arrow_errors(path: str) -> Iterator[None]:
    """Raise InputError where pyarrow finds a file damaged: ArrowInvalid is a ValueError, and its OSError has no errno."""
    try:
        yield
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        message = " ".join(str(error).split())
        raise InputError(
            f"{path}: cannot be read: {message}: expected a whole Parquet, Feather or Arrow file; copy or download it again"
        ) from error


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="plotmill-") as folder:
        yield folder


def _open_files(handle: _core.Handle, options: _core.Options, names: Names, copies: Names) -> _core.Source:
    """Opens files that are removed at once: the source has them open."""
    names.update(copies)
    with renamed(names), named(copies):
        return handle.open_source(list(copies), options)


def find_source(source: Any, to_numpy: Callable[[Any], NDArray[Any]]) -> Source:
    """The kind of source that a value is."""
    if source is None:
        return Files(None)
    if isinstance(source, (str, bytes, os.PathLike)):
        return _of_paths([os.fsdecode(source)])
    if isinstance(source, (list, tuple)) and source and all(isinstance(p, (str, bytes, os.PathLike)) for p in source):
        return _of_paths([os.fsdecode(path) for path in source])
    _check_parts(source)
    sequences = sequences_of(source) if isinstance(source, Mapping) else None
    if sequences is not None:
        return Array(_own(sequences[0]), sequences[1])
    if (table := table_of(source)) is not None:
        return Frame(table)
    array = to_numpy(source)
    return Array(_own(array) if isinstance(source, (list, tuple)) else array)


def _own(array: NDArray[Any]) -> NDArray[Any]:
    """An array that nobody else has: it needs no copy."""
    array.flags.writeable = False
    return array


def _check_parts(source: Any) -> None:
    """Refuses several tables, and series of different lengths, which are not one table or one array."""
    parts = list(source.values()) if isinstance(source, Mapping) else source if isinstance(source, (list, tuple)) else []
    one = "expected one table with a column that says which series a row belongs to, and the option group_by"
    tables = [part for part in parts if is_frame(part)]
    if tables and isinstance(tables[0], Mapping):
        raise InputError(f"found {len(parts)} dicts, {one}; or pandas.DataFrame(rows) where each is a row")
    if tables:
        concat = "pandas.concat(tables, names=['series'])" if isinstance(source, Mapping) else (
            "pandas.concat(tables, keys=names, names=['series'])")  # fmt: skip
        raise InputError(f"found {len(tables)} tables, {one}: of pandas {concat} and group_by='series'")
    if isinstance(source, Mapping):
        for name, part in source.items():
            if isinstance(part, (str, bytes)) or not any(
                hasattr(part, way) for way in ("__iter__", "__array__", "__array_interface__", "__dlpack__")
            ):
                raise InputError(f"column {name}: found {part!r}, expected a list or an array, a value per row")
        return
    paths = [isinstance(part, (str, bytes, os.PathLike)) for part in parts]
    if any(paths) and not all(paths):
        other = parts[paths.index(False)]
        raise InputError(f"found {type(other).__name__} beside the path {parts[paths.index(True)]!r}, expected paths alone")
    lengths = [len(part) for part in parts if hasattr(part, "__len__") and not isinstance(part, (str, bytes))]
    if len(set(lengths)) > 1:
        other = next(length for length in lengths if length != lengths[0])
        raise InputError(
            f"found {len(parts)} series of different lengths ({lengths[0]}, {other}, ...), expected equal lengths, or "
            f"{one.removeprefix('expected ')}"
        )


def _of_paths(paths: list[str]) -> Source:
    for path in paths:
        if re.match(r"[a-z][a-z0-9+]+://", path):
            raise InputError(f"{path}: found an address, expected a file: download it, or give the table that pandas reads of it")
        if re.search(r"[*?\[]", path) and not os.path.exists(path):
            words = f"{path}: no such file; patterns are not expanded: expected sorted(glob.glob({path!r}))"
            raise of_file(MissingFileError, path, words)
    arrow = find_arrow_files(paths)
    return ArrowFiles(arrow) if arrow else Files(paths)
