#!/usr/bin/python3
"""A chart is its layers, drawn one by one and painted over each other in order; in every output and at any batch."""
import random

import numpy as np

import plain_chart
from charts import FIELDS, as_series, first_difference, images_of, level_series, write_chart
from harness import case, check, equal, hash_of, info_hash, main, render
from random_charts import random_chart

WINDOW, STRIDE, IMAGES = 13, 4, 24
COUNTS = [1, 2, 3, 5, 17, 40, 64, 65, 100, 300]
# Paper, ink and how far the value may be off: an alpha of 8 bits is off by 1/510, and each value is rounded.
ROUNDING = 1


def start(folder, seed):
    """A job of IMAGES windows, and the series that they show."""
    values = level_series(seed, (IMAGES - 1) * STRIDE + WINDOW)
    np.save(folder / "series.npy", values)
    job = ["series.npy", "--axes", "TF", "--columns", ",".join(FIELDS), "--window", WINDOW, "--stride", STRIDE]
    return job, as_series(values)


def layers_of(chart):
    return [layer for panel in chart["panels"] for layer in panel["layers"]]


def alone(folder, job, chart):
    """(N, H, W, layers): each layer as 255 on 0."""
    chart = {**chart, "channels": "layer"}
    images = images_of(folder, *job, "--chart", write_chart(folder, chart), output="layers.npy")
    shape = (*images.shape[:3], len(layers_of(chart)))
    equal(images.size, int(np.prod(shape)), f"bytes of {len(layers_of(chart))} layers, {images.shape}")
    return images.reshape(shape)


def risings(chart, series):
    """Of each image: for each layer the pixels of rising samples; those of strokes are empty."""
    width, height = plain_chart.size_of(chart)
    for number in range(IMAGES):
        drawn = []
        for _, pixels in plain_chart.layers_of(chart, series, number * STRIDE, WINDOW):
            marked = np.zeros((2, height, width), bool)
            for (x, y), up in pixels.items():
                marked[int(up), y, x] = True
            drawn.append(marked[:, ::-1] if chart.get("flip") else marked)
        yield drawn


def painted(chart, drawn, layers):
    """(H, W, channels) of one image in float64, and how far it may be off."""
    channels = chart["channels"]
    values = np.empty((*layers.shape[:2], channels))
    values[:] = plain_chart.ink_of(chart["background"], channels)
    bound = np.zeros(layers.shape[:2])
    for number, layer in enumerate(layers_of(chart)):
        alpha = layers[..., number] / 255
        ink = np.empty_like(values)
        ink[:] = plain_chart.ink_of(layer.get("up", layer.get("ink", 0)), channels)
        ink[drawn[number][0]] = plain_chart.ink_of(layer.get("down", layer.get("ink", 0)), channels)
        values = values + (ink - values) * alpha[..., None]
        partly = (alpha > 0) & (alpha < 1)
        bound = bound * (1 - alpha) + ROUNDING * partly
    return values, bound[..., None]


def compare(folder, seed, count, channels, antialias):
    rng = random.Random(seed)
    chart = random_chart(rng, count, WINDOW, channels, antialias)
    job, series = start(folder, seed)
    images = images_of(folder, *job, "--chart", write_chart(folder, chart))
    images = images.reshape(*images.shape[:3], channels)
    layers = alone(folder, job, chart)
    equal(len(images), IMAGES, "images")
    for number, drawn in enumerate(risings(chart, series)):
        for at, layer in enumerate(layers_of(chart)):
            if not plain_chart.is_stroke(layer):
                difference = first_difference(layers[number][..., at], drawn[at].any(0) * np.uint8(255))
                check(not difference, f"layer {at} of {count}, {layer}, image {number}, seed {seed}: {difference}")
        values, bound = painted(chart, drawn, layers[number])
        wrong = np.argwhere(np.abs(images[number] - values) > bound)
        check(len(wrong) == 0, f"image {number} of {count} layers, seed {seed}: {len(wrong)} values are not those of "
              f"its layers, the first at {wrong[:1].tolist()}")
        check(antialias or (bound == 0).all(), "a binary layer has a pixel that is partly covered")
    return chart, job, layers


def add(count, channels, antialias):
    kind = f"layers: {count}, {'antialiased' if antialias else 'binary'}, channels: {channels}"

    @case(f"{kind}: painted over each other they are the chart")
    def _(folder):
        for again in range(4 if count < 64 else 1):
            compare(folder, 1000 * count + 100 * channels + 10 * antialias + again, count, channels, antialias)


for layer_count in COUNTS:
    for channel_count in (1, 3):
        add(layer_count, channel_count, False)
        add(layer_count, channel_count, True)


@case("each layer as a chart of its own is its channel")
def _(folder):
    compared = 0
    for seed in range(5, 11):
        chart, job, layers = compare(folder, seed, 12, 1, True)
        first = 0
        for panel in chart["panels"]:
            names = list(dict.fromkeys(name for layer in panel["layers"] for name in plain_chart.layer_fields(layer)))
            y = {"fields": names, **panel["y"]}
            # Whether other layers have a say in the scale.
            depends = "share" in y or any(layer.get("whole") or layer.get("abs") for layer in panel["layers"])
            for number, layer in enumerate([] if depends else panel["layers"], first):
                single = {key: value for key, value in layer.items() if key not in ("up", "down")}
                only = {**chart, "background": 0, "panels": [{**panel, "y": y, "layers": [{**single, "ink": 255}]}]}
                images = images_of(folder, *job, "--chart", write_chart(folder, only), output="one.npy")
                difference = first_difference(images.reshape(layers.shape[:3]), layers[..., number])
                check(not difference, f"seed {seed}, layer {number}, {layer}: {difference}")
                compared += 1
            first += len(panel["layers"])
    check(compared >= 20, f"only {compared} layers were compared")


def add_outputs(name, channels, antialias, seed):
    @case(f"{name}: the same hash in every output, and at batch 1, 7 and auto")
    def _(folder):
        chart = random_chart(random.Random(seed), 30, WINDOW, channels, antialias)
        job = [*start(folder, seed)[0], "--chart", write_chart(folder, chart), "--quiet"]
        expected = hash_of(folder, *job)
        for batch in ("1", "7", "auto"):
            equal(hash_of(folder, *job, "--batch", batch), expected, f"the hash at batch {batch}")
            for output, options in [("a.npy", []), ("a.h5", []), ("b.h5", ["--compress", "none"]), ("a.tar", []),
                                    ("a.npz", []), ("c.h5", ["--chunk-images", "3"]), ("png", ["--format", "png"]),
                                    ("raw.dat", [])]:
                render(folder, *job, "-o", f"{batch}-{output}", *options, "--batch", batch)
                equal(info_hash(folder, f"{batch}-{output}"), expected, f"the hash of {output} at batch {batch}")


add_outputs("30 binary layers, grey", 1, False, 71)
add_outputs("30 antialiased layers, grey", 1, True, 72)
add_outputs("30 binary layers, colour", 3, False, 73)
add_outputs("30 antialiased layers, colour", 3, True, 74)


@case("one channel per layer: the same hash in the outputs that can hold it, and at batch 1, 7 and auto")
def _(folder):
    for antialias in (False, True):
        chart = {**random_chart(random.Random(75), 9, WINDOW, 1, antialias), "channels": "layer"}
        job = [*start(folder, 75)[0], "--chart", write_chart(folder, chart), "--quiet", "--force"]
        expected = hash_of(folder, *job)
        for batch in ("1", "7", "auto"):
            for output, options in [("a.npy", ["--layout", "NHWC"]), ("a.npy", ["--layout", "NCHW"]), ("a.npz", []),
                                    ("a.h5", ["--layout", "NHWC"]), ("a.h5", ["--layout", "NCHW"])]:
                render(folder, *job, "-o", output, "--batch", batch, *options)
                equal(info_hash(folder, output), expected, f"the hash of {output} {options} at batch {batch}")


main()
