"""Images by index, with what is stored beside them: the interface of data sets, drawn on demand or stored."""

from __future__ import annotations

import abc
import contextlib
import json
import operator
import os
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from plotmill import notebook
from plotmill.errors import InputError

if TYPE_CHECKING:
    from plotmill._samples import WindowSamples

SPLITS = {"train": 0, "val": 1, "test": 2, "none": 255}
MISSING = np.iinfo(np.int64).min  # of whole numbers
BLOCK_IMAGES = 256

# What a process inherited through fork from one that used the library. It is kept and never freed: freeing would call
# drivers and files that belong to the parent.
_inherited: list[Any] = []


@runtime_checkable
class Images(Protocol):
    """What training code needs of a data set, whether its images are drawn on demand or stored.

    ``Dataset``, ``StoredDataset`` and their subsets have it. N is the number of images; H, W and C are the height, the
    width and the channels of an image. Images of one channel have no axis C.
    """

    def __len__(self) -> int: ...
    def __getitem__(self, key: Any) -> NDArray[np.uint8]: ...
    def read(self, indices: Any, out: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]: ...
    def indices(self, split: str | None = None) -> NDArray[np.int64]: ...
    def table(self) -> dict[str, NDArray[Any]]: ...
    @property
    def labels(self) -> Mapping[str, NDArray[Any]]: ...
    @property
    def label_classes(self) -> Mapping[str, list[str]]: ...
    @property
    def split(self) -> NDArray[np.uint8] | None: ...
    @property
    def timestamps(self) -> NDArray[np.datetime64] | None: ...
    @property
    def group(self) -> NDArray[np.uint32] | None: ...
    @property
    def groups(self) -> list[str] | None: ...
    @property
    def window_start(self) -> NDArray[np.int64]: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> np.dtype[np.uint8]: ...
    @property
    def spec(self) -> dict[str, Any]: ...


class Column(NamedTuple):
    """What is stored beside each image: (N,) or (N, width) values of a type."""

    name: str
    type: str
    width: int
    classes: list[str] | None


class Labels(dict[str, NDArray[Any]]):
    """Labels by name. A name that is not there raises KeyError with those that are."""

    def __missing__(self, name: object) -> NDArray[Any]:
        raise KeyError(f"no label {name!r}: the labels are {', '.join(self) or 'none: the option label makes them'}")


def find_indices(key: Any, count: int) -> tuple[NDArray[np.uint64], tuple[int, ...]]:
    """What an index selects of `count` images, and the shape of the selection; () is one image.

    Integers, slices, lists, arrays of integers and boolean masks mean what they mean to a NumPy array.
    """
    if isinstance(key, slice):
        chosen = np.arange(*key.indices(count), dtype=np.int64)
        return chosen.astype(np.uint64), chosen.shape
    if key is Ellipsis:
        return np.arange(count, dtype=np.uint64), (count,)
    if isinstance(key, tuple):
        raise IndexError("found several indices, expected one: an image's pixels are indexed as images[i][row, column]")
    found = np.asarray(key)
    if found.dtype == np.bool_:
        if found.shape != (count,):
            raise IndexError(f"boolean index: found the shape {found.shape}, expected ({count},), a value per image")
        found = np.flatnonzero(found)
    elif not found.size and found.ndim:
        found = found.astype(np.int64)
    elif found.ndim == 0 and hasattr(key, "__index__"):
        found = np.asarray(operator.index(key))
    if found.dtype.kind == "U":
        raise IndexError(f"found the index {key!r}, expected integers, booleans or a slice; parts: subset('train')")
    if found.dtype.kind not in "iu":
        raise IndexError(f"found an index of type {found.dtype}, expected integers, booleans or a slice")
    flat = found.ravel()
    if found.dtype.kind == "u":
        wrong = flat >= count
        places = flat.astype(np.uint64)
    else:
        flat = flat.astype(np.int64)  # a small type may not hold the count
        wrong = (flat < -count) | (flat >= count)
        places = np.where(flat < 0, flat + count, flat).astype(np.uint64)
    if wrong.any():
        raise IndexError(f"index {flat[wrong][0]} is out of bounds: there are {count} images")
    return places, found.shape


def place_for(out: Any, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The array to draw into: `out`, or where it has gaps in memory a new one, which is then copied to it."""
    if not isinstance(out, np.ndarray) or out.dtype != np.uint8 or out.shape != shape:
        what = f"{out.dtype} {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise ValueError(f"out: found {what}, expected a NumPy array of uint8 {shape}")
    if not out.flags.writeable:
        raise ValueError("out: found an array that cannot be written to")
    return out if out.flags.c_contiguous else np.empty(shape, np.uint8)


class ImageSet(notebook.Sheet, abc.ABC):
    """Images by index, and the columns beside them. The methods may be called by several threads at a time."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._forget()

    def _forget(self) -> None:
        """Frees what is open; the lock stays, since other threads may wait for it."""
        self._live: Any = None
        self._described: dict[str, Any] | None = None
        self._values: dict[str, NDArray[Any]] = {}

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        if self._process != os.getpid():
            _inherited.append(self._live)
            self._reset()
        with self._lock:
            yield

    # What a kind of data set provides; called with the lock.

    @abc.abstractmethod
    def _describe(self) -> dict[str, Any]:
        """The number of images, width, height, channels, panels, spec and columns."""

    @abc.abstractmethod
    def _read_column(self, column: Column, indices: NDArray[np.uint64], out: NDArray[Any]) -> None:
        """Fills `out` (n, width) with the values of the images."""

    @abc.abstractmethod
    def _draw(self, indices: NDArray[np.uint64], out: NDArray[np.uint8], y_range: NDArray[np.float64] | None) -> None:
        """Fills `out`, without gaps in memory, with the images; and y_range (n, panels, 2)."""

    @abc.abstractmethod
    def _starts(self, indices: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The row at which each window begins."""

    def _about(self) -> dict[str, Any]:
        with self._locked():
            if self._described is None:
                self._described = self._describe()
            return self._described

    def _columns(self) -> dict[str, Column]:
        return {
            each["name"]: Column(each["name"], each["type"], each.get("width", 1), each.get("classes"))
            for each in self._about().get("columns") or []
        }

    # Images.

    def __len__(self) -> int:
        return int(self._about()["images"])

    def __getitem__(self, key: Any) -> NDArray[np.uint8]:
        indices, shape = find_indices(key, len(self))
        images = np.empty((len(indices), *self.shape), np.uint8)
        with self._locked():
            self._draw(indices, images, None)
        return images.reshape(shape + self.shape)

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        for batch in self.batches(BLOCK_IMAGES):
            yield from batch

    def read(self, indices: Any, out: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
        """Read images into an array.

        Parameters
        ----------
        indices : int, slice, list, array of integers, or boolean mask
            Which images, in this order.
        out : uint8 array (n, H, W[, C]), optional
            Receives the images. An array whose images lie one after another in memory is filled in place; any other
            one by a copy.

        Returns
        -------
        uint8 array (n, H, W[, C])
            `out`, if it was given.
        """
        found, shape = find_indices(indices, len(self))
        wanted = shape + self.shape
        if out is None:
            return self[indices]
        plain = place_for(out, wanted)
        with self._locked():
            self._draw(found, plain.reshape((len(found), *self.shape)), None)
        if plain is not out:
            out[...] = plain
        return out

    def batches(self, size: int, split: str | None = None) -> Iterator[NDArray[np.uint8]]:
        """Iterate over the images in their order, `size` at a time; the last batch may be smaller."""
        if size < 1:
            raise ValueError(f"size: found {size}, expected at least 1")
        chosen = self.indices(split)
        for first in range(0, len(chosen), size):
            yield self.read(chosen[first : first + size])

    def y_range(self, indices: Any = None) -> NDArray[np.float64]:
        """The lowest and the highest value that each image shows: (n, 2), or (n, panels, 2) with several panels.

        NaN where an image shows no sample, or where it is not stored. A ``Dataset`` draws the images for it.
        """
        found, shape = find_indices(slice(None) if indices is None else indices, len(self))
        panels = int(self._about().get("panels") or 1)
        ranges = np.full((len(found), panels, 2), np.nan)
        self._read_ranges(found, ranges)
        return ranges.reshape(shape + ((panels, 2) if panels > 1 else (2,)))

    def _read_ranges(self, indices: NDArray[np.uint64], ranges: NDArray[np.float64]) -> None:
        scratch = np.empty((min(len(indices), BLOCK_IMAGES), *self.shape), np.uint8)
        for first in range(0, len(indices), BLOCK_IMAGES):
            some = indices[first : first + BLOCK_IMAGES]
            with self._locked():
                self._draw(some, scratch[: len(some)], ranges[first : first + len(some)])

    # Samples, of which images with changed samples are drawn.

    def window_samples(self, indices: Any) -> WindowSamples:
        """What images are drawn from, with the rows that averages look back to."""
        raise TypeError(
            f"{self._title()} holds images, not the samples that they show: expected the Dataset that they were drawn from"
        )

    def draw_samples(
        self, samples: WindowSamples, out: NDArray[np.uint8], line_widths: NDArray[np.float64] | None = None
    ) -> None:
        """Fill `out` (n, H, W[, C]) with images of the chart's size that show the samples.

        samples may have been changed, and may have another number of rows than the window. line_widths (n): px.
        """
        raise TypeError(f"{self._title()} cannot draw")

    # What lies beside them.

    def column(self, name: str) -> NDArray[Any]:
        """A column by its stored name, such as "group" or "labels/return:5": (N,) or (N, width), read-only."""
        with self._locked():
            if name not in self._values:
                columns = self._columns()
                if name not in columns:
                    raise KeyError(f"no column {name!r}: the columns are {', '.join(columns) or 'none'}")
                every = np.arange(len(self), dtype=np.uint64)
                found = columns[name]
                values = np.empty((len(every), found.width), found.type)
                self._read_column(found, every, values)
                values.flags.writeable = False  # it is kept, and save() would not know of a change
                self._values[name] = values[:, 0] if found.width == 1 else values
            return self._values[name]

    def _optional(self, name: str) -> NDArray[Any] | None:
        return self.column(name) if name in self._columns() else None

    @property
    def labels(self) -> dict[str, NDArray[Any]]:
        """The labels by name: float64 (N,), missing NaN, or int64 (N,), missing -2**63. Texts are indices of classes."""
        return Labels((name[7:], self.column(name)) for name in self._columns() if name.startswith("labels/"))

    @property
    def label_classes(self) -> dict[str, list[str]]:
        """The texts that the numbers of a label stand for, in the order of their bytes; of labels that are texts."""
        columns = self._columns().values()
        return {each.name[7:]: each.classes for each in columns if each.name.startswith("labels/") and each.classes}

    @property
    def split(self) -> NDArray[np.uint8] | None:
        """The part of each image: 0 train, 1 val, 2 test, 255 none; (N,). None: there is no split."""
        return self._optional("split")

    @property
    def timestamps(self) -> NDArray[np.datetime64] | None:
        """The times, UTC, of the first and the last row of each window: datetime64[ns] (N, 2). None: no times."""
        times = self._optional("timestamps")
        return None if times is None else times.astype(np.int64, copy=False).view("datetime64[ns]")

    @property
    def group(self) -> NDArray[np.uint32] | None:
        """The group of each image, an index of `groups`: (N,). None: there are no groups."""
        return self._optional("group")

    @property
    def groups(self) -> list[str] | None:
        """The names of the groups. None: there are no groups, or they have no names."""
        column = self._columns().get("group")
        return column.classes if column else None

    @property
    def window_start(self) -> NDArray[np.int64]:
        """The row of the input that each window begins with, or the number of the sequence: (N,). -1: not known."""
        with self._locked():
            if "window_start" not in self._values:
                starts = self._starts(np.arange(len(self), dtype=np.uint64))
                starts.flags.writeable = False
                self._values["window_start"] = starts
            return self._values["window_start"]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of an image: (H, W), or (H, W, C) where it has several channels."""
        about = self._about()
        channels = int(about.get("channels") or 1)
        return (int(about["height"]), int(about["width"])) + ((channels,) if channels > 1 else ())

    @property
    def dtype(self) -> np.dtype[np.uint8]:
        """The type of the pixels: uint8."""
        return np.dtype(np.uint8)

    @property
    def spec(self) -> dict[str, Any]:
        """All that shaped the pixels. Data sets with equal specs are comparable."""
        return dict(self._about().get("spec") or {})

    @property
    def info(self) -> dict[str, Any]:
        """The number of images in all, of each part of the split, and of each class of each label."""
        return count_images(self)

    def indices(self, split: str | None = None) -> NDArray[np.int64]:
        """The indices of the images of a part, ascending: "train", "val", "test" or "none". None: all images."""
        if split is None:
            return np.arange(len(self), dtype=np.int64)
        if split not in SPLITS:
            raise InputError(f"split: found {split!r}, expected train, val, test or none")
        parts = self.split
        if parts is None:
            raise InputError(f"the data set has no split, so no part {split}: expected the option split or split_at")
        return np.flatnonzero(parts == SPLITS[split]).astype(np.int64, copy=False)

    def subset(self, which: Any) -> Subset:
        """Some of the images, in the given order, with the same interface: of a part ("train"), or by index."""
        chosen = self.indices(which) if isinstance(which, str) else find_indices(which, len(self))[0]
        return Subset(self, chosen.ravel().astype(np.uint64))

    def table(self) -> dict[str, NDArray[Any]]:
        """A row per image: start, first_time, last_time, group, split, and the labels by name.

        Groups, parts and classes are texts; missing numbers are NaN, missing texts "". ``pandas.DataFrame(table)`` is a
        data frame. The table chooses the same windows when it is given to ``Dataset(..., windows=table)``.
        """
        rows: dict[str, NDArray[Any]] = {"start": self.window_start}
        times = self.timestamps
        if times is not None and times.ndim == 2 and times.shape[1] == 2:
            rows["first_time"], rows["last_time"] = times[:, 0], times[:, 1]
        if self.group is not None:
            rows["group"] = self.group if self.groups is None else np.array(self.groups)[self.group]
        if self.split is not None:
            rows["split"] = np.select([self.split == part for part in range(3)], ["train", "val", "test"], "none")
        classes = self.label_classes
        for name, values in self.labels.items():
            if name in classes:
                texts = np.array([*classes[name], ""])
                rows[name] = texts[np.where(values == MISSING, len(texts) - 1, values)]
            elif values.dtype.kind == "i" and (values == MISSING).any():
                rows[name] = np.where(values == MISSING, np.nan, values)
            else:
                rows[name] = values
        return {name: values if values.flags.writeable else values.copy() for name, values in rows.items()}

    def close(self) -> None:
        """Free files, memory and the device. Later use opens them again."""
        with self._locked():
            self._forget()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _title(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        info, size = self.info, " x ".join(map(str, self.shape))
        parts = [f"{info[name]:,} {name}" for name in SPLITS if name in info]
        text = f"{self._title()}: {len(self):,} images, {size} (height x width{' x channels' * (len(self.shape) > 2)})"
        beside = ([", ".join(parts)] if parts else []) + ([f"labels {', '.join(self.labels)}"] if self.labels else [])
        if self.groups:
            beside.append(f"{len(self.groups):,} groups")
        return text + ("\n  " + "; ".join(beside) if beside else "")


class Subset(ImageSet):
    """Some images of another data set, in an order of their own."""

    def __init__(self, images: ImageSet, chosen: NDArray[np.uint64]) -> None:
        super().__init__()
        self._images, self._chosen = images, chosen

    def __getstate__(self) -> dict[str, Any]:
        return {"images": self._images, "chosen": self._chosen}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["images"], state["chosen"])  # type: ignore[misc]

    def _describe(self) -> dict[str, Any]:
        return {**self._images._about(), "images": len(self._chosen)}

    def _read_column(self, column: Column, indices: NDArray[np.uint64], out: NDArray[Any]) -> None:
        out[...] = self._images.column(column.name)[self._chosen[indices]].reshape(out.shape)

    def _draw(self, indices: NDArray[np.uint64], out: NDArray[np.uint8], y_range: NDArray[np.float64] | None) -> None:
        with self._images._locked():
            self._images._draw(self._chosen[indices], out, y_range)

    def _starts(self, indices: NDArray[np.uint64]) -> NDArray[np.int64]:
        starts: NDArray[np.int64] = self._images.window_start[self._chosen[indices]]
        return starts

    def window_samples(self, indices: Any) -> WindowSamples:
        return self._images.window_samples(self._chosen[find_indices(indices, len(self))[0]])

    def draw_samples(
        self, samples: WindowSamples, out: NDArray[np.uint8], line_widths: NDArray[np.float64] | None = None
    ) -> None:
        self._images.draw_samples(samples, out, line_widths)

    def _title(self) -> str:
        return f"Subset of {self._images._title()}"


def count_images(images: ImageSet) -> dict[str, Any]:
    """Images in all, per part, and per class of each label (per part too, where there is a split)."""
    split = images.split
    parts = {"": np.ones(len(images), bool)} if split is None else {name: split == n for name, n in SPLITS.items()}
    counts: dict[str, Any] = {"images": len(images)}
    if split is not None:
        counts.update({name: int(chosen.sum()) for name, chosen in parts.items()})

    def count(chosen: NDArray[np.bool_]) -> Any:
        each = {name: int((chosen & part).sum()) for name, part in parts.items()}
        return each[""] if split is None else each

    counts["labels"] = {}
    for name, values in images.labels.items():
        missing = np.isnan(values) if values.dtype.kind == "f" else values == MISSING
        counts["labels"][name] = {"missing": count(missing)}
        if values.dtype.kind != "i":
            continue
        classes = images.label_classes.get(name)
        numbers = np.unique(values[~missing]) if classes is None else np.arange(len(classes))
        if len(numbers) <= 64:
            titles = classes or [str(number) for number in numbers]
            counts["labels"][name]["classes"] = {t: count(values == n) for t, n in zip(titles, numbers)}
    return counts


def parse(text: str) -> dict[str, Any]:
    """A JSON object of the library."""
    found: dict[str, Any] = json.loads(text)
    return found
