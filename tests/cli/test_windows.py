"""Image i conforms to the definition for window i, checked by distances (judge.py)."""
import zipfile

import h5py
import numpy as np

import judge
from harness import DATA, Failure, case, check, equal, main, render

WIDTH, HEIGHT, WINDOW = 120, 80, 50
SIZE = ["--size", f"{WIDTH}x{HEIGHT}"]


def walk(samples, seed=5):
    return np.random.default_rng(seed).standard_normal(samples).cumsum().round(3) * 8 + 41000


def write_csv(path, values):
    rows = [f"{1704067200 + 60 * i},{value!r}\n" for i, value in enumerate(values.tolist())]
    path.write_text("".join(["time,close\n", *rows]))


def rendered(folder, inputs, *options, window=WINDOW):
    window = ["--window", window] if window else []
    render(folder, *inputs, *window, *SIZE, *options, "-o", "out.h5", "--force")
    with h5py.File(folder / "out.h5") as file:
        return file["images"][:], file["window_start"][:]


def agree(images, windows, **chart):
    equal(len(images), len(windows), "images")
    for i, (image, values) in enumerate(zip(images, windows)):
        judge.agrees(image, values, f"image {i}", **chart)


def windows_of(values, stride=1, window=WINDOW):
    return np.lib.stride_tricks.sliding_window_view(values, window)[::stride]


@case("the check distinguishes wrong images from right ones")
def _(folder):
    values = walk(WINDOW)
    np.save(folder / "a.npy", values)
    image = rendered(folder, ["a.npy"])[0][0]
    judge.agrees(image, values, "the image")
    wrong = [("a neighbour's window", image, np.roll(values, 1)), ("upside down", image[::-1], values),
             ("shifted right", np.roll(image, 1, axis=1), values), ("shifted down", np.roll(image, 1, axis=0), values),
             ("inverted", 255 - image, values), ("empty", np.full_like(image, 255), values)]
    for name, pixels, samples in wrong:
        try:
            judge.agrees(pixels, samples, name)
        except Failure:
            continue
        check(False, f"the judge took an image that is {name}")


for stride in (1, 7):
    @case(f"windows of a CSV, stride {stride}")
    def _(folder, stride=stride):
        values = walk(WINDOW + 19 * stride)
        write_csv(folder / "a.csv", values)
        images, starts = rendered(folder, ["a.csv"], "--column", "close", "--stride", stride)
        equal(starts.tolist(), [stride * i for i in range(20)], "window_start")
        agree(images, windows_of(values, stride))


@case("a stride larger than the window")
def _(folder):
    values = walk(WINDOW * 9)
    np.save(folder / "a.npy", values)
    images, starts = rendered(folder, ["a.npy"], "--stride", 63, "--batch", 2)
    equal(starts.tolist(), list(range(0, 8 * WINDOW + 1, 63)), "window_start")
    agree(images, windows_of(values, 63))


@case("several inputs form one series: windows across both borders")
def _(folder):
    values = walk(120, seed=9)
    write_csv(folder / "a.csv", values[:45])
    np.save(folder / "b.npy", values[45:56])  # shorter than a window
    write_csv(folder / "c.csv", values[56:])
    for options in ([], ["--batch", 1], ["--batch", 3]):
        images, starts = rendered(folder, ["a.csv", "b.npy", "c.csv"], "--column", "close", "--stride", 3, *options)
        equal(starts.tolist(), list(range(0, 71, 3)), "window_start")
        agree(images, windows_of(values, 3))


@case("ready sequences of a 2-D array, with stride and limit")
def _(folder):
    rows = walk(40 * 30).reshape(40, 30)
    np.save(folder / "a.npy", rows)
    images, starts = rendered(folder, ["a.npy"], "--axes", "NT", "--stride", 4, "--limit", 7, window=None)
    equal(starts.tolist(), [0, 4, 8, 12, 16, 20, 24], "window_start")
    agree(images, rows[::4][:7])


@case("line widths, margins, fixed ranges and colours")
def _(folder):
    values = walk(WINDOW + 3)
    np.save(folder / "a.npy", values)
    lo, hi = float(np.percentile(values, 20)), float(np.percentile(values, 70))
    for options, chart in [(["--line-width", 1], {"line_width": 1.0}), (["--line-width", 9.5], {"line_width": 9.5}),
                           (["--margin", 7.25], {"margin": 7.25}), ([f"--range={lo!r}:{hi!r}"], {"limits": (lo, hi)}),
                           (["--range=0:1e6"], {"limits": (0, 1e6)}), (["--margin", 39.5], {"margin": 39.5}),
                           (["--background", 3, "--foreground", 200], {"background": 3, "foreground": 200})]:
        agree(rendered(folder, ["a.npy"], *options)[0], windows_of(values), **chart)


@case("more samples than columns, two samples, a flat line, values of every magnitude")
def _(folder):
    noise = np.random.default_rng(2).standard_normal(700)
    for values in (noise, np.array([3.0, -8.0]), np.full(9, 4.25), noise[:60] * 1e300, noise[:60] * 5e-322,
                   1.7e18 + np.round(noise[:60] * 1e6), np.array([-1.7e308, 1.7e308, 0, 1e308])):
        np.save(folder / "a.npy", values)
        images, _ = rendered(folder, ["a.npy"], window=len(values))
        with np.errstate(over="ignore"):
            halved = values / 2 if np.abs(values).max() > 1e307 else values  # hi - lo must not overflow in the judge
        agree(images, [halved])


@case("gaps, isolated samples and --missing bridge")
def _(folder):
    values = walk(WINDOW + 9)
    values[[5, 6, 7, 20, 22, 23, 24, 25, 26, 40, 58]] = np.nan
    values[[30, 31]] = np.inf, -np.inf
    np.save(folder / "a.npy", values)
    agree(rendered(folder, ["a.npy"])[0], windows_of(values))
    agree(rendered(folder, ["a.npy"], "--missing", "bridge")[0], windows_of(values), bridge=True)
    agree(rendered(folder, ["a.npy"], "--line-width", 1.5)[0], windows_of(values), line_width=1.5)


@case("antialiased pixels are the covered area")
def _(folder):
    values = walk(41)
    np.save(folder / "a.npy", values)
    for colours in ((255, 0), (20, 220)):
        render(folder, "a.npy", "--window", 40, "--size", "60x40", "--antialias", "--background", colours[0],
               "--foreground", colours[1], "-o", "a.h5", "--force")
        with h5py.File(folder / "a.h5") as file:
            images = file["images"][:].astype(float)
        for image, window in zip(images, windows_of(values, window=40)):
            share = judge.coverage(window, 60, 40)
            error = (image - (colours[0] + (colours[1] - colours[0]) * share))[(share > 0) & (share < 1)]
            check(np.sqrt((error ** 2).mean()) < 1.5, f"RMS error {np.sqrt((error ** 2).mean())}")
            check(np.abs(error).max() < 16, f"largest error {np.abs(error).max()}")
            check((image[share == 1] == colours[1]).all(), "a covered pixel is not ink")


@case("30,000 windows of minute prices: every start and range exact, images as defined")
def _(folder):
    with zipfile.ZipFile(DATA / "SYNTHETIC-1m-2024-01.zip") as archive:
        table = archive.read(archive.namelist()[0]).decode().splitlines()
    closes = np.array([float(line.split(",")[4]) for line in table])
    render(folder, DATA / "SYNTHETIC-1m-2024-01.zip", "--column", "close", "--window", 100, "--limit", 30000,
           "--size", "64x48", "-o", "images.h5")
    windows = windows_of(closes, window=100)[:30000]
    with h5py.File(folder / "images.h5") as file:
        equal(file["images"].shape, (30000, 48, 64), "shape")
        check((file["window_start"][:] == np.arange(30000)).all(), "window_start")
        check((file["y_range"][:] == np.stack([windows.min(1), windows.max(1)], 1)).all(), "y_range")
        sample = np.random.default_rng(4).choice(30000, 36, replace=False)
        for i in [0, 1, 29998, 29999, *sorted(sample.tolist())]:
            judge.agrees(file["images"][i], windows[i], f"image {i}")


main()
