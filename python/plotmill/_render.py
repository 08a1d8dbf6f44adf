"""Arrays to images in one call: render(), and the renderers that it keeps."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from plotmill import _core
from plotmill._arguments import Encoding, check_encode, check_starts
from plotmill._log import log
from plotmill._option_types import DrawOptions
from plotmill.errors import forked
from plotmill.options import DRAW, check_keywords, documented, option_texts
from plotmill.renderer import Renderer

if TYPE_CHECKING:
    from typing_extensions import Unpack

RENDERERS = 8  # that render() and RenderBatch keep
PARAMETERS = ("values", "window", "stride", "out", "encode", "starts", "line_widths", "y_range")


class Shared:
    """The renderers that render() and RenderBatch keep, on one handle, so that kernels are compiled once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.handle = _core.Handle(log)
        self.renderers: OrderedDict[tuple[Any, ...], Renderer] = OrderedDict()

    def renderer(self, window: int | None, stride: int, options: dict[str, Any]) -> Renderer:
        texts = option_texts({**options, "window": window, "stride": stride})
        chart = texts.get("chart", "")
        state = os.stat(chart) if not chart.startswith("{") and os.path.isfile(chart) else None
        file = None if state is None else (os.path.abspath(chart), state.st_mtime_ns, state.st_size, state.st_ino)
        key = (tuple(sorted(texts.items())), os.environ.get("PLOTMILL_DEVICE"), file)
        with self.lock:
            found = self.renderers.get(key)
            if found is None:
                found = Renderer.__new__(Renderer)
                found._make(window, stride, options, self.handle)
                self.renderers[key] = found
            self.renderers.move_to_end(key)
            while len(self.renderers) > RENDERERS:
                self.renderers.popitem(last=False)
            return found


_shared: tuple[int, Shared] | None = None
_shared_lock = threading.Lock()


def _renew_lock() -> None:
    global _shared_lock
    _shared_lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # another thread of the parent may have held it
    os.register_at_fork(after_in_child=_renew_lock)


def shared_renderers() -> Shared:
    global _shared
    if _shared is not None and _shared[0] != os.getpid():
        raise forked("what render() and RenderBatch keep")
    with _shared_lock:
        if _shared is None:
            _shared = os.getpid(), Shared()
        return _shared[1]


@documented(DrawOptions)
def render(
    values: Any,
    window: int | None = None,
    stride: int = 1,
    *,
    out: Any = None,
    encode: Encoding | None = None,
    starts: ArrayLike | None = None,
    line_widths: ArrayLike | None = None,
    y_range: bool = False,
    **options: Unpack[DrawOptions],
) -> Any:
    """Draw series as images, the same bytes as ``plotmill render`` makes.

    Parameters
    ----------
    values : array-like (T), (T, F), (N, T) or (N, T, F), or a table
        A series, of which each window is an image, or N ready sequences, an image each. Arrays of NumPy, tensors of
        PyTorch, columns and tables of pandas, Polars and Arrow, lists; of any type of real numbers. The columns of a
        table, and the keys of a dict, are fields. Missing values are gaps. Without a window, two axes are (N, T).
        With a window, where a shape can be read in two ways, InputError names both, and the option axes decides.
    window : int, optional
        Samples per image. Required for a series, unless the chart says it.
    stride : int, default: 1
        Samples from one image to the next.
    out : buffer, optional
        Where the images go: C-contiguous, of their dtype and shape, or as many bytes.
    encode : {'png', 'jpeg', 'zlib'}, optional
        Return files, or streams of zlib, in place of pixels.
    starts : array-like of int (K), optional
        The first row of each image in a series, or the number of a sequence, in any order; in place of a stride.
    line_widths : array-like of float (K), optional
        The line's width in each image, px.
    y_range : bool
        Also return the lowest and the highest value of each panel: float64 (N, panels, 2).
    {options}

    Returns
    -------
    ndarray (N, H, W) or (N, H, W, C)
        uint8, or as the options dtype, layout and channels say; row 0 is the top. With encode a list of N bytes objects.
        With y_range a tuple of that and the ranges.

    Raises
    ------
    TypeError
        An unknown keyword, which is answered with the nearest name.
    InputError
        Values or options that are wrong.
    DeviceError
        No device, a device that failed, or a process that was forked after something was drawn.

    Notes
    -----
    Kernels and the renderers of the last few options are kept; the values are not. Threads wait for each other: those
    that draw at the same time have a Renderer each.

    Examples
    --------
    >>> images = plotmill.render(prices, window=100, stride=10, size=(224, 224), line_width=1.5, antialias=True)
    """
    check_keywords(options, "render", DRAW, PARAMETERS)
    check_encode(encode, options.get("quality"))
    if starts is not None:
        check_starts(stride)
    renderer = shared_renderers().renderer(window, stride, dict(options))
    with renderer._locked():
        core = renderer._opened()
        if not renderer._load(core, values, "values"):
            return renderer._nothing(core, out, False, encode, starts, line_widths, y_range)
        try:
            return renderer._draw(core, out, False, encode, starts, line_widths, y_range)
        finally:
            renderer._release()


__all__ = ["render"]
