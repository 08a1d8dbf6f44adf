"""HDF5 files in the two forms of the pipeline that plotmill.compat.crypto follows.

images                  /images (N, H, W) float32 and /sequences (N, T) or (N, T, 4)
index_based_implicit    /original_data (rows, 4) and /coordinates (N, T, 4); image i begins at row i. Images are drawn
                        when they are loaded.

A data set is one file, or the files NAME_batch_0000.h5, NAME_batch_0001.h5, ... of one call, which are read as one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plotmill.compat import _bars

IMAGES = "images"
IMPLICIT = "index_based_implicit"
STORAGE_FORMATS = (IMAGES, IMPLICIT)
SUFFIXES = (".h5", ".hdf5")

Indices = slice | ArrayLike | None


def h5py_module() -> Any:
    """h5py, which these files need beside plotmill."""
    try:
        import h5py
    except ImportError as error:
        raise ImportError("plotmill.compat.crypto reads and writes its files with h5py, which cannot be imported "
                          f"({error}); install it: pip install h5py") from error
    return h5py


def check_format(name: str) -> None:
    if str(name).lower() != "hdf5":
        raise ValueError(f"storage format {name!r}: only 'hdf5' is written and read here; plotmill.Dataset(...).save() "
                         "and plotmill.open() know others")


def single_path(output_path: str) -> Path:
    return Path(output_path if output_path.endswith(SUFFIXES) else output_path + ".h5")


def batch_path(output_path: str, index: int) -> Path:
    return Path(output_path).parent / f"{Path(output_path).stem}_batch_{index:04d}.h5"


def check_metadata(metadata: Mapping[str, Any]) -> None:
    """Refuses what no attribute can hold, before anything is drawn."""
    with h5py_module().File("metadata", "w", driver="core", backing_store=False) as file:
        for name, value in metadata.items():
            try:
                file.attrs[name] = value
            except (TypeError, ValueError, OSError) as error:
                raise ValueError(f"metadata[{name!r}] cannot be stored as an attribute of HDF5: found {value!r} "
                                 f"({error}); expected numbers, text, or arrays of them") from error


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A path beside `path`. It takes its place when the block ends without an exception, and is removed otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{os.getpid()}.h5")
    try:
        yield made
        os.replace(made, path)
    finally:
        made.unlink(missing_ok=True)


def describe(path: Path, metadata: Mapping[str, Any], first: int) -> None:
    """Adds the attributes to a file that the library wrote. `first` is the row at which its first image begins."""
    with h5py_module().File(path, "r+") as file:
        file.attrs.update(metadata)
        file["window_start"][...] += first


def write_implicit(path: Path, metadata: Mapping[str, Any], ohlc: NDArray[np.float64], seq_len: int, height: int,
                   step: int, progress: Callable[[int], None]) -> None:
    """Writes a file of the form index_based_implicit, `step` images at a time."""
    windows = np.lib.stride_tricks.sliding_window_view(ohlc, seq_len, axis=0).swapaxes(1, 2)
    with replaced(path) as made, h5py_module().File(made, "w") as file:
        file.attrs.update(metadata)
        file["original_data"] = ohlc
        rows = file.create_dataset("coordinates", windows.shape, np.uint16,
                                   chunks=(min(1000, len(windows)), seq_len, 4))
        for first in range(0, len(windows), step):
            last = min(first + step, len(windows))
            rows[first:last] = _bars.rows_of(windows[first:last], height)
            progress(last)


def _paths(path: str) -> list[Path]:
    """The file, or the files of a data set in batches."""
    for candidate in (Path(path), single_path(path)):
        if candidate.is_file():
            return [candidate]
    name = re.compile(re.escape(Path(path).stem) + r"_batch_(\d{4,})\.h5")
    folder = Path(path).parent
    numbers = sorted(int(found[1]) for entry in (os.listdir(folder) if folder.is_dir() else [])
                     if (found := name.fullmatch(entry)))
    if not numbers:
        raise FileNotFoundError(f"neither {path} nor {batch_path(path, 0)} exists")
    if numbers != list(range(len(numbers))):
        missing = next(i for i in range(len(numbers)) if numbers[i] != i)
        raise FileNotFoundError(f"{batch_path(path, missing)} is missing: there are {len(numbers)} files of its data "
                                f"set, up to {batch_path(path, numbers[-1]).name}")
    return [batch_path(path, i) for i in numbers]


class Storage:
    """The open files of a data set."""

    def __init__(self, files: list[Any]) -> None:
        self.files = files
        self.metadata: dict[str, Any] = dict(files[0].attrs)
        self.implicit = self.metadata.get("storage_format") == IMPLICIT
        for file in files:
            self._check(file)
        shape = self._main(files[0]).shape
        if self.implicit:
            self.sequence_length = int(shape[1])
            self.image_shape: tuple[int, ...] = (self._height(), _bars.PITCH * self.sequence_length)
        else:
            self.sequence_length = int(files[0]["sequences"].shape[1]) if "sequences" in files[0] else 0
            self.image_shape = tuple(int(size) for size in shape[1:])
        self.counts = [int(self._main(file).shape[0]) for file in files]
        self.count = sum(self.counts)
        expected = self.metadata.get("num_sequences")
        if len(files) > 1 and expected is not None and int(expected) != self.count:
            raise ValueError(f"{files[0].filename} belongs to a data set of {int(expected)} images, but it and the "
                             f"{len(files) - 1} files after it hold {self.count}: some are missing or of another run")

    def _main(self, file: Any) -> Any:
        return file["coordinates" if self.implicit else "images"]

    def _height(self) -> int:
        return int(self.metadata["resolution"][1]) if "resolution" in self.metadata else 500

    def _check(self, file: Any) -> None:
        names = ("original_data", "coordinates") if self.implicit else ("images",)
        missing = [f"/{name}" for name in names if name not in file]
        if missing:
            raise ValueError(f"{file.filename} has no {' and no '.join(missing)}; expected /images and /sequences, or "
                             f"/original_data and /coordinates with the attribute storage_format={IMPLICIT}")
        first, here = self._main(self.files[0]), self._main(file)
        if first.shape[1:] != here.shape[1:]:
            raise ValueError(f"{file.filename}: its images are of another kind than those of {self.files[0].filename}: "
                             f"found {here.shape[1:]}, expected {first.shape[1:]}")

    def indices(self, indices: Indices) -> NDArray[np.int64]:
        """Indices of images, of 0 to count - 1, in the order that was asked for."""
        if indices is None:
            return np.arange(self.count)
        if isinstance(indices, slice):
            return np.arange(self.count)[indices]
        found = np.asarray(indices)
        if found.ndim != 1 or not (found.size == 0 or found.dtype == bool or np.issubdtype(found.dtype, np.integer)):
            raise TypeError(f"indices: found {found.dtype} of shape {found.shape}, expected a slice or a list of whole "
                            "numbers; load_single_image reads one image")
        if found.dtype == bool:
            if len(found) != self.count:
                raise IndexError(f"indices: a mask of {len(found)} values, but there are {self.count} images")
            return np.flatnonzero(found)
        found = found.astype(np.int64)
        if found.size and (found.min() < -self.count or found.max() >= self.count):
            bad = found[(found < -self.count) | (found >= self.count)][0]
            raise IndexError(f"image {bad} does not exist: {self.files[0].filename} has images 0 to {self.count - 1}")
        return np.where(found < 0, found + self.count, found)

    def images(self, wanted: NDArray[np.int64]) -> NDArray[Any]:
        if self.implicit:
            return _bars.images_of(self._read("coordinates", wanted), self._height())
        return self._read("images", wanted)

    def sequences(self, wanted: NDArray[np.int64]) -> NDArray[Any]:
        if not self.implicit:
            if any("sequences" not in file for file in self.files):
                raise ValueError(f"{self.files[0].filename} has no /sequences; load_single_image reads its images, and "
                                 "`plotmill render --store-sequences` would have stored them")
            return self._read("sequences", wanted)
        # Image i of a file begins at its row i.
        parts = [file["original_data"][...] for file in self.files]
        made = np.empty((len(wanted), self.sequence_length, 4), parts[0].dtype)
        offset = 0
        for part, count in zip(parts, self.counts):
            if len(part) < count + self.sequence_length - 1:
                raise ValueError(f"/original_data has {len(part)} rows, but {count} images of {self.sequence_length} "
                                 f"bars need {count + self.sequence_length - 1}")
            inside = (wanted >= offset) & (wanted < offset + count)
            rows = (wanted[inside] - offset)[:, None] + np.arange(self.sequence_length)
            made[inside] = part[rows]
            offset += count
        return made

    def _read(self, name: str, wanted: NDArray[np.int64]) -> NDArray[Any]:
        """Each image once, in the order of the files: a chunk is decompressed for every read."""
        each, place = np.unique(wanted, return_inverse=True)
        first = self.files[0][name]
        made = np.empty((len(each), *first.shape[1:]), first.dtype)
        offset = 0
        for file, count in zip(self.files, self.counts):
            begin, end = np.searchsorted(each, (offset, offset + count))
            for run in np.split(np.arange(begin, end), np.flatnonzero(np.diff(each[begin:end]) != 1) + 1):
                if len(run):
                    row = int(each[run[0]]) - offset
                    file[name].read_direct(made, np.s_[row : row + len(run)], np.s_[run[0] : run[-1] + 1])
            offset += count
        return made if len(each) == len(wanted) and (np.diff(place) > 0).all() else made[place]


@contextmanager
def opened(path: str) -> Iterator[Storage]:
    h5py = h5py_module()
    with ExitStack() as stack:
        yield Storage([stack.enter_context(h5py.File(file, "r")) for file in _paths(os.fspath(path))])


def size_mb(storage: Storage) -> float:
    return sum(os.path.getsize(file.filename) for file in storage.files) / (1024 * 1024)
