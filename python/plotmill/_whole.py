"""Whole numbers as float64: those that no float64 equals are refused (docs/definition.md, Samples)."""

from __future__ import annotations

import decimal
import numbers
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plotmill.errors import InputError

EXACT = 1 << 53  # float64 holds every whole number up to it
NO_INT64 = np.iinfo(np.int64).min  # a missing one, to the library


def inexact(place: str, value: Any) -> InputError:
    return InputError(
        f"{place}: found {value}, which no float64 equals: expected integers up to 2^53: convert them to float64, which "
        "rounds them, or subtract what all have in common"
    )


def is_exact(number: float, value: Any) -> bool:
    """Whether a number of Python is what it became, where it is a whole one."""
    if abs(number) < EXACT or not np.isfinite(number):
        return True
    if isinstance(value, numbers.Integral):
        return int(number) == int(value)
    return not isinstance(value, decimal.Decimal) or value % 1 != 0 or int(number) == value


def exact_float(value: Any, place: str) -> float:
    """A number of Python as float64."""
    try:
        number = float(value)
    except OverflowError:
        raise inexact(place, value) from None
    if not is_exact(number, value):
        raise inexact(place, value)
    return number


def to_float64(values: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Refuses integers that would change."""
    found: NDArray[np.float64] = values.astype(np.float64, copy=False)
    if values.dtype.kind in "iu" and values.dtype.itemsize == 8:
        far = values > EXACT
        if values.dtype.kind == "i":
            far |= values < -EXACT
        for at in np.argwhere(far).tolist() if far.any() else ():
            value = int(values[tuple(at)])
            if int(float(value)) != value:
                place = f", row {at[0]}" if values.ndim == 1 else str(at)
                raise inexact(f"{name}{place}", value)
    return found


class Whole(NamedTuple):
    """Integers of which some are missing."""

    values: NDArray[Any]  # of an integer type; anything where they are missing
    missing: NDArray[np.bool_]

    def float64(self, name: str) -> NDArray[np.float64]:
        """Missing: NaN."""
        found = np.array(to_float64(np.where(self.missing, np.zeros((), self.values.dtype), self.values), name))
        found[self.missing] = np.nan
        return found

    def int64(self, name: str) -> NDArray[np.int64]:
        """Missing: `NO_INT64`."""
        if self.values.dtype == np.uint64:
            large = (self.values > np.iinfo(np.int64).max) & ~self.missing
            if large.any():
                at = int(np.flatnonzero(large)[0])
                raise InputError(
                    f"{name}, row {at}: found {self.values[at]} in a column where others are missing, expected integers "
                    "below 2^63: convert them to texts"
                )
        found = self.values.astype(np.int64)
        found[self.missing] = NO_INT64
        return found


def whole(values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
    """The integers themselves where none is missing."""
    return Whole(values, missing) if missing.any() else values
