"""What windows, labels and splits must be, computed from the rows of the input alone, with NumPy and fractions."""
import csv
from fractions import Fraction

import numpy as np

from harness import run

MASK = (1 << 64) - 1


class Rows:
    """Rows as they lie in the file: times (ns), groups (texts), values."""

    def __init__(self, times, groups, close):
        self.times, self.groups, self.close = times, groups, close
        names = []
        for name in groups:
            if name not in names:
                names.append(name)
        self.names = names
        # The rows of each group in the order of time, equal times as they lie in the file.
        self.of = {name: np.array(sorted(np.flatnonzero(np.array(groups) == name), key=lambda row: times[row]))
                   for name in names}


def random_rows(rng, groups=3, rows=400, gaps=False, repeats=False):
    """Groups that take turns, each in the order of time."""
    steps = rng.integers(0 if repeats else 1, 4, rows)
    if gaps:
        steps[rng.integers(1, rows, 4)] += 500
    times = np.cumsum(steps).astype("int64") * 60_000_000_000 + 1_704_067_200_000_000_000
    names = [f"S{number}" for number in rng.permutation(groups)]
    return Rows(times, [names[k] for k in rng.integers(0, groups, rows)], rng.standard_normal(rows).cumsum() + 60)


def save(path, rows, **further):
    """As an array of records."""
    kinds = [("time", "M8[ns]"), ("sym", "U8"), ("close", "f8"), *((name, v.dtype) for name, v in further.items())]
    array = np.empty(len(rows.times), kinds)
    array["time"], array["sym"], array["close"] = rows.times.astype("M8[ns]"), rows.groups, rows.close
    for name, values in further.items():
        array[name] = values
    np.save(path, array)


class Window:
    def __init__(self, rows, group, first, window):
        of = rows.of[group]
        self.group, self.order, self.at = group, rows.names.index(group), first
        self.end = first + window - 1
        self.start = int(of[first])
        self.first_time, self.last_time = int(rows.times[of[first]]), int(rows.times[of[self.end]])
        self.part = None


def windows_of(rows, window, stride=1):
    return [Window(rows, name, first, window) for name in rows.names
            for first in range(0, len(rows.of[name]) - window + 1, stride)]


def future(rows, w, horizon):
    """The row `horizon` rows after the window's last one, in its group; None: there is none."""
    of = rows.of[w.group]
    return int(of[w.end + horizon]) if w.end + horizon < len(of) else None


def returns(rows, w, horizon):
    then = future(rows, w, horizon)
    if then is None:
        return np.nan
    return rows.close[then] / rows.close[future(rows, w, 0)] - 1


def reach(rows, w, horizons):
    """The time of the last row that the window or its labels need."""
    there = [h for h in (0, *horizons) if future(rows, w, h) is not None]
    return int(rows.times[future(rows, w, max(there))])


def embargo(rows, windows, horizons):
    for w in windows:
        w.kept = w.part
    for w in windows:
        later = {"train": ("val", "test"), "val": ("test",)}.get(w.kept, ())
        end = reach(rows, w, horizons)
        if any(o.kept in later and o.group == w.group and o.first_time <= end and w.first_time <= o.last_time
               for o in windows):
            w.part = "none"


def cut(count, shares):
    """Where val, test and none begin."""
    total, ranks = Fraction(0), []
    for share in shares.split(","):
        total += Fraction(share)
        ranks.append(int(count * total))
    return ranks


def name_parts(items, ranks):
    return {item: "train" if k < ranks[0] else "val" if k < ranks[1] else "test" if k < ranks[2] else "none"
            for k, item in enumerate(items)}


def split_by_time(windows, shares):
    ordered = sorted(windows, key=lambda w: (w.last_time, w.order, w.at))
    for w, part in name_parts(ordered, cut(len(ordered), shares)).items():
        w.part = part


class Generator:
    """SplitMix64, as docs/definition.md defines it."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
        return z ^ (z >> 31)

    def below(self, n):
        while True:
            drawn = self.next()
            if drawn >= 2**64 % n:
                return drawn % n

    def shuffle(self, items):
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]


def in_order(windows, seed=None):
    """As the images are stored: by part, group and start, or shuffled within each part."""
    generator, images = Generator(seed or 0), []
    for part in ("train", "val", "test", "none"):
        items = [w for w in windows if w.part == part]
        if seed is not None:
            generator.shuffle(items)
        images += items
    return images


def table(folder, *arguments):
    """What plotmill windows prints, as dicts, and its lines on standard error."""
    done = run(folder, "windows", *arguments).need()
    return list(csv.DictReader(done.out.splitlines())), done.err
