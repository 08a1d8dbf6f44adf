"""Rows of OHLC bars, and images drawn from stored rows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIELDS = ("open", "high", "low", "close")
PITCH = 4  # columns of a bar: open, high to low, close, gap

# Images drawn at a time: bounds the memory beside the result.
CHUNK = 64


def rows_of(ohlc: NDArray[np.float64], height: int) -> NDArray[np.uint16]:
    """The rows in which bars lie: floor((max - p) (height - 1) / (max - min)) of the exact quotient.

    Parameters
    ----------
    ohlc : (B, T, 4) float64
        Open, high, low and close. Each of the B sequences has its own scale.
    height : int
        Rows of the image, at most 65535.

    Returns
    -------
    (B, T, 4) uint16
        Row 0 is the top. A sequence of equal prices lies in the middle.
    """
    if not np.isfinite(ohlc).all():
        sequence, bar, field = np.argwhere(~np.isfinite(ohlc))[0]
        raise ValueError(f"sequence {sequence} has no {FIELDS[field]} in bar {bar}, and rows (uint16) have no "
                         f"missing value; draw images (render_ohlc_batch_gpu), or leave such sequences out")
    if not ohlc.size:
        return np.empty(ohlc.shape, np.uint16)
    high = ohlc.max(axis=(1, 2), keepdims=True)
    low = ohlc.min(axis=(1, 2), keepdims=True)
    with np.errstate(all="ignore"):
        share = (high - ohlc) * (height - 1) / (high - low)
        nearest = np.rint(share)
        # Three roundings of 2^-53 each: the quotient is off by less than 1e-10 below 65536. Next to a whole number, and
        # where float64 overflows, the exact quotient decides.
        doubtful = ~(np.abs(share - nearest) > 1e-9)
        rows = np.floor(share)
    constant = np.broadcast_to(high == low, ohlc.shape)
    rows[constant] = (height - 1) // 2
    top, bottom = ohlc == high, ohlc == low
    rows[top & ~constant] = 0
    rows[bottom & ~constant] = height - 1
    for place in np.argwhere(doubtful & ~constant & ~top & ~bottom):
        at = tuple(place)
        most, least, price = Fraction(high[at[0], 0, 0]), Fraction(low[at[0], 0, 0]), Fraction(ohlc[at])
        rows[at] = (most - price) * (height - 1) // (most - least)
    found: NDArray[np.uint16] = rows.astype(np.uint16)
    return found


def images_of(rows: NDArray[np.integer[Any]], height: int) -> NDArray[np.float32]:
    """Images of stored rows: 0 where a bar is, 1 elsewhere.

    Parameters
    ----------
    rows : (N, T, 4) integers
        Rows of open, high, low and close.
    height : int

    Returns
    -------
    (N, height, 4 T) float32
    """
    count, bars = rows.shape[:2]
    if rows.size and int(rows.max()) >= height:
        image = int(np.argwhere(rows >= height)[0, 0])
        raise ValueError(f"image {image} has a bar in row {int(rows[image].max())}, but an image has {height} rows")
    images = np.ones((count, height, PITCH * bars), np.float32)
    place = np.arange(height, dtype=np.int32)[None, :, None]
    for first in range(0, count, CHUNK):
        part = images[first : first + CHUNK]
        opens, highs, lows, closes = np.moveaxis(rows[first : first + CHUNK].astype(np.int32), 2, 0)[:, :, None, :]
        part[:, :, 0::PITCH] = place != opens
        part[:, :, 1::PITCH] = (place < np.minimum(highs, lows)) | (place > np.maximum(highs, lows))
        part[:, :, 2::PITCH] = place != closes
    return images
