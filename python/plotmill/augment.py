"""Augmentations of windows before they are drawn: they cost a little arithmetic on samples, where the same change to
pixels would cost much, or could not be made.

    from plotmill import augment
    loader = plotmill.torch.Loader(dataset, 256, shuffle=True, seed=1,
                                   augment=[augment.crop((80, 100)), augment.jitter(0.01)])

Each is a function that gives a transform; several are applied in their order. All random numbers follow from (seed, epoch,
index of the image, place of the transform in the list), so the image does not depend on the size of the batch, the process
or the machine that draws it. Labels stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt

from plotmill import _random
from plotmill.images import find_indices, place_for

if TYPE_CHECKING:
    from plotmill._samples import WindowSamples
    from plotmill.images import ImageSet

__all__ = ["Augmented", "Transform", "crop", "dropout", "jitter", "line_width", "scale"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


@dataclass
class Windows:
    """Windows on the way to the renderer: image k shows rows first[k] .. first[k] + length[k] - 1 of samples[k]. Rows
    before them may be those that averages look back to."""

    samples: Float  # (N, R, F), missing: NaN
    first: Int  # (N)
    length: Int  # (N)
    fields: list[str]  # the names of the F fields
    together: list[list[int]]  # fields that describe one thing, as open, high, low and close do
    columns: list[int]  # fields that columns show, which have no negative values
    line_widths: Float | None = None  # (N), px

    def shown(self) -> npt.NDArray[np.bool_]:
        """(N, R): the rows that the images show."""
        rows = np.arange(self.samples.shape[1])
        return (rows >= self.first[:, None]) & (rows < (self.first + self.length)[:, None])


@dataclass(frozen=True)
class Transform:
    """A change of windows: made by the functions of this module."""

    def apply(self, windows: Windows, state: _random.UInt64) -> Windows:
        """The changed windows; `state` (N) has the generator of each image."""
        raise NotImplementedError

    def check(self, chart: dict[str, Any]) -> None:
        """Refuses a chart that the change does not show in."""


Augment = Union[Transform, Sequence[Transform], None]


def _range(name: str, value: float | tuple[float, float], lowest: float, highest: float) -> tuple[float, float]:
    low, high = value if isinstance(value, (tuple, list)) else (value, value)
    if not lowest <= low <= high <= highest:
        raise ValueError(f"{name} is {value!r}; expected a number or (low, high), from {lowest:g} to {highest:g}")
    return low, high


def _chosen(windows: Windows, fields: tuple[str, ...] | None) -> npt.NDArray[np.bool_]:
    """(F): the fields that a transform changes."""
    if fields is None:
        return np.ones(len(windows.fields), bool)
    unknown = [name for name in fields if name not in windows.fields]
    if unknown:
        raise ValueError(f'the chart has no field "{unknown[0]}"; its fields are {", ".join(windows.fields)}')
    return np.array([name in fields for name in windows.fields])


def _names(fields: str | Sequence[str] | None) -> tuple[str, ...] | None:
    return None if fields is None else (fields,) if isinstance(fields, str) else tuple(fields)


def _units(windows: Windows) -> Int:
    """(F): the number of the unit that each field belongs to: a field alone, or fields that describe one thing."""
    unit = np.arange(len(windows.fields))
    for members in windows.together:
        unit[members] = min(members)
    return unit


@dataclass(frozen=True)
class _Jitter(Transform):
    sd: float
    relative: bool
    fields: tuple[str, ...] | None

    def apply(self, windows: Windows, state: _random.UInt64) -> Windows:
        samples, unit = windows.samples, _units(windows)
        count, rows, _ = samples.shape
        units, inverse = np.unique(unit, return_inverse=True)
        noise = _random.normal(state[:, None, None], np.arange(rows)[:, None] * len(unit) + units)[:, :, inverse]
        size: Float = np.full((count, 1, len(unit)), self.sd)
        if self.relative:
            shown = windows.shown()[:, :, None] & ~np.isnan(samples)
            low = np.where(shown, samples, np.inf).min(1)
            high = np.where(shown, samples, -np.inf).max(1)
            for members in windows.together:
                low[:, members] = low[:, members].min(1, keepdims=True)
                high[:, members] = high[:, members].max(1, keepdims=True)
            size = size * np.maximum(high - low, 0)[:, None, :]
        changed = samples + noise * size * _chosen(windows, self.fields)
        for k in windows.columns:
            changed[:, :, k] = np.where(samples[:, :, k] >= 0, np.maximum(changed[:, :, k], 0), changed[:, :, k])
        return replace(windows, samples=changed)


def jitter(sd: float, *, relative: bool = True, fields: str | Sequence[str] | None = None) -> Transform:
    """Adds noise to each sample.

    Parameters
    ----------
    sd : float
        The standard deviation: a share of the range (highest - lowest) of the field in the window, or with
        relative=False in the units of the field.
    fields : list of str or None
        The fields that are changed; None is all. Fields that one mark draws together, such as open, high, low and close,
        get the same noise in a row and count as one range, so that a candle stays a candle. Fields that columns show,
        such as volume, become 0 where they would become negative.
    """
    if not 0 <= sd < np.inf:
        raise ValueError(f"sd is {sd!r}; expected a number of at least 0")
    return _Jitter(float(sd), bool(relative), _names(fields))


@dataclass(frozen=True)
class _Crop(Transform):
    low: float
    high: float

    def apply(self, windows: Windows, state: _random.UInt64) -> Windows:
        low, high = (self._samples(limit, windows.length) for limit in (self.low, self.high))
        if (high > windows.length).any():
            raise ValueError(
                f"crop takes up to {int(high.max())} samples, but the windows have {int(windows.length.min())}"
            )
        length = low + _random.below(_random.number(state, 0), high - low + 1)
        offset = _random.below(_random.number(state, 1), windows.length - length + 1)
        return replace(windows, first=windows.first + offset, length=length)

    def _samples(self, limit: float, length: Int) -> Int:
        shares = self.low < 1
        return np.maximum(np.rint(limit * length), 1).astype(np.int64) if shares else np.full_like(length, limit)


def crop(length: float | tuple[float, float]) -> Transform:
    """Draws a random part of the window at the same size.

    Parameters
    ----------
    length : number or (low, high)
        Its samples: a whole number from 1, or a share of the window below 1. Of (low, high), a number between them for
        each image; with a share as low, 1 is the whole window. For each number of samples a renderer is kept.
    """
    low, high = _range("length", length, 0, np.inf)
    for limit in (low, high):
        if limit <= 0 or (limit >= 1 and limit != int(limit)):
            raise ValueError(f"length is {length!r}; expected whole numbers of samples, or shares between 0 and 1")
    if low < 1 < high:
        raise ValueError(f"length is {length!r}; expected two numbers of samples or two shares")
    return _Crop(low, high)


@dataclass(frozen=True)
class _Scale(Transform):
    low: float
    high: float
    about: float
    fields: tuple[str, ...] | None

    def check(self, chart: dict[str, Any]) -> None:
        scales = [panel.get("y", {}).get("range") for panel in chart.get("panels") or ()] or [chart.get("range")]
        if self.fields is None and all(s == "minmax" or (s == "zero" and self.about == 0) for s in scales):
            raise ValueError(
                "scale would change no image: the y scale of this chart follows the values of each window. Give the "
                "chart a fixed range (the option range), or leave scale out"
            )

    def apply(self, windows: Windows, state: _random.UInt64) -> Windows:
        factor = self.low + (self.high - self.low) * _random.uniform(_random.number(state, 0))
        factors = np.where(_chosen(windows, self.fields), factor[:, None, None], 1.0)
        return replace(windows, samples=(windows.samples - self.about) * factors + self.about)


def scale(
    low: float, high: float, *, about: float = 0.0, fields: str | Sequence[str] | None = None
) -> Transform:
    """Multiplies the samples of an image by one random factor.

    It changes images whose y scale is fixed or shared: the option range, `y: {range: ...}` or `share` in a chart. Where
    the scale follows the window's own lowest and highest value the picture stays as it is.

    Parameters
    ----------
    low, high : float
        The factor is between them.
    about : float
        The value that stays.
    fields : list of str or None
        The fields that are changed; None is all.
    """
    if not -np.inf < low <= high < np.inf:
        raise ValueError(f"scale has low {low!r} and high {high!r}; expected low <= high")
    return _Scale(float(low), float(high), float(about), _names(fields))


@dataclass(frozen=True)
class _Dropout(Transform):
    share: float
    fields: tuple[str, ...] | None

    def apply(self, windows: Windows, state: _random.UInt64) -> Windows:
        numbers = _random.number(state[:, None], np.arange(windows.samples.shape[1]))
        dropped = (_random.uniform(numbers) < self.share)[:, :, None] & _chosen(windows, self.fields)
        return replace(windows, samples=np.where(dropped, np.nan, windows.samples))


def dropout(share: float, *, fields: str | Sequence[str] | None = None) -> Transform:
    """Makes samples missing, each with the probability `share`. The option missing, or the mark, says how that is drawn.

    Parameters
    ----------
    share : float
        From 0 to 1.
    fields : list of str or None
        The fields that become missing in such a row; None is all.
    """
    _range("share", share, 0, 1)
    return _Dropout(float(share), _names(fields))


@dataclass(frozen=True)
class _LineWidth(Transform):
    low: float
    high: float

    def apply(self, windows: Windows, state: _random.UInt64) -> Windows:
        share = _random.uniform(_random.number(state, 0))
        return replace(windows, line_widths=self.low + (self.high - self.low) * share)


def line_width(low: float, high: float) -> Transform:
    """A random width of the line for each image, between `low` and `high` px. For a chart that is one grey line."""
    if not 0 < low <= high < np.inf:
        raise ValueError(f"line_width has low {low!r} and high {high!r}; expected 0 < low <= high")
    return _LineWidth(float(low), float(high))


class Augmented:
    """Draws images of a data set with changed samples. Used by plotmill.torch, and without PyTorch as well."""

    def __init__(self, dataset: Any, augment: Augment, seed: int = 0) -> None:
        self.transforms = tuple(augment) if isinstance(augment, (tuple, list)) else (augment,)
        for transform in self.transforms:
            if not isinstance(transform, Transform):
                raise TypeError(f"augment has {transform!r}; expected transforms of plotmill.augment")
        if not hasattr(dataset, "window_samples"):
            raise TypeError(
                f"augment needs the samples of images, which {type(dataset).__name__} does not have: expected a Dataset"
            )
        self.dataset: ImageSet = dataset
        self.seed = _random.seeded(seed)
        self._checked = False
        chart = dict(dataset.spec).get("chart") or dict(dataset.spec)
        self._together, self._columns = _together(chart), _columns(chart)
        for transform in self.transforms:
            transform.check(chart)

    def __repr__(self) -> str:
        return repr(list(self.transforms))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_checked": False}

    def _check(self) -> None:
        """Compares three images of unchanged samples with those of the data set, before the first batch."""
        indices = np.unique(np.array([0, len(self.dataset) // 2, len(self.dataset) - 1], np.int64))
        out = np.empty((len(indices), *self.dataset.shape), np.uint8)
        self.dataset.draw_samples(self.dataset.window_samples(indices), out)
        if not np.array_equal(out, self.dataset.read(indices)):
            raise RuntimeError("the samples of this data set give other images than its own: please report the chart")
        self._checked = True

    def _changed(self, samples: WindowSamples, indices: Int, epoch: int) -> Windows:
        count, rows, _ = samples.values.shape
        names = samples.names
        windows = Windows(
            samples.values,
            np.full(count, samples.reach),
            np.full(count, rows - samples.reach),
            names,
            [members for group in self._together if len(members := _places(names, group)) > 1],
            _places(names, self._columns),
        )
        # Number 2 epoch + 1 of the seed; of the image its number in that; of the transform its number in that.
        images = _random.number(_random.number(self.seed, 2 * epoch + 1), indices)
        for place, transform in enumerate(self.transforms):
            windows = transform.apply(windows, _random.number(images, place))
        return windows

    def read(
        self, indices: Any, epoch: int = 0, out: npt.NDArray[np.uint8] | None = None
    ) -> npt.NDArray[np.uint8]:
        """Images uint8 (n, H, W) or (n, H, W, C) in that epoch; indices and `out` as for the data set's read()."""
        if epoch < 0 or int(epoch) != epoch:
            raise ValueError(f"epoch is {epoch!r}; expected a whole number of at least 0")
        indices = np.atleast_1d(find_indices(indices, len(self.dataset))[0].astype(np.int64))
        if out is None:
            out = np.empty((len(indices), *self.dataset.shape), np.uint8)
        plain = place_for(out, (len(indices), *self.dataset.shape))
        if not self._checked:
            self._check()
        samples = self.dataset.window_samples(indices)
        windows = self._changed(samples, indices, epoch)
        for length in np.unique(windows.length):  # a renderer draws windows of one length
            which = np.flatnonzero(windows.length == length)
            rows = (windows.first[which] - samples.reach)[:, None] + np.arange(samples.reach + length)
            # A window that begins later has more rows of its group before it.
            before = samples.rows_before[which] + windows.first[which] - samples.reach
            part = replace(
                samples,
                values=windows.samples[which[:, None], rows],
                rows_before=np.minimum(before, samples.reach),
            )
            widths = None if windows.line_widths is None else windows.line_widths[which]
            if len(which) == len(indices):
                self.dataset.draw_samples(part, plain, widths)
            else:
                images = np.empty((len(which), *self.dataset.shape), np.uint8)
                self.dataset.draw_samples(part, images, widths)
                plain[which] = images
        if plain is not out:
            out[...] = plain
        return out


def _named(texts: Sequence[str]) -> set[str]:
    """The fields in texts that are fields or expressions of them, in small letters: fields have any letter case."""
    parts = [part for text in texts for part in (text, *re.findall(r"'[^']*'|[^-+*/(),\s]+", text))]
    return {part.strip("'").lower() for part in parts}


def _places(names: Sequence[str], fields: set[str]) -> list[int]:
    """Which of the names are of these fields."""
    return [k for k, name in enumerate(names) if name.lower() in fields]


def _together(chart: dict[str, Any]) -> list[set[str]]:
    """Fields that one mark draws as one thing: open, high, low and close of bars and candles, the edges of a band."""
    groups: list[set[str]] = []
    for panel in chart.get("panels") or ():
        for layer in panel.get("layers") or ():
            texts = [layer[key] for key in ("open", "high", "low", "close", "lower", "upper") if layer.get(key)]
            names = _named(texts)
            overlapping = [group for group in groups if group & names]
            groups = [group for group in groups if not group & names] + [names.union(*overlapping)]
    return groups


def _columns(chart: dict[str, Any]) -> set[str]:
    """The fields in what columns show."""
    layers = [layer for panel in chart.get("panels") or () for layer in panel.get("layers") or ()]
    return _named([layer["y"] or "" for layer in layers if layer.get("mark") == "column" and not layer.get("abs")])
