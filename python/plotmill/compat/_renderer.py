"""Draws sequences of prices by the calls of the pipeline that plotmill.compat.crypto follows."""

from __future__ import annotations

import json
import logging
import operator
import os
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plotmill import _core
from plotmill.compat import _bars
from plotmill.errors import DeviceError

logger = logging.getLogger("plotmill.compat.crypto")

MODES = ("auto", "gpu", "cpu")
KEPT_RENDERERS = 4
# Of enum plotmill_log_level: warnings, and what happens without being asked for. The rest is for debugging.
LEVELS = (logging.WARNING, logging.DEBUG, logging.DEBUG)


def _handle() -> _core.Handle:
    return _core.Handle(lambda level, line: logger.log(LEVELS[level], "%s", line))


def whole(given: Mapping[str, Any], name: str) -> int:
    try:
        return operator.index(given[name])
    except KeyError:
        raise ValueError(f"resolution: found no {name!r} in {dict(given)}; expected width and height in pixels, "
                         "as in {'width': 800, 'height': 500}") from None
    except TypeError:
        raise TypeError(f"resolution[{name!r}]: found {given[name]!r}, expected a whole number of pixels") from None


def floats(values: Any, what: str, shape: tuple[int | None, ...], words: str) -> NDArray[np.float64]:
    """`values` as float64 of a shape; None stands for any number."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != len(shape) or any(want is not None and want != have for want, have in zip(shape, array.shape)):
        raise ValueError(f"{what}: found an array of shape {array.shape}, expected {words}")
    return array


class GPURenderer:
    """Draws sequences of prices.

    Parameters
    ----------
    mode : {'auto', 'gpu', 'cpu'}
        auto takes a GPU where there is one; gpu raises DeviceError, a RuntimeError, where there is none.

    Attributes
    ----------
    mode : str
        'gpu' or 'cpu': what is used.
    gpu_available : bool
        Whether OpenCL has a GPU.
    """

    def __init__(self, mode: str = "auto") -> None:
        if mode not in MODES:
            raise ValueError(f"mode: found {mode!r}, expected one of {', '.join(MODES)}")
        self.handle = _handle()
        devices = json.loads(self.handle.devices())["devices"]
        self.gpu_available = any(device["type"] == "GPU" for device in devices)
        if mode == "gpu" and not self.gpu_available:
            raise DeviceError("mode 'gpu': OpenCL has no GPU here; use mode 'auto' or 'cpu', or see "
                              "`python -m plotmill doctor`")
        chosen = next((device["type"] == "GPU" for device in devices if device["default"]), False)
        # auto leaves the choice to the library, so that PLOTMILL_DEVICE is heard.
        self.device = {} if mode == "auto" else {"device": mode}
        self.mode = ("gpu" if chosen else "cpu") if mode == "auto" else mode
        self._lock, self._process = threading.Lock(), os.getpid()
        self._renderers: dict[tuple[tuple[str, str], ...], tuple[_core.Options, _core.Renderer]] = {}

    def render_line_image(self, sequence: ArrayLike, resolution: Mapping[str, Any],
                          line_width: float = 3) -> NDArray[np.float32]:
        """Draws one sequence as a line.

        Parameters
        ----------
        sequence : (T,)
            Prices, from left to right over the whole width. Its smallest lies in the bottom row, its largest in the top
            row; equal prices lie in the middle.
        resolution : dict
            width and height in pixels. Other keys, such as dpi, change nothing.
        line_width : float
            Pixels, 0.5 to 64.

        Returns
        -------
        (height, width) float32
            0 in the line, 1 elsewhere.
        """
        values = floats(sequence, "sequence", (None,), "(T,): one sequence of prices")
        image: NDArray[np.float32] = self.render_batch_gpu(values[None], resolution, line_width)[0]
        return image

    def render_batch_gpu(self, sequences: ArrayLike, resolution: Mapping[str, Any],
                         line_width: float = 3) -> NDArray[np.float32]:
        """Draws sequences (B, T) as lines, an image each: (B, height, width) float32. As `render_line_image`."""
        values = floats(sequences, "sequences", (None, None), "(B, T): B sequences of T prices")
        size = whole(resolution, "width"), whole(resolution, "height")
        return self._draw(values, "NT", size, {"line-width": repr(float(line_width))})

    def render_ohlc_batch_gpu(self, ohlc_sequences: ArrayLike, resolution: Mapping[str, Any]) -> NDArray[np.float32]:
        """Draws sequences of bars.

        Parameters
        ----------
        ohlc_sequences : (B, T, 4)
            Open, high, low and close of T bars. A missing open or close leaves its tick out, a missing high or low the
            bar.
        resolution : dict
            height in pixels. A width is not used: bars are 4 pixels wide.

        Returns
        -------
        (B, height, 4 T) float32
            0 in a bar, 1 elsewhere.
        """
        values = floats(ohlc_sequences, "ohlc_sequences", (None, None, 4), "(B, T, 4): open, high, low, close")
        size = _bars.PITCH * values.shape[1], whole(resolution, "height")
        return self._draw(values, "NTF", size, {"chart": "crypto"})

    def render_ohlc_batch_coordinates(self, ohlc_sequences: ArrayLike, height: int = 500) -> NDArray[np.uint16]:
        """The rows of bars.

        Parameters
        ----------
        ohlc_sequences : (B, T, 4)
            Open, high, low and close. None may be missing: ValueError.
        height : int
            Rows of the image, 1 to 65535.

        Returns
        -------
        (B, T, 4) uint16
            Rows of open, high, low and close; row 0 is the top.
        """
        values = floats(ohlc_sequences, "ohlc_sequences", (None, None, 4), "(B, T, 4): open, high, low, close")
        rows = whole({"height": height}, "height")
        if not 1 <= rows <= 65535:
            raise ValueError(f"height: found {rows}, expected 1 to 65535 pixels")
        return _bars.rows_of(values, rows)

    def _draw(self, values: NDArray[np.float64], axes: str, size: tuple[int, int],
              chart: dict[str, str]) -> NDArray[np.float32]:
        texts = {"size": f"{size[0]}x{size[1]}", "dtype": "f32", **chart, **self.device}
        images = np.empty((len(values), size[1], size[0]), np.float32)
        if not values.shape[0]:
            return images
        if os.getpid() != self._process:  # forked: another thread of the parent may have the lock
            self._lock, self._process = threading.Lock(), os.getpid()
        with self._lock:  # from the load to the end of drawing
            options, renderer = self._renderer(texts)
            fields = _bars.FIELDS if axes == "NTF" else None
            renderer.load(self.handle.array_source(values, axes, options, fields=fields))
            renderer.render(images, len(values))
        return images

    def _renderer(self, texts: dict[str, str]) -> tuple[_core.Options, _core.Renderer]:
        """Renderers of the last few sizes are kept."""
        key = tuple(texts.items())
        found = self._renderers.pop(key, None)
        if found is None:
            options = self.handle.options(texts)
            found = options, self.handle.renderer(options)
        self._renderers[key] = found
        while len(self._renderers) > KEPT_RENDERERS:
            del self._renderers[next(iter(self._renderers))]
        return found


class Renderer(GPURenderer):
    """GPURenderer by its later name."""


