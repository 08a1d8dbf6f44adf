"""Stored images read by other programs: the same pixels and metadata in every format."""
import json
import shutil
import subprocess

import h5py
import numpy as np
from PIL import Image

from harness import Skip, case, check, contains, equal, hash_of, info_hash, main, render, run

WIDTH, HEIGHT, WINDOW, IMAGES = 60, 40, 25, 30
OPTIONS = ["--window", WINDOW, "--size", f"{WIDTH}x{HEIGHT}", "--antialias", "--background", 250, "--foreground", 10,
           "--line-width", 2.5, "--margin", 3]
SERIES = np.random.default_rng(11).standard_normal(WINDOW + IMAGES - 1).cumsum() * 7 + 1e5


def start(folder):
    np.save(folder / "a.npy", SERIES)
    return ["a.npy", *OPTIONS]


def version():
    return run("/", "--version").need().out.split()[1]


def pixels_h5(path):
    with h5py.File(path) as file:
        return file["images"][:]


def pixels_png(folder):
    names = sorted(path.name for path in folder.glob("*.png"))
    equal(names, [f"{i:08d}.png" for i in range(len(names))], "names")
    images = []
    for name in names:
        with Image.open(folder / name) as image:
            equal(image.mode, "L", f"mode of {name}")
            images.append(np.asarray(image))
    return np.stack(images)


@case("HDF5: shapes, types, chunks, compression and attributes, by h5py")
def _(folder):
    render(folder, *start(folder), "-o", "a.h5")
    with h5py.File(folder / "a.h5") as file:
        equal(sorted(file), ["images", "window_start", "y_range"], "data sets")
        images = file["images"]
        equal((images.shape, images.dtype), ((IMAGES, HEIGHT, WIDTH), np.uint8), "images")
        equal((images.chunks, images.compression), ((1, HEIGHT, WIDTH), "gzip"), "chunks, compression")
        equal(len(images._filters), 1, "filters")
        equal((file["window_start"].shape, file["window_start"].dtype), ((IMAGES,), np.int64), "window_start")
        equal((file["y_range"].shape, file["y_range"].dtype), ((IMAGES, 2), np.float64), "y_range")
        equal(sorted(images.attrs), ["background", "foreground", "input", "layout", "plotmill_version", "spec"],
              "attributes")
        equal((images.attrs["background"], images.attrs["foreground"]), (250, 10), "background, foreground")
        equal((images.attrs["layout"], images.attrs["plotmill_version"]), ("NHW", version()), "layout, version")
        line = {"ink": 10, "mark": "line", "missing": "gap", "shape": "stroke", "whole": False, "width": 2.5, "y": None}
        panel = {"layers": [line], "margin": 3, "rect": [0, 0, WIDTH, HEIGHT], "x": "point",
                 "y": {"fields": [None], "outside": "clamp", "range": "minmax"}}
        spec = {"chart": {"adjust": None, "antialias": True, "background": 250, "channels": 1, "flip": False,
                          "origin": "bottom", "panels": [panel], "rounding": "even", "size": [WIDTH, HEIGHT]},
                "stride": 1, "window": WINDOW}
        equal(images.attrs["spec"], json.dumps(spec, separators=(",", ":"), sort_keys=True), "spec, as RFC 8785 says")
        check(file["images"][IMAGES - 1].min() == 10 and file["images"][IMAGES - 1].max() == 250, "ink and background")


@case("HDF5: window_start and y_range equal NumPy's, bit for bit")
def _(folder):
    start(folder)
    windows = np.lib.stride_tricks.sliding_window_view(SERIES, WINDOW)
    for stride, further in [(1, []), (7, []), (3, ["--limit", 5]), (60, [])]:
        render(folder, "a.npy", *OPTIONS, "--stride", stride, *further, "-o", "a.h5", "--force")
        expected = windows[::stride][:5 if further else None]
        with h5py.File(folder / "a.h5") as file:
            equal(file["window_start"][:].tolist(), [i * stride for i in range(len(expected))], "window_start")
            lo_hi = np.stack([expected.min(1), expected.max(1)], 1)
            check((file["y_range"][:] == lo_hi).all(), f"y_range with --stride {stride}")
    render(folder, "a.npy", *OPTIONS, "--range=99990.5:100020.25", "-o", "fixed.h5")
    with h5py.File(folder / "fixed.h5") as file:
        equal(np.unique(file["y_range"][:], axis=0).tolist(), [[99990.5, 100020.25]], "y_range of a fixed range")
        equal(json.loads(file["images"].attrs["spec"])["chart"]["panels"][0]["y"]["range"], [99990.5, 100020.25], "range in the spec")


@case("HDF5: window_start of ready sequences is the sequence")
def _(folder):
    np.save(folder / "b.npy", SERIES[:50].reshape(10, 5))
    render(folder, "b.npy", "--axes", "NT", "--stride", 3, "--size", "16x16", "-o", "b.h5")
    with h5py.File(folder / "b.h5") as file:
        equal(file["window_start"][:].tolist(), [0, 3, 6, 9], "window_start")
        rows = SERIES[:50].reshape(10, 5)[::3]
        check((file["y_range"][:] == np.stack([rows.min(1), rows.max(1)], 1)).all(), "y_range")


@case("every format holds the same pixels, and info --hash equals -o hash:")
def _(folder):
    source = start(folder)
    for mode, drop in (("antialiased", 0), ("binary", 1)):
        options = [option for option in source if not (drop and option == "--antialias")]
        expected = hash_of(folder, *options)
        render(folder, *options, "-o", f"{mode}.h5")
        render(folder, *options, "-o", f"{mode}.hdf5", "--compress", "none")
        render(folder, *options, "-o", f"{mode}.npy")
        render(folder, *options, "-o", f"{mode}-png", "--format", "png")
        render(folder, *options, "-o", f"{mode}-plain", "--format", "png", "--compress", "none")
        render(folder, *options, "-o", f"{mode}.odd", "--format", "npy")
        array = np.load(folder / f"{mode}.npy")
        equal((array.shape, array.dtype, array.flags.c_contiguous), ((IMAGES, HEIGHT, WIDTH), np.uint8, True), "npy")
        check((np.load(folder / f"{mode}.npy", mmap_mode="r")[7] == array[7]).all(), "npy by mmap")
        for name, pixels in [("h5", pixels_h5(folder / f"{mode}.h5")), ("hdf5", pixels_h5(folder / f"{mode}.hdf5")),
                             ("png", pixels_png(folder / f"{mode}-png")), ("odd", np.load(folder / f"{mode}.odd")),
                             ("plain", pixels_png(folder / f"{mode}-plain"))]:
            check(pixels.shape == array.shape and (pixels == array).all(), f"{mode} pixels of {name} differ")
        check(len(np.unique(array)) == 2 if drop else len(np.unique(array)) > 20, f"{mode}: {np.unique(array)}")
        for output in ("h5", "hdf5", "npy", "odd"):
            equal(info_hash(folder, f"{mode}.{output}"), expected, f"hash of {mode}.{output}")
        render(folder, *options, "-o", f"{mode}_images.dat", "--format", "jkx")
        equal((folder / f"{mode}_images.dat").read_bytes(), array.tobytes(), "jkx")
        equal(info_hash(folder, f"{mode}_images.dat"), expected, "hash of jkx")
        for output in ("png", "plain"):
            equal(info_hash(folder, f"{mode}-{output}"), expected, f"hash of {mode}-{output}")


@case("--compress none stores plain chunks and larger PNG files")
def _(folder):
    source = start(folder)
    sizes = {}
    for how in ("deflate", "none"):
        render(folder, *source, "-o", f"{how}.h5", "--compress", how)
        render(folder, *source, "-o", how, "--format", "png", "--compress", how)
        sizes[how] = sum(path.stat().st_size for path in (folder / how).glob("*.png"))
    with h5py.File(folder / "none.h5") as file:
        equal((file["images"].compression, file["images"].chunks), (None, (1, HEIGHT, WIDTH)), "compression, chunks")
    check(sizes["none"] > IMAGES * WIDTH * HEIGHT, f"uncompressed PNG files hold {sizes['none']} bytes in total")
    check(sizes["deflate"] < sizes["none"] / 2, f"compressed PNG files hold {sizes['deflate']} bytes in total")
    equal(json.loads(run(folder, "info", "none.h5", "--json").need().out)["spec"],
          json.loads(run(folder, "info", "deflate.h5", "--json").need().out)["spec"], "spec")


@case("a folder of PNG files describes itself in plotmill.json and index.csv")
def _(folder):
    render(folder, *start(folder), "--limit", 4, "--stride", 2, "-o", "pngs", "--format", "png")
    found = json.loads((folder / "pngs" / "plotmill.json").read_text())
    expected = {"images": 4, "width": WIDTH, "height": HEIGHT, "layout": "NHW", "background": 250, "foreground": 10,
                "plotmill_version": version()}
    equal({name: found[name] for name in expected}, expected, "plotmill.json")
    equal((found["spec"]["window"], found["spec"]["stride"]), (WINDOW, 2), "spec")
    rows = [line.split(",") for line in (folder / "pngs" / "index.csv").read_text().splitlines()]
    windows = np.lib.stride_tricks.sliding_window_view(SERIES, WINDOW)[::2][:4]
    equal([int(row[-3]) for row in rows[1:]], [0, 2, 4, 6], "window starts")
    equal([[float(x) for x in row[-2:]] for row in rows[1:]], np.stack([windows.min(1), windows.max(1)], 1).tolist(),
          "ranges, bit for bit")


@case("h5dump reads HDF5 outputs")
def _(folder):
    if not shutil.which("h5dump"):
        raise Skip("h5dump: not installed")
    render(folder, *start(folder), "--limit", 2, "-o", "a.h5")
    done = subprocess.run(["h5dump", "-p", "-d", "/images", "-s", "1,0,0", "-c", f"1,{HEIGHT},{WIDTH}", "-y", "-w", "0",
                           folder / "a.h5"], capture_output=True, text=True)
    equal((done.returncode, done.stderr), (0, ""), "h5dump")
    contains(done.stdout, ["H5T_STD_U8LE", "DEFLATE", f"CHUNKED ( 1, {HEIGHT}, {WIDTH} )"], "h5dump")
    data = done.stdout.split("DATA {", 1)[1].split("}", 1)[0]
    numbers = np.array([int(number) for number in data.replace(",", " ").split()], dtype=np.uint8)
    check((numbers.reshape(HEIGHT, WIDTH) == pixels_h5(folder / "a.h5")[1]).all(), "h5dump's pixels are h5py's")


@case("data sets of one image, and of one pixel")
def _(folder):
    start(folder)
    for size, shape in [("1x1", (1, 1, 1)), ("1x70", (1, 70, 1)), ("70x1", (1, 1, 70))]:
        render(folder, "a.npy", "--window", len(SERIES), "--size", size, "-o", "a.h5", "--force")
        equal(pixels_h5(folder / "a.h5").shape, shape, "shape")
        render(folder, "a.npy", "--window", len(SERIES), "--size", size, "-o", "p", "--format", "png", "--force")
        check((pixels_png(folder / "p") == pixels_h5(folder / "a.h5")).all(), f"pixels at {size}")
        check((pixels_h5(folder / "a.h5") == 0).any(), f"no ink at {size}")


@case("running a job twice gives the same file, byte by byte")
def _(folder):
    source = start(folder)
    for name in ("a.h5", "b.h5", "a.npy2", "b.npy2"):
        render(folder, *source, "-o", name, *(["--format", "npy"] if name.endswith("2") else []))
    check((folder / "a.h5").read_bytes() == (folder / "b.h5").read_bytes(), "HDF5 files differ")
    check((folder / "a.npy2").read_bytes() == (folder / "b.npy2").read_bytes(), "NPY files differ")


main()
