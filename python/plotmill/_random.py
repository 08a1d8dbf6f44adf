"""Random numbers that have an address: SplitMix64, the generator that docs/definition.md names ("Random orders").

`number(state, k)` is what the k-th call of next() returns, k = 0, 1, .., of a generator whose first state is `state`. So
the random numbers of an image follow from the seed, the epoch and the index of the image, whoever computes them, in
whatever order. Everything is integer arithmetic modulo 2^64: alike on every machine and with every version of NumPy,
whose own generators promise neither.
"""

from __future__ import annotations

from typing import Any, Union

import numpy as np
import numpy.typing as npt

UInt64 = npt.NDArray[np.uint64]
States = Union[int, np.uint64, UInt64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_BLOCK = 1 << 16  # numbers that are made at a time: they stay in the processor's caches


def number(state: States, k: int | npt.NDArray[Any]) -> UInt64:
    """Number k of the generator with that first state; arrays are broadcast."""
    with np.errstate(over="ignore"):
        z = np.asarray(state, np.uint64) + (np.asarray(k).astype(np.uint64) + np.uint64(1)) * _STEP
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def seeded(seed: int) -> np.uint64:
    """The first state of a seed, 0 .. 2^64 - 1."""
    number = isinstance(seed, (int, float, np.integer)) and not isinstance(seed, bool)
    if not number or not 0 <= seed < 1 << 64 or int(seed) != seed:
        raise ValueError(f"seed is {seed!r}; expected a whole number from 0 to 2^64 - 1")
    return np.uint64(int(seed))


def uniform(numbers: UInt64) -> npt.NDArray[np.float64]:
    """Numbers as float64 in [0, 1): their upper 53 bits."""
    return (numbers >> np.uint64(11)).astype(np.float64) * 2.0**-53


def below(numbers: UInt64, count: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Numbers as whole numbers 0 .. count - 1, for counts up to 2^31: the upper 32 bits times count, divided by 2^32."""
    scaled = (numbers >> np.uint64(32)) * count.astype(np.uint64)
    return (scaled >> np.uint64(32)).astype(np.int64)


def normal(state: UInt64, k: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Noise of mean 0 and standard deviation 1: the sum of twelve uniform numbers of 16 bits.

    Their sum is close to the normal distribution, ends at 6 standard deviations, and needs no function that processors
    round differently. The twelve are the four quarters of the numbers 3k, 3k + 1 and 3k + 2.
    """
    halves, low = np.uint64(0x0000FFFF0000FFFF), np.uint64(0xFFFFFFFF)
    pairs: UInt64 = np.zeros((), np.uint64)
    for part in range(3):
        bits = number(state, np.asarray(k) * 3 + part)
        pairs = pairs + (bits & halves) + ((bits >> np.uint64(16)) & halves)
    total = ((pairs & low) + (pairs >> np.uint64(32))).astype(np.float64)
    # A uniform whole number below m = 2^16 has the mean (m - 1) / 2 and the variance (m^2 - 1) / 12: of twelve, m^2 - 1.
    noise: npt.NDArray[np.float64] = (total - 6 * 65535.0) / np.sqrt(65536.0**2 - 1)
    return noise


def order(count: int, state: States) -> npt.NDArray[np.int64]:
    """The places 0 .. count - 1 in random order, as one array of 8 bytes a place.

    Each place p has a key: the bits of number(state, p) with the lowest b replaced by p, b the bits of count - 1. The
    order is that of the keys. The shuffle of docs/definition.md is a chain of exchanges, one after another: too slow for
    millions of places in Python. Sorting takes NumPy 0.1 s (a million) to 10 s (40 million), in place.
    """
    keys = np.arange(count, dtype=np.uint64)
    mask = np.uint64((1 << max(count - 1, 0).bit_length()) - 1)
    for first in range(0, count, _BLOCK):
        block = keys[first : first + _BLOCK]
        block |= number(state, block) & ~mask
    keys.sort()
    keys &= mask
    return keys.view(np.int64)


def share(places: npt.NDArray[np.int64], rank: int, world_size: int, remainder: str) -> npt.NDArray[np.int64]:
    """What one of several processes takes: places rank, rank + world_size, and so on, of all equally many."""
    if world_size == 1:
        return places
    own = places[rank::world_size]
    count = share_size(len(places), world_size, remainder)
    if count > len(own):  # at most one is missing: it is taken from the start
        own = np.append(own, places[(rank + world_size * (count - 1)) % len(places)])
    return np.ascontiguousarray(own[:count])


def share_size(count: int, world_size: int, remainder: str) -> int:
    """The number of places that each process takes."""
    return -(-count // world_size) if remainder == "pad" else count // world_size
