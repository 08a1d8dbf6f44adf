#!/usr/bin/python3
"""Every mark has the same hash on every OpenCL implementation: PoCL, rusticl, Intel's and Oclgrind."""
import pathlib
import random

import numpy as np

from charts import FIELDS, PRICES, level_series, write_chart
from harness import COMMAND, Skip, case, check, equal, hash_of, main, run
from random_charts import random_chart

BAND = {"scale": "band", "pitch": 5}
BARS = {name: name for name in PRICES}
MARKS = {
    "stroke": {"mark": "line", "y": "close", "width": 2.5, "ink": 10},
    "stroke over gaps": {"mark": "line", "y": "ma(close,3)", "width": 1.3, "missing": "bridge", "whole": True,
                         "ink": 90},
    "pixel line": {"mark": "line", "y": "(high+low)/2", "shape": "pixel", "ink": 30},
    "bar": {"mark": "bar", **BARS, "up": 20, "down": 120},
    "candle": {"mark": "candle", **BARS, "up": 50, "down": 140, "body": 3, "wick": 1},
    "hollow candle": {"mark": "candle", **BARS, "ink": 77, "body": 4, "wick": 2, "fill": "hollow"},
    "column": {"mark": "column", "y": "volume", "width": 3, "ink": 60},
    "column of rows": {"mark": "column", "y": "volume", "height": "count", "zero": "pixel", "width": 2, "ink": 61},
}
WINDOW = 12


def charts():
    for name, layer in MARKS.items():
        chart = {"size": "66x41", "x": BAND, "layers": [layer]}
        yield name, chart
        yield f"{name}, antialiased in colour", {**chart, "antialias": True, "channels": 3, "background": "#fffae6"}
    for layers, channels, antialias in [(9, 1, False), (9, 3, True), (70, 3, False), (70, 1, True)]:
        name = f"{layers} layers of any mark, channels: {channels}, {'antialiased' if antialias else 'binary'}"
        yield name, random_chart(random.Random(layers + channels), layers, WINDOW, channels, antialias)
    yield "a channel per layer", {**random_chart(random.Random(3), 5, WINDOW, 1, True), "channels": "layer"}


def job_of(folder, chart, images):
    np.save(folder / "series.npy", level_series(4, 40))
    return ["series.npy", "--axes", "TF", "--columns", ",".join(FIELDS), "--window", WINDOW, "--stride", 2, "--limit",
            images, "--chart", write_chart(folder, chart)]


def rusticl():
    variables = {"RUSTICL_ENABLE": "llvmpipe"}
    if "llvmpipe" not in run("/", "devices", env=variables).need().out.lower():
        raise Skip("rusticl: not installed")
    return {"env": variables}, ["--device", "rusticl"]


def intel():
    library = COMMAND.parent.parent / "intel-opencl" / "lib" / "libintelocl.so"
    if not library.exists():
        raise Skip("intel-opencl-rt: not installed ('scripts/deps test' does it)")
    return {"env": {"PLOTMILL_OPENCL_LIBRARY": str(library)}}, []


def oclgrind(log):
    found = [path for start in ("/usr/lib", "/usr/local/lib")
             for path in pathlib.Path(start).rglob("liboclgrind-rt-icd.so")]
    if not found:
        raise Skip("oclgrind: not installed")
    return {"env": {"OCL_ICD_VENDORS": str(found[0]), "OCLGRIND_DATA_RACES": "1", "OCLGRIND_LOG": str(log)}}, []


def add(name, chart):
    def compare(folder, variables, device, images):
        expected = hash_of(folder, *job_of(folder, chart, images), "--device", "cpu")
        for batch in ("3", "auto") if images > 2 else ("auto",):
            found = hash_of(folder, *job_of(folder, chart, images), *device, "--batch", batch, **variables)
            equal(found, expected, f"the hash at batch {batch}")

    @case(f"{name}: the same hash on PoCL and rusticl")
    def _(folder):
        compare(folder, *rusticl(), 14)

    @case(f"{name}: the same hash on PoCL and Intel's OpenCL")
    def _(folder):
        compare(folder, *intel(), 14)

    @case(f"{name}: the same hash on PoCL and Oclgrind, which sees no race and no bad access")
    def _(folder):
        log = folder / "log"
        compare(folder, *oclgrind(log), 1 if "70" in name else 2)
        check(not log.exists() or log.read_text() == "", f"Oclgrind's log: {log.exists() and log.read_text()[:3000]}")


for pair in charts():
    add(*pair)


@case("the charts differ from each other")
def _(folder):
    hashes = [hash_of(folder, *job_of(folder, chart, 14), "--device", "cpu") for _, chart in charts()]
    equal(len(set(hashes)), len(hashes), "different hashes")


main()
