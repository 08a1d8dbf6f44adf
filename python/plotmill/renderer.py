"""Arrays to images in many calls: Renderer."""

from __future__ import annotations

import copy
import json
import math
import os
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plotmill import _core, errors
from plotmill._arguments import ENCODINGS, Encoding, axes_of, buffer_of, check_encode, check_shape, whole_numbers
from plotmill._frames import table_of
from plotmill._log import log, renamed
from plotmill._option_types import DrawOptions
from plotmill._sources import Frame
from plotmill.arrays import in_order, sequences_of, to_numpy
from plotmill.errors import InputError, forked
from plotmill.options import DRAW, check_chart, check_keywords, documented, option_texts

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

DTYPES = {"u8": np.uint8, "f32": np.float32, "f16": np.float16, "bits": np.uint8}
PIECE_BYTES = 64 << 20  # room for streams at a time
MOVED = ("newest first, reversed", "sorted", "moved")  # orders in a source's description
OF_CALLS = ("out", "view", "encode", "starts", "line_widths", "y_range")


@documented(DrawOptions)
class Renderer:
    """Draws windows of series that are in memory. Keeps the device, its kernels and buffers between calls.

    Parameters
    ----------
    window : int, optional
        Samples per image. Required for a long series, unless the chart says it; None: each sequence is an image.
    stride : int, default: 1
        Samples from one image to the next, in calls without starts. The option quality is of those with encode="jpeg".
    {options}

    Notes
    -----
    Threads may share a renderer: its calls wait for each other. Threads that draw at the same time have one each. A
    renderer can be pickled for another process, without its series. In the child of a fork it raises DeviceError.

    Examples
    --------
    >>> with plotmill.Renderer(size=(224, 224), line_width=1.5) as r:
    ...     images = r(np.random.randn(256, 100))        # uint8 (256, 224, 224)
    """

    def __init__(self, window: int | None = None, stride: int = 1, **options: Unpack[DrawOptions]) -> None:
        for name in OF_CALLS:
            if name in options:
                raise TypeError(f"Renderer() got {name!r}, which is an argument of calls: renderer(windows, {name}=...)")
        check_keywords(options, "Renderer", DRAW, ("window", "stride"))
        self._make(window, stride, dict(options), _core.Handle(log))

    def _make(self, window: int | None, stride: int, options: dict[str, Any], handle: _core.Handle) -> None:
        self._arguments = (window, stride, copy.deepcopy(options))  # a chart may be changed later
        self._lock = threading.RLock()
        self._process = os.getpid()
        texts = option_texts({**options, "window": window, "stride": stride})
        check_chart(texts)
        self._axes = texts.pop("axes", None)
        limit = texts.pop("limit", None)
        if limit is not None:
            handle.options({"limit": limit})  # refuses what is no number of images
        self._limit = None if limit is None else int(limit)
        self._handle = handle
        self._options = handle.options(texts)
        self._core: _core.Renderer | None = handle.renderer(self._options)
        self._about: dict[str, Any] = json.loads(self._core.describe())
        self._window = int(self._about["window"])
        self._loaded = False
        self._table: _core.Source | None = None  # loaded, its order not checked yet
        self._buffer = np.empty(0, np.uint8)

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, self._arguments

    def __repr__(self) -> str:
        window, stride, options = self._arguments
        words = [f"window={window}", f"stride={stride}", *(f"{name}={value!r}" for name, value in options.items())]
        return f"plotmill.Renderer({', '.join(words)})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the device, its buffers and the series. Further calls raise InputError."""
        if os.getpid() != self._process:
            return
        with self._lock:
            self._core = self._table = None
            self._loaded = False
            self._buffer = np.empty(0, np.uint8)

    @property
    def device(self) -> str:
        """The name of the device."""
        return str(self._about["device"])

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Of one image: (H, W), (H, W, C) or (C, H, W). None: it depends on a window that is not known yet."""
        shape = tuple(self._about["shape"])
        return None if 0 in shape else shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the images."""
        return np.dtype(DTYPES[self._about["dtype"]])

    def __call__(
        self,
        windows: Any,
        *,
        out: Any = None,
        view: bool = False,
        encode: Encoding | None = None,
        starts: ArrayLike | None = None,
        line_widths: ArrayLike | None = None,
        y_range: bool = False,
    ) -> Any:
        """Draw arrays.

        Parameters
        ----------
        windows : array-like (N, T) or (N, T, F), or (T), or a table
            N windows of T samples, or of T rows of F fields: an image each. Longer sequences are cut into windows by
            the stride, each by itself, and so is one series (T). A table of pandas, Polars or Arrow, or a dict of
            columns, is one series whose columns are fields; a dict of arrays (N, T) has a field in each. Missing values
            are gaps.
        out : buffer, optional
            Where the images go: C-contiguous, of their dtype and shape, or as many bytes.
        view : bool
            Return an array of the renderer, which is valid until its next call, in place of a new one.
        encode : {'png', 'jpeg', 'zlib'}, optional
            Return files, or streams of zlib, in place of pixels.
        starts : array-like of int (K), optional
            The first row of each image in a series, or the number of a sequence, in any order; otherwise all by the
            stride.
        line_widths : array-like of float (K), optional
            The line's width in each image, px.
        y_range : bool
            Also return the lowest and the highest value of each panel: float64 (N, panels, 2).

        Returns
        -------
        ndarray (N, H, W) or (N, H, W, C)
            uint8, or as the options dtype, layout and channels say. With encode a list of N bytes objects. With y_range
            a tuple of that and the ranges.
        """
        check_encode(encode)
        with self._locked():
            core = self._opened()
            self._loaded = False
            if self._load(core, windows, "windows"):
                return self._draw(core, out, view, encode, starts, line_widths, y_range)
            return self._nothing(core, out, view, encode, starts, line_widths, y_range)

    def load(self, series: Any) -> Self:
        """Read a series, and keep it on the device for ``at(None, starts)``.

        Parameters
        ----------
        series : array-like (T), (T, F), (N, T) or (N, T, F), or a table
            As the command reads arrays: where a shape can be read in two ways, the option axes decides. It must not
            change until the next load: whether a device sees the change is not defined.
        """
        with self._locked():
            core = self._opened()
            self._read(core, series)
            self._loaded = True
        return self

    def at(
        self,
        series: Any,
        starts: ArrayLike | None = None,
        *,
        out: Any = None,
        view: bool = False,
        encode: Encoding | None = None,
        line_widths: ArrayLike | None = None,
        y_range: bool = False,
    ) -> Any:
        """Draw windows of a series that begin at any rows.

        Parameters
        ----------
        series : array-like or None
            As for load(), and read again in each call, because it may have changed meanwhile. None: the one that load()
            has read, if no other was drawn since.
        starts : array-like of int (K), optional
            The first row of each image, or the number of a ready sequence. None: all images by the stride.

        Returns
        -------
        ndarray (K, H, W) or (K, H, W, C)
            See __call__ for this and the other parameters.
        """
        check_encode(encode)
        with self._locked():
            core = self._opened()
            if series is None and not self._loaded:
                raise InputError("series: found None, and no series is loaded: call load(series) before at(None, starts)")
            if series is not None:
                self._read(core, series)
            return self._draw(core, out, view, encode, starts, line_widths, y_range)

    def _locked(self) -> AbstractContextManager[object]:
        # In a child the lock may be that of a thread that the child does not have.
        if os.getpid() != self._process:
            raise forked("this renderer")
        return self._lock

    # With the lock.

    def _opened(self) -> _core.Renderer:
        if self._core is None:
            raise InputError("the renderer is closed")
        return self._core

    def _read(self, core: _core.Renderer, series: Any) -> None:
        self._loaded = False
        if not self._load(core, series, "series"):
            raise InputError("series: found no samples, expected at least one window")

    def _load(self, core: _core.Renderer, values: Any, name: Literal["values", "series", "windows"]) -> bool:
        """name: of the parameter. False: there are no sequences."""
        names: dict[str, str] = {}
        self._table = None
        array, axes, fields = None, "", None
        sequences = sequences_of(values) if isinstance(values, Mapping) else None
        if sequences is not None:
            array, fields = sequences
            axes = self._axes or "NTF"
        elif (table := table_of(values)) is not None:
            if self._axes:
                raise InputError(f"axes: found {self._axes!r} with a table, whose rows are samples and columns fields")
            source = self._table = Frame(table).open(self._handle, self._options, names)
        else:
            array = to_numpy(values, name)
            check_shape(array.shape, name)
            axes = self._axes or axes_of(array.shape, self._window, name == "windows", name)
        if array is not None:
            array, axes = in_order(array, axes)
            if axes[0] == "N" and not len(array):
                return False
            try:
                source = self._handle.array_source(array, axes, self._options, fields)
            except InputError as error:
                if axes == "NT" and not self._axes and not self._window:
                    error.args = (f"{error} (without a window, {array.shape} is {len(array)} sequences of one field)",)
                raise
        with renamed(names):
            core.load(source)
        self._about = json.loads(core.describe())
        return True

    def _nothing(
        self, core: _core.Renderer, out: Any, view: bool, encode: Encoding | None, starts: Any, widths: Any, y_range: bool
    ) -> Any:
        """Of windows of which there are none."""
        if self.shape is None:
            raise InputError("windows: found none, and the size of the chart depends on their length")
        if starts is not None and len(whole_numbers(starts, "starts")):
            raise InputError("starts: found numbers of windows, of which there are none")
        self._about = {**self._about, "images": 0}
        return self._draw(core, out, view, encode, None, widths, y_range)

    def _draw(
        self, core: _core.Renderer, out: Any, view: bool, encode: Encoding | None, starts: Any, widths: Any, y_range: bool
    ) -> Any:
        if starts is None:
            count = int(self._about["images"]) if self._limit is None else min(self._about["images"], self._limit)
        else:
            starts = whole_numbers(starts, "starts")
            count = len(starts)
            if self._limit is not None and count > self._limit:
                raise InputError(f"starts: found {count}, expected at most {self._limit}, the option limit")
            self._check_order()
        if widths is not None:
            widths = np.ascontiguousarray(to_numpy(widths, "line_widths"), np.float64)
            if widths.shape != (count,):
                raise InputError(f"line_widths: found the shape {widths.shape}, expected {(count,)}: one for each image")
        ranges = np.empty((count, self._about["panels"], 2)) if y_range else None
        if encode is not None:
            if out is not None or view:
                raise InputError(f"encode: found with {'view' if view else 'out'}, expected neither: it returns bytes")
            images: Any = self._encoded(core, encode, count, starts, widths, ranges)
        else:
            images, room = self._room(count, out, view)
            if count:
                core.render(room, count, starts, line_widths=widths, y_range=ranges)
        return (images, ranges) if y_range else images

    def _check_order(self) -> None:
        """Refuses starts that would count other rows than those of the table as it lies."""
        if self._table is None:
            return
        order = json.loads(self._table.describe())["read"][0]["order"]
        if order in MOVED:
            raise InputError(
                f"starts: found a table whose rows are not in the order of time ({order}), so that starts could count "
                "its rows or those in order: sort it by time, or leave its times out"
            )
        self._table = None

    def _room(self, count: int, out: Any, view: bool) -> tuple[Any, NDArray[Any]]:
        """What is returned, and the array that is drawn into."""
        shape, dtype = (count, *self._about["shape"]), self.dtype
        if out is not None:
            if view:
                raise InputError("view: found with out, expected one of them")
            return buffer_of(out, shape, dtype)
        needed = math.prod(shape) * dtype.itemsize
        try:
            if not view:
                images = np.empty(shape, dtype)
                return images, images
            if self._buffer.nbytes < needed:
                self._buffer = np.empty(needed, np.uint8)
        except (MemoryError, ValueError):
            raise errors.make(
                6,
                "out of memory",
                f"{count} images take {needed / 1e9:.1f} GB: expected fewer at a time, by stride, limit or starts; a "
                "Dataset draws those that are asked for",
            ) from None
        images = self._buffer[:needed].view(dtype).reshape(shape)
        return images, images

    def _encoded(
        self,
        core: _core.Renderer,
        encode: Encoding,
        count: int,
        starts: NDArray[np.uint64] | None,
        widths: NDArray[np.float64] | None,
        ranges: NDArray[np.float64] | None,
    ) -> list[bytes]:
        bound = core.bound(ENCODINGS[encode])
        piece = max(1, min(count, PIECE_BYTES // max(bound, 1)))
        room, sizes = np.empty(piece * bound, np.uint8), np.empty(piece, np.uint64)
        found: list[bytes] = []
        for first in range(0, count, piece):
            here = slice(first, min(first + piece, count))
            images = here.stop - first
            core.render(
                room,
                images,
                None if starts is None else starts[here],
                first=first,
                encoding=ENCODINGS[encode],
                line_widths=None if widths is None else widths[here],
                sizes=sizes,
                y_range=None if ranges is None else ranges[here],
            )
            ends = np.cumsum(sizes[:images]).tolist()
            found += [room[begin:end].tobytes() for begin, end in zip([0, *ends], ends)]
        return found

    def _release(self) -> None:
        """Drops the series. The library does so when a load fails, as of a sequence of one sample."""
        with self._lock:
            self._table = None
            if self._core is not None:
                try:
                    self._core.load(self._handle.array_source(np.zeros((1, 1)), "NT", self._handle.options({})))
                except InputError:
                    pass


def _remake(window: int | None, stride: int, options: DrawOptions) -> Renderer:
    return Renderer(window, stride, **options)


def devices() -> list[dict[str, Any]]:
    """The OpenCL devices of this machine.

    Returns
    -------
    list of dict
        As ``plotmill devices --json`` prints them: index, name, type, platform, memory (bytes) and so on.
    """
    found: list[dict[str, Any]] = json.loads(_core.Handle(log).devices())["devices"]
    return found


__all__ = ["Renderer", "devices"]
