"""The samples of images, and images of samples that were changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plotmill import _core
from plotmill.errors import UnsupportedError
from plotmill.options import option_table

RENDERERS_MOST = 64  # renderers that are kept, one for each number of samples


@dataclass
class WindowSamples:
    """What images are drawn from: float64 (N, reach + window, fields), missing samples NaN.

    The last `window` rows are those that an image shows. The `reach` rows before them are those that the chart's
    averages look back to. Image k has the last rows_before[k] of these; the others, before its group began, are NaN.
    """

    values: NDArray[np.float64]
    rows_before: NDArray[np.int64]
    reach: int
    names: list[str]  # of the fields; one field without a name: [""]


def read_samples(
    table: _core.Reader, columns: dict[str, int], source: dict[str, Any], spec: dict[str, Any], indices: NDArray[np.uint64]
) -> WindowSamples:
    """The samples of windows. `columns`: the widths of the table's columns; `source`: what it is made of."""
    window, names = int(spec["window"]), [str(name) for name in source["values"]]
    if "values" not in columns:
        raise UnsupportedError(
            "the chart has an exponential average (ema) or adjusted prices, whose values depend on all rows before a "
            "window: its samples cannot be changed window by window. Use ma in place of ema, or no augmentation"
        )
    reach = columns["values"] // len(names) - window
    values = np.empty((len(indices), reach + window, len(names)))
    table.column("values", indices, values)
    before = np.empty(len(indices), np.uint64)
    table.column("rows_before", indices, before)
    return WindowSamples(values, before.astype(np.int64), reach, names)


def drawn_fields(samples: WindowSamples, spec: dict[str, Any]) -> WindowSamples:
    """Of the samples those that the chart draws: the selected field, the first one, where it names none.

    The others are of labels.
    """
    layers = [layer for panel in spec["chart"]["panels"] for layer in panel["layers"]]
    unnamed = [layer.get("y", "") is None for layer in layers]
    if not any(unnamed):
        return samples
    if not all(unnamed):
        raise UnsupportedError(
            "the chart shows the selected field beside fields that it names: its samples cannot be changed. Name the "
            "selected one too, as in y: close"
        )
    return replace(samples, values=np.ascontiguousarray(samples.values[:, :, :1]), names=[""])


def drawing_options(options: _core.Options) -> tuple[dict[str, str], str | None]:
    """Of the options in effect, those that say how samples are drawn, not which: by name, and as a document."""
    table = option_table()
    names = {"channels", *(name for name in table if table[name]["scope"] in ("chart", "device"))}
    if options.document is None:  # a library without libyaml reads none
        return {name: text for name, text in options.values.items() if name in names}, None
    kept, lines = False, []
    for line in options.print().splitlines():
        if not line.startswith((" ", "-")):
            name = line.partition(":")[0]
            kept = name in names
        if kept:
            lines.append(line)
    return {}, "\n".join(lines) + "\n"


class SampleRenderers:
    """Draws given samples, windows of any length, by the options of a data set. With its lock."""

    def __init__(self, handle: _core.Handle, options: _core.Options, shape: tuple[int, ...], window: int) -> None:
        self._handle = handle
        self._texts, self._document = drawing_options(options)
        self._size, self._window = f"{shape[1]}x{shape[0]}", window
        self._made: dict[int, tuple[_core.Options, _core.Renderer]] = {}
        self.loading = False  # samples: what the log would say of them it has said of the source

    def _renderer(self, window: int) -> tuple[_core.Options, _core.Renderer]:
        if window not in self._made:
            texts = {**self._texts, "window": str(window), "dtype": "u8", "layout": "auto"}
            if window != self._window:  # the width of a chart may follow from the window
                texts["size"] = self._size
            options = self._handle.options(texts, self._document)
            if len(self._made) == RENDERERS_MOST:
                del self._made[next(iter(self._made))]
            self._made[window] = options, self._handle.renderer(options)
        return self._made[window]

    def draw(self, samples: WindowSamples, out: NDArray[np.uint8], line_widths: NDArray[np.float64] | None) -> None:
        """Fills `out`, without gaps in memory, with the images of the samples."""
        values, reach = samples.values, samples.reach
        count, rows, fields = values.shape
        options, renderer = self._renderer(rows - reach)
        groups: Any = None
        if reach:  # each window is a group, which begins where its own began
            lengths = samples.rows_before + rows - reach
            series = values[np.arange(rows) >= rows - lengths[:, None]]
            groups = np.repeat(np.arange(count, dtype=np.uint32), lengths)
            starts = np.cumsum(lengths) - (rows - reach)
        else:
            series = np.ascontiguousarray(values).reshape(count * rows, fields)
            starts = np.arange(count) * rows
        names = samples.names if samples.names[0] else None
        if names is None:
            series = series[:, 0]
        axes = "T" if names is None else "TF"
        self.loading = True
        try:
            renderer.load(self._handle.array_source(series, axes, options, names, None, groups))
        finally:
            self.loading = False
        renderer.render(out, count, starts.astype(np.uint64), line_widths=line_widths)
