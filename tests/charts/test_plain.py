#!/usr/bin/python3
"""The plain implementations themselves: against Pillow, against each other, and against images drawn by hand."""
import random

import plain
import plain_chart
from charts import FIELDS, NAN, as_series, random_series
from harness import Skip, case, check, equal, main


@case("integer lines are Pillow's")
def _(folder):
    try:
        from PIL import Image, ImageDraw
    except ImportError:
        raise Skip("pillow: python3-pil is not installed") from None
    rng = random.Random(1)
    for number in range(6000):
        width, height = [(4, 76), (60, 60), (90, 7)][number % 3]
        x0, x1 = sorted((rng.randrange(width), rng.randrange(width)))
        y0, y1 = rng.randrange(height), rng.randrange(height)
        image = Image.new("L", (width, height))
        ImageDraw.Draw(image).line([(x0, y0), (x1, y1)], fill=255)
        theirs = {(at % width, at // width) for at, value in enumerate(image.getdata()) if value}
        equal(set(plain.line_pixels(x0, y0, x1, y1)), theirs, f"the line from {x0}, {y0} to {x1}, {y1}")


@case("integer lines of three columns are those of the specification")
def _(folder):
    for dy in range(-75, 76):
        steps, x, y, error, pixels = abs(dy), 0, 0, 6 - abs(dy), []
        sign = -1 if dy < 0 else 1
        for _ in range(steps if steps > 3 else 0):
            pixels.append((x, y * sign))
            if error >= 0:
                x, error = x + 1, error - 2 * steps
            error, y = error + 6, y + 1
        offsets = {0: [0, 0, 0, 0], 1: [0, 0, 1, 1], 2: [0, 1, 1, 2], 3: [0, 1, 2, 3]}.get(steps)
        pixels = [*pixels, (3, dy)] if offsets is None else [(x, y * sign) for x, y in enumerate(offsets)]
        equal(plain.line_pixels(0, 0, 3, dy), pixels, f"the line to 3, {dy}")


def text_of(image, values=" #"):
    return ["".join(values[bool(value)] for value in row).rstrip() for row in image]


@case("the 5-day image of a short series, drawn by hand")
def _(folder):
    # Days: usual; open missing; high missing; open above high, no volume; close missing, half of the volume.
    series = {"open": [0.0, NAN, 12, 24, 18], "high": [12.0, 24, NAN, 18, 18], "low": [0.0, 6, 0, 12, 18],
              "close": [6.0, 12, 6, 12, NAN], "volume": [12.0, 6, NAN, 0, 6]}
    expected = {0: "    #    ##", 6: "    #     # ##", 12: " #  ##    ##", 18: " ## #", 24: "##"}
    image = text_of(plain.jkx(series, 0, 5))
    for row, text in expected.items():
        equal(image[row], text, f"row {row}")
    equal(image[7:12] + image[1:6], ["    #     #"] * 5 + ["    #"] * 5, "the ranges of days 2 and 4")
    equal(image[13:18] + image[19:24], [" #  #"] * 5 + [" #"] * 5, "the ranges of days 1 and 2")
    equal(image[25:], ["", " #", " #", " #", " #  #        #", " #  #        #", " #  #     #  #"], "the volume")
    without = text_of(plain.jkx(series, 0, 5, zero_pixel=False, flip=True))
    equal(without[:4], [" #  #        #"] * 3 + [" #"], "the volume at row 0")


@case("bars of the crypto classifier, drawn by hand")
def _(folder):
    series = {"open": [3.0, NAN], "high": [5.0, 2], "low": [0.0, 1], "close": [1.0, 1.5]}
    expected = [".#......", ".#......", "##......", ".#...##.", ".##..#..", ".#......"]
    equal(text_of(plain.crypto(series, 0, 2, height=6), "#."), expected, "the image")


@case("a mean is summed from the oldest value, and missing where one is")
def _(folder):
    equal(plain.average([1e16, 1.0, -1e16, 1.0], 3)[2:], [0.0, (1.0 - 1e16 + 1.0) / 3], "means")
    means = plain.average([1.0, NAN, 3.0, 4.0], 2)
    equal(["missing" if mean != mean else mean for mean in means], ["missing"] * 3 + [3.5], "means")


def published_chart(days):
    height = plain.JKX_HEIGHT[days]
    volume = height // 5
    return {"size": [3 * days, height], "background": 0, "panels": [
        {"rect": [0, 0, 3 * days, height - volume - 1], "x": {"scale": "band", "pitch": 3}, "layers": [
            {"mark": "bar", "open": "open", "high": "high", "low": "low", "close": "close", "ink": 255},
            {"mark": "line", "shape": "pixel", "y": f"ma(close,{days})", "whole": True, "ink": 255}]},
        {"rect": [0, height - volume, 3 * days, volume], "x": "band", "y": {"range": "zero"}, "layers": [
            {"mark": "column", "y": "volume", "height": "count", "zero": "pixel", "width": 1, "abs": True,
             "ink": 255}]}]}


@case("a chart of layers and the specification of price-trend images agree")
def _(folder):
    for days in plain.JKX_HEIGHT:
        series = as_series(random_series(days, 60, 2 * days)[0], FIELDS)
        for start in range(0, 118 * days, days):
            found = plain_chart.draw(published_chart(days), series, start, days)
            check(found == b"".join(plain.jkx(series, start, days)), f"jkx{days}, rows from {start} on")


@case("colours, painter's order and one channel per layer")
def _(folder):
    series = {"open": [0.0, 2, 1], "high": [2.0, 2, 1], "low": [0.0, 0, 1], "close": [2.0, 0, 1]}
    chart = {"size": "12x3", "channels": 3, "background": "#010203", "x": "band", "layers": [
        {"mark": "candle", "open": "open", "high": "high", "low": "low", "close": "close", "up": "#0a0b0c", "down": 9,
         "body": 3, "wick": 1, "fill": "hollow"},
        {"mark": "line", "shape": "pixel", "y": "high-low", "ink": "#ff0000"}]}
    paper, up, down, red = bytes([1, 2, 3]), bytes([10, 11, 12]), bytes([9] * 3), bytes([255, 0, 0])
    rows = [[up, red, red, red, red, red, down, paper, paper, paper, paper, paper],
            [up, paper, up, paper, down, down, red, red, up, up, up, paper],
            [up, up, up, paper, down, down, down, paper, red, red, paper, paper]]
    found = plain_chart.draw(chart, series, 0, 3)
    equal([[found[36 * y + 3 * x:36 * y + 3 * x + 3] for x in range(12)] for y in range(3)], rows, "pixels")
    chart["channels"] = "layer"
    found = plain_chart.draw(chart, series, 0, 3)
    equal(found[2:8], bytes([255] * 4 + [0, 255]), "three pixels of the top row, a byte per layer")


main()
