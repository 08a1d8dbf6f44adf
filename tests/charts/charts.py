"""What the tests of charts share: random series, charts as files, images as arrays.

Import it before the harness, which lies beside the tests of the command.
"""
import json
import math
import pathlib
import random
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from harness import Skip, check, equal, render, run  # noqa: E402

FIELDS = ("open", "high", "low", "close", "volume")
PRICES = FIELDS[:4]
NAN = math.nan


def walk(rng, rows):
    """Prices to the cent."""
    price, scale, found = rng.uniform(5, 400), rng.uniform(0.002, 0.05), []
    for _ in range(rows):
        opening = price * rng.gauss(1, scale / 3)
        price = min(max(opening * rng.gauss(1, scale), 1), 4000)
        high, low = max(opening, price) * (1 + rng.random() * scale), min(opening, price) * (1 - rng.random() * scale)
        found.append([round(opening, 2), round(high, 2) + 0.01, round(low, 2) - 0.01, round(price, 2),
                      round(rng.lognormvariate(9, 1.5))])
    return found


def ties(rng, rows):
    """Few levels, so that many values lie halfway between two rows."""
    levels = rng.choice([2, 4, 8, 10, 50, 100, 150])
    found = []
    for _ in range(rows):
        prices = sorted(rng.randint(0, levels) / 4 + 10 for _ in range(4))
        middle = prices[1:3]
        rng.shuffle(middle)
        found.append([middle[0], prices[3], prices[0], middle[1], rng.choice([0, 1, 2, 4, 5, 12, 24, 38])])
    return found


def floats(rng, rows):
    """All 53 bits of the prices are in use."""
    centre = 10 ** rng.uniform(-6, 9)
    found = []
    for _ in range(rows):
        prices = sorted(centre * rng.uniform(1, 1.5) for _ in range(4))
        found.append([prices[1], prices[3], prices[0], prices[2], rng.uniform(0, 1e9)])
    return found


def constant(rng, rows):
    price, volume = round(rng.uniform(1, 100), 2), rng.choice([0, 7, 0.1])
    return [[price] * 4 + [volume] for _ in range(rows)]


def missing(share):
    def holed(rng, rows):
        return [[rng.choice([NAN, NAN, math.inf, -math.inf]) if rng.random() < share else value for value in row]
                for row in walk(rng, rows)]
    return holed


def no_prices(rng, rows):
    return [[NAN] * 4 + [rng.randint(0, 9)] for _ in range(rows)]


def no_volume(rng, rows):
    kind = rng.choice([0, NAN, None])
    return [[*row[:4], rng.choice([0, 0, NAN, row[4]]) if kind is None else kind] for row in walk(rng, rows)]


def strange(rng, rows):
    """An opening or closing price outside low..high; a range of one price."""
    found = []
    for opening, high, low, closing, volume in walk(rng, rows):
        if rng.random() < 0.4:
            opening = round(rng.choice([high * rng.uniform(1, 1.1), low * rng.uniform(0.9, 1)]), 2)
        if rng.random() < 0.2:
            closing = round(rng.choice([high * rng.uniform(1, 1.1), low * rng.uniform(0.9, 1)]), 2)
        if rng.random() < 0.2:
            low = high
        found.append([opening, high, low, closing, volume])
    return found


def halted(rng, rows):
    """Days without trade: no row at all, or the volume alone."""
    found = walk(rng, rows)
    for row in found:
        if rng.random() < 0.3:
            row[:4] = [NAN] * 4
        if rng.random() < 0.1:
            row[4] = 0
    return found


KINDS = {"walk": walk, "ties": ties, "floats": floats, "constant": constant, "missing": missing(0.1),
         "mostly missing": missing(0.7), "no prices": no_prices, "no volume": no_volume, "strange": strange,
         "halted": halted}


def random_series(seed, count, rows):
    """(count * rows, fields) float64, one series after the other, and the kind of each."""
    rng = random.Random(seed)
    names = [name for name in KINDS if name not in ("constant", "no prices")]
    kinds = [rng.choice(names if rng.random() < 0.9 else ["constant", "no prices"]) for _ in range(count)]
    return np.array([row for kind in kinds for row in KINDS[kind](rng, rows)], dtype=np.float64), kinds


def level_series(seed, rows):
    """(rows, fields): all kinds one after the other, with prices from 8 to 16, where fixed ranges cut through them."""
    values = random_series(seed, 1 + rows // 20, 20)[0][:rows]
    prices = values[:, :4]
    known = np.isfinite(prices)
    prices[known] = 8 + prices[known] % 8
    ranges = known[:, 1:3].all(1)
    values[ranges, 1:3] = np.sort(values[ranges, 1:3])[:, ::-1]
    return values


def as_series(values, names=FIELDS):
    """{field: [float, ...]} of an array (rows, fields)."""
    return {name: values[:, number].tolist() for number, name in enumerate(names)}


def write_chart(folder, chart, name="chart.json"):
    (folder / name).write_text(json.dumps(chart))
    return name


def preset(name):
    """A preset as a dict, to be changed and given back."""
    try:
        import yaml
    except ImportError:
        raise Skip("python3-yaml: not installed") from None
    return yaml.safe_load(run("/", "preset", name).need().out)


def images_of(folder, *arguments, output="images.npy", **further):
    render(folder, *arguments, "-o", output, "--force", "--quiet", **further)
    return np.load(folder / output, mmap_mode="r")


def first_difference(found, expected):
    """(row, column, ...) and values where two images differ; None where they are equal."""
    places = np.argwhere(found != expected)
    if len(places) == 0:
        return None
    at = tuple(places[0])
    return f"{len(places)} values differ, the first at {tuple(map(int, at))}: {found[at]}, expected {expected[at]}"


def same_images(images, expected, name_of, what):
    """Compares (N, ...) images with as many expected ones; names the first three that differ."""
    equal(len(images), len(expected), f"{what}: images")
    wrong = []
    for number, (image, plain) in enumerate(zip(images, expected)):
        difference = first_difference(image, plain)
        if difference:
            wrong.append(f"image {number} ({name_of(number)}): {difference}")
    check(not wrong, f"{what}: {len(wrong)} of {len(images)} images differ\n" + "\n".join(wrong[:3]))
