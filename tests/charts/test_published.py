#!/usr/bin/python3
"""The presets jkx5, jkx20, jkx60 and crypto equal a plain implementation of their specifications, pixel by pixel."""
import os
import random

import numpy as np

import plain
from charts import FIELDS, PRICES, as_series, images_of, preset, random_series, same_images, write_chart
from harness import case, main

SERIES = 1000
# Of each switch; `scripts/test --long` draws 1,000.
SWITCH_SERIES = int(os.environ.get("PLOTMILL_SWITCH_SERIES", "120"))
COLUMNS = ["--columns", ",".join(FIELDS)]


def prices_panel(chart):
    return chart["panels"][0]


def volume_panel(chart):
    return chart["panels"][1]


def layer_of(panel, mark):
    return next(layer for layer in panel["layers"] if layer["mark"] == mark)


def set_gap(chart, rows):
    prices, volume = prices_panel(chart)["rect"], volume_panel(chart)["rect"]
    prices[3] = volume[1] - rows


def leave_volume_out(chart):
    volume = volume_panel(chart)["rect"]
    prices_panel(chart)["rect"][3] = volume[1] + volume[3]
    chart["panels"] = chart["panels"][:1]


def leave_ma_out(chart):
    panel = prices_panel(chart)
    panel["layers"] = [layer for layer in panel["layers"] if layer["mark"] != "line"]
    panel["y"]["fields"] = list(PRICES)


def scale_without_ma(chart):
    prices_panel(chart)["y"] = {"fields": list(PRICES), "outside": "clip"}


def scale_without_ma_clamped(chart):
    prices_panel(chart)["y"] = {"fields": list(PRICES)}


# What is changed in the preset, and what it means to the plain implementation.
SWITCHES = {
    "rounding truncate": (lambda chart: chart.update(rounding="truncate"), {"rounding": "truncate"}),
    "rounding half-up": (lambda chart: chart.update(rounding="half-up"), {"rounding": "half-up"}),
    "rows counted from the top": (lambda chart: chart.update(origin="top"), {"from_top": True}),
    "scale without the average": (scale_without_ma, {"ma_in_scale": False}),
    "scale without the average, which is clamped": (scale_without_ma_clamped, {"ma_in_scale": False, "clamp": True}),
    "no gap": (lambda chart: set_gap(chart, 0), {"gap": 0}),
    "a gap of 2 rows": (lambda chart: set_gap(chart, 2), {"gap": 2}),
    "volume from its lowest value": (lambda chart: volume_panel(chart)["y"].update(range="minmax"),
                                     {"volume_scale": "minmax"}),
    "zero volume paints nothing": (lambda chart: layer_of(volume_panel(chart), "column").update(zero="none"),
                                   {"zero_pixel": False}),
    "row 0 at the bottom": (lambda chart: chart.update(flip=True), {"flip": True}),
    "without the average": (leave_ma_out, {"ma": False}),
    "without volume": (leave_volume_out, {"volume": False}),
}
# One of each at most, in this order: the volume panel is needed until it is left out.
CHOICES = [["rounding truncate", "rounding half-up"], ["rows counted from the top"],
           ["scale without the average", "scale without the average, which is clamped"], ["no gap", "a gap of 2 rows"],
           ["volume from its lowest value"], ["zero volume paints nothing"], ["row 0 at the bottom"],
           ["without the average"], ["without volume"]]


def jkx_images(values, days, starts, returns=None, **switches):
    series = as_series(values)
    if returns is not None:
        series = plain.adjusted(series, returns)
    return [np.frombuffer(b"".join(plain.jkx(series, start, days, **switches)), np.uint8).reshape(-1, 3 * days)
            for start in starts]


def jkx_agrees(folder, days, chart, count, what, seed, **switches):
    """Draws rows of `count` series, each after as many rows of its own that only the average covers."""
    values, kinds = random_series(seed, count, 2 * days)
    values = np.concatenate([random_series(seed + 1, 1, days)[0], values])
    starts = range(0, len(values) - days + 1, 2 * days)
    np.save(folder / "series.npy", values)
    images = images_of(folder, "series.npy", "--axes", "TF", *COLUMNS, "--window", days, "--stride", 2 * days,
                       "--chart", chart)
    same_images(images, jkx_images(values, days, starts, **switches), ["first", *kinds].__getitem__, what)


def add_jkx(days):
    @case(f"jkx{days}: {SERIES} series")
    def _(folder):
        jkx_agrees(folder, days, f"jkx{days}", SERIES, "the preset", seed=days)

    def add_switch(number, name, change, meaning):
        @case(f"jkx{days}, {name}: {SWITCH_SERIES} series")
        def _(folder):
            chart = preset(f"jkx{days}")
            change(chart)
            jkx_agrees(folder, days, write_chart(folder, chart), SWITCH_SERIES, name, seed=100 * days + number, **meaning)

    for number, (name, (change, meaning)) in enumerate(SWITCHES.items()):
        add_switch(number, name, change, meaning)

    @case(f"jkx{days}: switches together")
    def _(folder):
        rng = random.Random(days)
        for number in range(24):
            names, meaning, chart = [], {}, preset(f"jkx{days}")
            for choices in CHOICES:
                if rng.random() < 0.5:
                    names.append(rng.choice(choices))
                    SWITCHES[names[-1]][0](chart)
                    meaning.update(SWITCHES[names[-1]][1])
            jkx_agrees(folder, days, write_chart(folder, chart), 40, ", ".join(names) or "no switch",
                       1000 * days + number, **meaning)

    @case(f"jkx{days}: prices that follow returns")
    def _(folder):
        values, _ = random_series(9 * days, 100, 2 * days)
        values = values[np.isfinite(values[:, 3]) | (np.arange(len(values)) > 0)]
        returns = np.random.default_rng(days).normal(0, 0.01, len(values))
        returns[np.random.default_rng(days + 1).random(len(values)) < 0.05] = np.nan
        np.save(folder / "series.npy", np.column_stack([values, returns]))
        chart = preset(f"jkx{days}")
        chart["adjust"] = "ret"
        images = images_of(folder, "series.npy", "--axes", "TF", "--columns", ",".join([*FIELDS, "ret"]), "--window",
                           days, "--stride", days, "--chart", write_chart(folder, chart))
        starts = range(0, len(values) - days + 1, days)
        expected = jkx_images(values, days, starts, returns=returns.tolist())
        same_images(images, expected, str, "adjusted prices")

    @case(f"jkx{days}: every window of a CSV file, whose columns are named in other letter cases")
    def _(folder):
        values, _ = random_series(7 * days, 3, 2 * days)
        lines = ["Date,Volume,Open,HIGH,low,Close"]
        for number, row in enumerate(values):
            cells = ["" if not np.isfinite(value) else repr(value) for value in row[[4, 0, 1, 2, 3]].tolist()]
            day = f"{2000 + number // 336:04d}-{number // 28 % 12 + 1:02d}-{number % 28 + 1:02d}"
            lines.append(",".join([day, *cells]))
        (folder / "series.csv").write_text("\n".join(lines) + "\n")
        images = images_of(folder, "series.csv", "--window", days, "--chart", f"jkx{days}")
        same_images(images, jkx_images(values, days, range(len(values) - days + 1)), str, "windows")

    @case(f"jkx{days}: ready sequences (N,T,F), which have no rows before them")
    def _(folder):
        values, kinds = random_series(11 * days, 60, days)
        order = [4, 3, 2, 1, 0]
        np.save(folder / "series.npy", values[:, order].reshape(60, days, 5))
        names = ",".join(FIELDS[at] for at in order)
        images = images_of(folder, "series.npy", "--columns", names, "--chart", f"jkx{days}")
        expected = jkx_images(values, days, range(0, len(values), days), ma=False)
        same_images(images, expected, kinds.__getitem__, "sequences")


for choice in plain.JKX_HEIGHT:
    add_jkx(choice)


def crypto_images(values, bars, starts, height):
    series = as_series(values)
    return [np.frombuffer(b"".join(plain.crypto(series, start, bars, height)), np.uint8).reshape(height, 4 * bars)
            for start in starts]


@case(f"crypto: {SERIES} series of 100 bars")
def _(folder):
    values, kinds = random_series(3, SERIES, 100)
    np.save(folder / "series.npy", values)
    images = images_of(folder, "series.npy", "--axes", "TF", *COLUMNS, "--window", 100, "--stride", 100, "--chart",
                       "crypto")
    same_images(images, crypto_images(values, 100, range(0, len(values), 100), 500), kinds.__getitem__, "the preset")


@case("crypto: other windows and heights")
def _(folder):
    for bars, height in ((7, 31), (2, 500), (60, 64), (33, 1)):
        values, kinds = random_series(bars, 200, bars)
        np.save(folder / "series.npy", values[:, :4].reshape(200, bars, 4))
        images = images_of(folder, "series.npy", "--axes", "NTF", "--columns", ",".join(PRICES),
                           "--chart", "crypto", "--size", f"{4 * bars}x{height}")
        expected = crypto_images(values, bars, range(0, len(values), bars), height)
        same_images(images, expected, kinds.__getitem__, f"{bars} bars, height {height}")


@case("crypto: every window of a kline dump without header")
def _(folder):
    values, _ = random_series(5, 2, 150)
    lines = []
    for number, row in enumerate(values):
        begin = 1700000000000 + 60000 * number
        cells = ["" if not np.isfinite(value) else repr(value) for value in row.tolist()]
        lines.append(",".join([str(begin), *cells, str(begin + 59999), "1", "2", "3", "4", "0"]))
    (folder / "TEST-1m-2024-01.csv").write_text("\n".join(lines) + "\n")
    images = images_of(folder, "TEST-1m-2024-01.csv", "--window", 100, "--chart", "crypto")
    same_images(images, crypto_images(values, 100, range(len(values) - 99), 500), str, "windows")


main()
