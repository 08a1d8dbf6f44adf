"""Stored images: any output of plotmill as arrays, with the interface of a data set that is drawn on demand."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plotmill import _core
from plotmill._folders import current_folder, path_from
from plotmill.errors import check_exists
from plotmill.images import Column, ImageSet, parse

Path = str | os.PathLike[str]


class StoredDataset(ImageSet):
    """Images of a file or a folder that plotmill wrote, and what is stored beside them.

    Every format is read: HDF5, .npy, .npz, .dat, .tar, folders of PNG or JPEG files, and the published price-trend
    images. Pixels are uint8 (H, W) or (H, W, C), whatever type and layout are stored. A batch is read in the order of
    the file, whichever order it is asked for in; in .tar and .npz files each batch passes all images before its last
    one, so they suit reading from the beginning to the end.

    It may be pickled, for worker processes: what they get is the path, which they open by themselves. After a fork the
    child opens the file again too.

    Parameters
    ----------
    path : str or path
        The file or folder.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        if not isinstance(path, (str, bytes, os.PathLike)):
            raise TypeError(f"open: found {type(path).__name__}, expected the path of stored images; plotmill.Dataset takes data")
        self.path, self._folder = os.fsdecode(path), current_folder()
        self._about()

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_folder": self._folder}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._reset()
        self.__dict__.update(state)

    def _reader(self) -> _core.Reader:
        if self._live is None:
            path = path_from(self._folder, self.path)
            check_exists(path, "file or folder")
            self._live = _core.Handle().reader(path)
        reader: _core.Reader = self._live
        return reader

    def _describe(self) -> dict[str, Any]:
        return parse(self._reader().describe())

    def _read_column(self, column: Column, indices: NDArray[np.uint64], out: NDArray[Any]) -> None:
        self._reader().column(column.name, indices, out)

    def _draw(self, indices: NDArray[np.uint64], out: NDArray[np.uint8], y_range: NDArray[np.float64] | None) -> None:
        self._reader().read(indices, out, None, y_range)

    def _starts(self, indices: NDArray[np.uint64]) -> NDArray[np.int64]:
        starts = np.empty(len(indices), np.int64)
        self._reader().read(indices, None, starts)
        return starts

    def _read_ranges(self, indices: NDArray[np.uint64], ranges: NDArray[np.float64]) -> None:
        with self._locked():
            self._reader().read(indices, None, None, ranges)

    def _title(self) -> str:
        return f"StoredDataset {self.path!r}"


def open(path: Path) -> StoredDataset:  # noqa: A001
    """Open any output of plotmill as arrays.

    Parameters
    ----------
    path : str or path
        A file (.h5, .npy, .npz, .dat, .tar) or a folder of PNG or JPEG files.

    Returns
    -------
    StoredDataset
        With the interface of ``Dataset``, so that training code does not know whether images are stored.
    """
    return StoredDataset(path)
