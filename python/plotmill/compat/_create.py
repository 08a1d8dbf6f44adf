"""Every window of a series into HDF5 files, by the call of the pipeline that plotmill.compat.crypto follows."""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plotmill.compat import _bars, _storage
from plotmill.compat._renderer import GPURenderer, floats, logger, whole

COLUMNS = ("Open", "High", "Low", "Close")
LINE_RESOLUTION = {"width": 800, "height": 500, "dpi": 100}
BAR_RESOLUTION = {"height": 500}


def create_price_sequences(price_data: ArrayLike, seq_len: int) -> NDArray[Any]:
    """All windows of a series: (T - seq_len + 1, seq_len), a copy."""
    prices = np.asarray(price_data)
    if prices.ndim != 1:
        raise ValueError(f"price_data: found an array of shape {prices.shape}, expected (T,)")
    return _windows(prices, seq_len).copy()


def create_ohlc_sequences(ohlc_data: Any, seq_len: int) -> NDArray[Any]:
    """All windows of a DataFrame with Open, High, Low, Close or an array (T, 4): (T - seq_len + 1, seq_len, 4)."""
    names = _names(ohlc_data)
    if names is None:
        prices = np.asarray(ohlc_data)
        if prices.ndim != 2 or prices.shape[1] != 4:
            raise ValueError(f"ohlc_data: found an array of shape {prices.shape}, expected (T, 4): open, high, low, "
                             "close")
    else:
        prices = _columns(ohlc_data, names)
    return _windows(prices, seq_len).copy()


def _windows(prices: NDArray[Any], seq_len: int) -> NDArray[Any]:
    length = operator.index(seq_len)
    if not 1 <= length <= len(prices):
        raise ValueError(f"seq_len: found {length}, expected 1 to {len(prices)}, the number of rows")
    return np.moveaxis(np.lib.stride_tricks.sliding_window_view(prices, length, axis=0), -1, 1)


def _names(data: Any) -> list[str] | None:
    """The column names of a DataFrame; None: it is something else."""
    columns = getattr(data, "columns", None)
    return None if columns is None else [str(name) for name in columns]


def _columns(data: Any, names: list[str]) -> NDArray[np.float64]:
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise ValueError(f"data: found the columns {', '.join(names)}, expected {', '.join(COLUMNS)}: "
                         f"{', '.join(missing)} missing")
    return np.column_stack([np.asarray(data[name], dtype=np.float64) for name in COLUMNS])


class _Job:
    """What a call of create_images_from_data draws: chart, prices (T,) or (T, 4), and size."""

    def __init__(self, data: Any, seq_len: int, resolution: Mapping[str, Any] | None, line_width: float | None) -> None:
        if resolution is not None and not isinstance(resolution, Mapping):
            raise TypeError(f"resolution: found {resolution!r}, expected a dict such as {LINE_RESOLUTION} or "
                            f"{BAR_RESOLUTION}")
        names = _names(data)
        shape = np.shape(data) if names is None else None
        bars = shape is not None and len(shape) == 2 if names is None else set(COLUMNS) <= set(names)
        if bars and names is not None:
            bars = not self._asks_for_line(seq_len, resolution, line_width)
        if not bars and names is not None and "Close" not in names:
            raise ValueError(f"data: found the columns {', '.join(names)}, expected {', '.join(COLUMNS)} for bars, or "
                             "Close for lines")
        if bars and line_width is not None:
            raise ValueError("line_width: bars have none; it belongs to lines, which need 'width' in resolution")
        self.bars, self.seq_len = bars, operator.index(seq_len)
        self.line_width = 3.0 if line_width is None else float(line_width)
        if bars:
            prices = data if names is None else _columns(data, names)
            self.prices = floats(prices, "data", (None, 4), "(T, 4): open, high, low, close; or (T,): prices")
            self.size = _bars.PITCH * self.seq_len, whole(resolution or BAR_RESOLUTION, "height")
        else:
            prices = data if names is None else data["Close"]
            self.prices = floats(prices, "data", (None,), "(T,): prices; or a DataFrame")
            chosen = resolution or LINE_RESOLUTION
            self.size = whole(chosen, "width"), whole(chosen, "height")
        self.count = len(_windows(self.prices, self.seq_len))

    @staticmethod
    def _asks_for_line(seq_len: int, resolution: Mapping[str, Any] | None, line_width: float | None) -> bool:
        """Earlier scripts draw the closes of a DataFrame with a width and dpi, later ones its bars with a height."""
        if resolution is None or "width" not in resolution:
            return False
        if "dpi" in resolution or line_width is not None:
            return True
        raise ValueError(f"resolution {dict(resolution)} with Open, High, Low and Close can mean a line of the closes, "
                         f"{resolution['width']} pixels wide, or bars, {_bars.PITCH * seq_len} pixels wide; give "
                         "data['Close'], or 'dpi' as well, for the line, and 'height' alone for bars")

    def attributes(self, metadata: Mapping[str, Any] | None, mode: str) -> dict[str, Any]:
        found = dict(metadata or {})
        found |= {"seq_len": self.seq_len, "num_sequences": self.count, "rendering_mode": mode,
                  "chart_type": "ohlc_bar" if self.bars else "line", "resolution": list(self.size)}
        return found if self.bars else found | {"line_width": self.line_width}

    def options(self) -> dict[str, str]:
        chart = {"chart": "crypto"} if self.bars else {"line-width": repr(self.line_width)}
        return {"window": str(self.seq_len), "size": f"{self.size[0]}x{self.size[1]}", "dtype": "f32",
                "store-sequences": "true", "format": "hdf5", **chart}


def _settings(name: str, given: Mapping[str, Any] | None, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Unknown keys are named: scripts hand over whole sections of their configuration."""
    unknown = [key for key in (given or {}) if key not in defaults]
    if unknown:
        logger.warning("%s: %s not used; known are %s", name, ", ".join(unknown), ", ".join(defaults))
    return {**defaults, **{key: value for key, value in (given or {}).items() if key in defaults}}


def create_images_from_data(data: Any, output_path: str, seq_len: int = 100,
                            resolution: Mapping[str, Any] | None = None,
                            storage_config: Mapping[str, Any] | None = None,
                            metadata: Mapping[str, Any] | None = None,
                            rendering_config: Mapping[str, Any] | None = None, *,
                            line_width: float | None = None, batch_size: int | None = None) -> str:
    """Draws every window of a series and stores the images.

    Parameters
    ----------
    data : DataFrame with Open, High, Low, Close; (T, 4); or (T,), a Series or a DataFrame with Close
        The first two are drawn as bars, the others as lines. A DataFrame is drawn as a line of its Close where
        `resolution` has width and dpi, or `line_width` is given.
    output_path : str
        The file to write; .h5 is added where it is missing. What exists is replaced. In batch mode NAME_batch_0000.h5,
        NAME_batch_0001.h5 and so on.
    seq_len : int
        Prices or bars of an image. Images begin one row after the other.
    resolution : dict
        Pixels: {'width': 800, 'height': 500, 'dpi': 100}, the default of lines, or {'height': 500}, that of bars, which
        are 4 seq_len wide.
    storage_config : dict
        format : 'hdf5'. mode : 'single' (default) or 'batch'. images_per_file : of batch mode, 50000.
        storage_format : 'images' (default): /images (N, H, W) float32 and /sequences (N, seq_len[, 4]) float64; or
        'index_based_implicit', of bars: /original_data (T, 4) and /coordinates (N, seq_len, 4), from which images are
        drawn when they are loaded.
    metadata : dict
        Stored as attributes of the file, with seq_len, num_sequences, rendering_mode, chart_type and resolution.
    rendering_config : dict
        mode : 'auto' (default), 'gpu' or 'cpu'. gpu_batch_size : images per batch. fallback_on_error : whether another
        device continues where one fails (default True).
    line_width : float
        Of lines, in pixels; 3.
    batch_size : int
        Images per batch where rendering_config has no gpu_batch_size.

    Returns
    -------
    str
        The path written; in batch mode `output_path`, which the functions that load take as well.
    """
    storage = _settings("storage_config", storage_config, {"format": "hdf5", "mode": "single", "images_per_file": 50000,
                                                           "storage_format": _storage.IMAGES})
    rendering = _settings("rendering_config", rendering_config, {"mode": "auto", "gpu_batch_size": batch_size,
                                                                 "fallback_on_error": True})
    path = os.fspath(output_path)
    _storage.check_format(storage["format"])
    for name, known in (("mode", ("single", "batch")), ("storage_format", _storage.STORAGE_FORMATS)):
        if storage[name] not in known:
            raise ValueError(f"storage_config[{name!r}]: found {storage[name]!r}, expected {' or '.join(known)}")
    job = _Job(data, seq_len, resolution, line_width)
    implicit = storage["storage_format"] == _storage.IMPLICIT
    if implicit and not job.bars:
        raise ValueError(f"storage_config['storage_format']: {_storage.IMPLICIT} stores rows of bars, but data is "
                         "drawn as lines; expected images")
    renderer = GPURenderer(rendering["mode"])
    attributes = job.attributes(metadata, renderer.mode)
    if implicit:
        attributes |= {"storage_format": _storage.IMPLICIT, "total_data_points": len(job.prices)}
    _storage.check_metadata(attributes)
    logger.info("Generating %d images", job.count)
    logger.info("Rendering mode: %s", renderer.mode.upper())
    logger.info("Storage format: hdf5 (%s mode)", storage["mode"])
    logger.info("Resolution: %dx%d", *job.size)

    single = storage["mode"] == "single"
    share = job.count if single else max(1, operator.index(storage["images_per_file"]))
    target = _storage.single_path(path)
    for index, first in enumerate(range(0, job.count, share)):
        count = min(share, job.count - first)
        place = target if single else _storage.batch_path(path, index)
        if implicit:
            _write_rows(job, place, attributes, first, count, rendering["gpu_batch_size"])
        else:
            _write_images(job, renderer, place, attributes, first, count, rendering)
    logger.info("Created %d images in hdf5 format", job.count)
    return str(target) if single else path


class _Progress:
    """Logs every `step` images of a file, and its last."""

    def __init__(self, first: int, count: int, total: int, step: int, device: str) -> None:
        self.first, self.total, self.step, self.device = first, total, step, device
        self.last, self.next = first + count, first + min(step, count)

    def __call__(self, done: int) -> None:
        reached = self.first + done
        if reached >= self.next:
            logger.info("Processed %d/%d images (%s)", reached, self.total, self.device)
            self.next = min(reached + self.step, self.last) if reached < self.last else self.total + 1


def _write_images(job: _Job, renderer: GPURenderer, path: Path, attributes: dict[str, Any], first: int, count: int,
                  rendering: Mapping[str, Any]) -> None:
    batch = rendering["gpu_batch_size"]
    progress = _Progress(first, count, job.count, batch or 1000, renderer.mode.upper())
    texts = job.options() | renderer.device | ({} if batch is None else {"batch": str(batch)})
    texts["fallback" if rendering["fallback_on_error"] else "no-fallback"] = "true"
    with _storage.replaced(path) as made:
        handle = renderer.handle
        options = handle.options(texts | {"output": str(made)})
        rows = np.ascontiguousarray(job.prices[first : first + count + job.seq_len - 1])
        source = handle.array_source(rows, "TF" if job.bars else "T", options,
                                     fields=_bars.FIELDS if job.bars else None)
        report = json.loads(handle.run(options, source, progress=lambda found: progress(found["done"])))
        _storage.describe(made, attributes | {"rendering_mode": report["device"]["type"].lower()}, first)


def _write_rows(job: _Job, path: Path, attributes: dict[str, Any], first: int, count: int,
                batch: int | None) -> None:
    step = batch or 1000
    progress = _Progress(first, count, job.count, step, "CPU")
    rows = job.prices[first : first + count + job.seq_len - 1]
    attributes = attributes | {"rendering_mode": "cpu"}
    _storage.write_implicit(path, attributes, rows, job.seq_len, job.size[1], step, progress)


