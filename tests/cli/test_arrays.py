"""Arrays: what their axes mean, windows inside of sequences, times, labels, tables of pandas. Judged by NumPy."""
import json
import pathlib

import h5py
import numpy as np

from harness import case, check, contains, equal, hash_of, main, refuses, render, run

CASES = pathlib.Path(__file__).resolve().parent.parent / "cases"
SMALL = ["--size", "24x16", "--quiet"]
RANDOM = np.random.default_rng(8)


def stored(folder, *arguments, name="out.h5"):
    """The stored samples of each image, and window_start."""
    render(folder, *arguments, *SMALL, "--store-sequences", "-o", name, "--force")
    with h5py.File(folder / name) as file:
        return file["sequences"][:], file["window_start"][:]


def same(found, expected, what):
    check(found.shape == np.shape(expected), f"{what}: found {found.shape}, expected {np.shape(expected)}")
    check(np.array_equal(found, expected, equal_nan=True), f"{what}: other values")


def sliding(values, window):
    return np.lib.stride_tricks.sliding_window_view(values, window)


@case("a table that is taller than wide is asked about; with axes, or a window longer than a row, it is read")
def _(folder):
    leads = RANDOM.standard_normal((900, 12)).cumsum(0)
    np.save(folder / "a.npy", leads)
    with h5py.File(folder / "a.h5", "w") as file:
        file["x"] = leads
    for name, given in (("a.npy", []), ("a.h5", ["--dataset", "x"])):
        refuses(folder, ["render", name, *given, *SMALL, "-o", "o.h5"],
                ["an array of 900 x 12 may be one series of 900 samples with 12 fields (axes TF), or 900 sequences of 12 "
                 "samples (axes NT): set the option axes"])
        refuses(folder, ["render", name, *given, "--window", 8, *SMALL, "-o", "o.h5"], ["axes TF", "axes NT"])
        images, starts = stored(folder, name, *given, "--window", 100, "--column", 7)
        same(images, sliding(leads[:, 7], 100), "windows of a lead")
        equal(starts.tolist(), list(range(801)), "window_start")
        images, starts = stored(folder, name, *given, "--axes", "NT")
        same(images, leads, "rows as sequences")
        refuses(folder, ["render", name, *given, "--window", 100, *SMALL, "-o", "o.h5"], ["12 numeric columns", "column"])


@case("(T, 1) is a series, and so is (1, T) with a window; without one it is a sequence")
def _(folder):
    values = RANDOM.standard_normal(70)
    np.save(folder / "column.npy", values[:, None])
    np.save(folder / "row.npy", values[None, :])
    for name in ("column.npy", "row.npy"):
        images, starts = stored(folder, name, "--window", 30, "--stride", 8)
        same(images, sliding(values, 30)[::8], name)
        equal(starts.tolist(), [0, 8, 16, 24, 32, 40], "window_start")
    images, starts = stored(folder, "row.npy")
    same(images, values[None, :], "the whole row")
    images, _ = stored(folder, str(CASES / "npy-t-by-1.npy"), "--window", 20)
    same(images, sliding(np.load(CASES / "npy-t-by-1.npy")[:, 0], 20), "the case")


@case("windows are cut inside of each row, never across; window_start is row * length + sample")
def _(folder):
    rows, window, stride = RANDOM.standard_normal((7, 40)).cumsum(1), 15, 4
    np.save(folder / "a.npy", rows)
    np.save(folder / "f.npy", np.asfortranarray(rows))
    with h5py.File(folder / "a.h5", "w") as file:
        file["x"] = rows
    expected = np.concatenate([sliding(row, window)[::stride] for row in rows])
    places = [n * 40 + t for n in range(7) for t in range(0, 40 - window + 1, stride)]
    for given in (["a.npy"], ["f.npy"], ["a.h5", "--dataset", "x"]):
        images, starts = stored(folder, *given, "--axes", "NT", "--window", window, "--stride", stride)
        same(images, expected, f"windows of {given}")
        equal(starts.tolist(), places, f"window_start of {given}")
    images, starts = stored(folder, "a.npy", "--axes", "NT", "--window", 40, "--stride", 2)
    same(images, rows[::2], "a window as long as the rows")
    equal(starts.tolist(), [0, 2, 4, 6], "sequences, where each is an image")
    refuses(folder, ["render", "a.npy", "--axes", "NT", "--window", 41, *SMALL, "-o", "o.h5"],
            ["a.npy: holds ready sequences of 40 samples: window 41 is longer"])


@case("windows inside of sequences with fields, of several files, skipped when the output exists")
def _(folder):
    cube = RANDOM.standard_normal((5, 30, 3)).cumsum(1)
    np.save(folder / "a.npy", cube[:2])
    np.save(folder / "b.npy", cube[2:])
    job = ["a.npy", "b.npy", "--columns", "x,y,z", "--column", "y", "--window", 10, "--stride", 5]
    images, starts = stored(folder, *job)
    same(images, np.concatenate([sliding(row, 10)[::5] for row in cube[..., 1]]), "field y")
    equal(starts.tolist(), [n * 30 + t for n in range(5) for t in range(0, 21, 5)], "window_start")
    again = run(folder, "render", *job, "--size", "24x16", "--store-sequences", "--skip-existing", "-o", "out.h5").need()
    contains(again.err, ["out.h5", "25 images"], "skip-existing")
    # What depends on samples before does not cross sequences either.
    (folder / "c.yaml").write_text("size: 24x16\nlayers:\n  - {mark: line, y: 'ma(y,4)'}\n")
    images, _ = stored(folder, "a.npy", "b.npy", "--columns", "x,y,z", "--chart", "c.yaml", "--window", 10)
    means = np.full((5, 30), np.nan)
    for n in range(5):
        for t in range(3, 30):
            a, b, c, d = cube[n, t - 3:t + 1, 1]
            means[n, t] = (((a + b) + c) + d) / 4
    same(images, np.concatenate([sliding(row, 10) for row in means]), "averages")


@case("sequences stored by plotmill are read again without a word about axes")
def _(folder):
    np.save(folder / "a.npy", RANDOM.standard_normal(60))
    images, _ = stored(folder, "a.npy", "--window", 12, name="first.h5")
    again, _ = stored(folder, "first.h5", "--dataset", "/sequences", name="second.h5")
    same(again, images, "sequences")


main()
