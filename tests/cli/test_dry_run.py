"""The size that --dry-run expects is compared with the size that the job stores."""
import json

import numpy as np

from harness import case, check, equal, listing, main, render

IMAGES = 3000
SERIES = np.random.default_rng(9).standard_normal(IMAGES + 99).cumsum()
OUTPUTS = [["a.h5"], ["a.h5", "--antialias"], ["a.h5", "--chunk-images", 10], ["a.h5", "--chunk-images", 1000],
           ["a.h5", "--dtype", "f32", "--layout", "NHWC", "--channels", 3], ["a.h5", "--images-per-file", 1000],
           ["a.npy"], ["a.tar"], ["a.npz"]]
FOLDERS = [["a", "--format", "png"], ["a", "--format", "jpeg"]]


def start(folder, *further):
    np.save(folder / "series.npy", SERIES)
    return ["series.npy", "--window", 100, "--json", "-q", *further]


def stored(folder):
    """Bytes of all files except the input."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name != "series.npy")


def check_size(folder, job):
    before = listing(folder)
    planned = json.loads(render(folder, *job, "--dry-run").out)
    equal(listing(folder), before, "what a dry run leaves")
    check(planned["expected_seconds"] > 0, f"the time: {planned}")
    done = json.loads(render(folder, *job).out)
    equal(planned["images"], done["images"], "images")
    share = planned["expected_bytes"] / stored(folder)
    check(0.8 < share < 1.2, f"{planned['expected_bytes']} bytes were expected, {stored(folder)} are there")


for output in OUTPUTS:
    @case(f"the expected size is right within 20 %: {' '.join(map(str, output))}")
    def _(folder, output=output):
        check_size(folder, start(folder, "--size", "96x64", "-o", *output))


for output in FOLDERS:
    @case(f"the expected size is right within 20 %: {' '.join(output)}")
    def _(folder, output=output):
        check_size(folder, start(folder, "--size", "96x64", "--limit", 300, "-o", *output))


@case("the estimate samples a changing series over its whole length")
def _(folder):
    job = start(folder, "--size", "96x64", "-o", "a.h5")
    flat = SERIES.copy()
    flat[:IMAGES // 2] = 0
    np.save(folder / "series.npy", flat)
    check_size(folder, job)


@case("outputs that store nothing have an expected time and no expected size")
def _(folder):
    for output in ([], ["-o", "null:"], ["-o", "hash:"]):
        planned = json.loads(render(folder, *start(folder), *output, "--dry-run").out)
        check("expected_bytes" not in planned and planned["expected_seconds"] > 0, f"{output}: {planned}")


main()
