"""Colour and channels: what is stored is what NumPy, h5py, Pillow and tar read, with the hash that a plain program
computes. The images are made here and written through the last stage of a job (write_images.c)."""
import itertools
import json
import shutil
import struct
import subprocess
import tarfile

import h5py
import numpy as np
from PIL import Image

from harness import COMMAND, SECONDS, Failure, case, check, contains, equal, hash_of, info_hash, listing, main, refuses, \
    render, run, unchanged

WRITER = COMMAND.parent.parent / "tests" / "cli" / "write_images"
IMAGES, WIDTH, HEIGHT, WINDOW = 13, 37, 22, 5
DTYPES, LAYOUTS = ["u8", "f32", "f16", "bits"], ["auto", "NHW", "NCHW", "NHWC"]
MASK = 2 ** 64 - 1


def mix(x):
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9 & MASK
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb & MASK
    return x ^ (x >> 31)


KEYS = [0x6a09e667f3bcc909, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1]


def hash_of_image(data):
    lanes = [1, 2, 3, 4]
    for at in range(0, len(data), 32):
        for i, word in enumerate(struct.unpack("<4Q", data[at:at + 32].ljust(32, b"\0"))):
            lanes[i] = (lanes[i] ^ word) * KEYS[i] & MASK
            lanes[i] ^= lanes[i] >> 32
    value = mix(len(data))
    for lane in lanes:
        value = mix(value ^ lane)
    return value


def plain_hash(pixels):
    """docs/definition.md, "The hash of a data set", of uint8 (N, H, W) or (N, H, W, C)."""
    total = sum(mix(hash_of_image(image.tobytes()) ^ mix(i + KEYS[0] & MASK)) for i, image in enumerate(pixels)) & MASK
    value = mix(mix(total ^ mix(len(pixels))) ^ (pixels.shape[2] << 32 | pixels.shape[1]))
    return f"{mix(value ^ pixels.shape[3]) if pixels.ndim == 4 and pixels.shape[3] != 1 else value:016x}"


class Set:
    """Random images. colours: of the palette (the background first); None: any, as of antialiased charts."""

    def __init__(self, channels, colours=None, panels=1, fields=1, per_layer=False, seed=1):
        random = np.random.default_rng(seed)
        self.channels, self.panels, self.fields, self.per_layer = channels, panels, fields, per_layer
        self.inks = random.integers(0, 256, (colours or 2, 3), np.uint8)
        shape = (IMAGES, HEIGHT, WIDTH)
        if per_layer:
            self.inks = np.full((channels + 1, 3), 7, np.uint8)
            self.pixels = random.integers(0, 2, (*shape, channels), np.uint8) * np.uint8(255)
        elif colours:
            self.inks = np.unique(self.inks, axis=0)
            self.pixels = self.inks[random.integers(0, len(self.inks), shape)]
        else:
            self.pixels = random.integers(0, 256, (*shape, channels), np.uint8)
        self.antialias = colours is None and not per_layer
        self.y_range = random.standard_normal((IMAGES, panels, 2))
        self.y_range[3] = np.nan
        self.samples = random.standard_normal((IMAGES, WINDOW, fields))

    def store(self, folder, path, form="", dtype="u8", layout="auto", compress="deflate", chunk=0, per_file=0,
              sequences=0, batch=4):
        header = struct.pack("10I", IMAGES, WIDTH, HEIGHT, 0 if self.per_layer else self.channels, self.panels,
                             self.fields, WINDOW, len(self.inks) - 1, self.antialias, batch)
        data = b"".join([header, *(array.tobytes() for array in (self.inks, self.pixels, self.y_range, self.samples))])
        done = subprocess.run([str(word) for word in (WRITER, path, form, DTYPES.index(dtype), LAYOUTS.index(layout),
                                                      ("deflate", "none").index(compress), chunk, per_file, sequences)],
                              cwd=folder, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS)
        if done.returncode:
            raise Failure(f"write_images {path} {form}: exit {done.returncode}: {done.stderr.decode()}")
        return done.stdout.decode().strip()


def stored_array(pixels, dtype, layout):
    array = pixels.transpose(0, 3, 1, 2) if layout == "NCHW" else pixels
    if dtype == "bits":
        return np.packbits(array == 255, axis=-1)
    return array if dtype == "u8" else (array / 255).astype({"f32": np.float32, "f16": np.float16}[dtype])


def same(found, expected, what):
    equal((found.dtype, found.shape), (expected.dtype, expected.shape), f"dtype and shape of {what}")
    check((found == expected).all(), f"{what} holds other numbers")


def arrays():
    for channels, dtype, layout in itertools.product((2, 3, 5), DTYPES, ("auto", "NCHW", "NHWC")):
        if dtype != "bits":
            yield Set(channels, panels=2), dtype, layout
        elif layout == "NCHW":
            yield Set(channels, per_layer=True), dtype, layout


def check_info(folder, path, data, what):
    info = json.loads(run(folder, "info", path, "--json").need().out)
    equal((info["images"], info["width"], info["height"], info["channels"]), (IMAGES, WIDTH, HEIGHT, data.channels), what)
    equal(info_hash(folder, path), plain_hash(data.pixels), f"hash of {what}")
    return info


@case("hash: counts height, width and channels, as a plain program does")
def _(folder):
    for channels in (1, 2, 3, 7):
        data = Set(channels)
        equal(data.store(folder, "hash:"), plain_hash(data.pixels), f"{channels} channels")
    grey = Set(1)
    equal(plain_hash(grey.pixels), plain_hash(grey.pixels[..., 0]), "one channel")


@case("npy and raw: NumPy reads every dtype and layout of 2, 3 and 5 channels")
def _(folder):
    for data, dtype, layout in arrays():
        what = f"{data.channels} channels, {dtype}, {layout}"
        expected = stored_array(data.pixels, dtype, layout)
        for path in ("a.npy", "a.dat"):
            data.store(folder, path, dtype=dtype, layout=layout)
            if path == "a.dat":
                side = json.loads((folder / "a.dat.json").read_text())
                found = np.memmap(folder / path, side["numpy_dtype"], "r", shape=tuple(side["shape"]))
                equal((side["layout"], "background" in side),
                      (layout if layout != "auto" else "NHWC", data.per_layer), "the sidecar")
            else:
                found = np.load(folder / path)
            same(found, expected, f"{path}: {what}")
            info = check_info(folder, path, data, f"{path}: {what}")
            equal((info["dtype"], info["layout"], info["background"]),
                  (dtype, layout if layout != "auto" else "NHWC", 0 if data.per_layer else None), f"info of {path}: {what}")
            for file in folder.glob("a.*"):
                file.unlink()


@case("hdf5: h5py reads every dtype and layout of 2, 3 and 5 channels")
def _(folder):
    for number, (data, dtype, layout) in enumerate(arrays()):
        for compress, chunk in [("deflate", 0), ("none", 4)] if number % 2 else [("none", 0), ("deflate", 4)]:
            what = f"{data.channels} channels, {dtype}, {layout}, {compress}, {chunk}"
            data.store(folder, "a.h5", dtype=dtype, layout=layout, compress=compress, chunk=chunk)
            with h5py.File(folder / "a.h5") as file:
                images = file["images"]
                same(images[:], stored_array(data.pixels, dtype, layout), what)
                equal(images.attrs["layout"], layout if layout != "auto" else "NHWC", f"layout of {what}")
                equal((images.attrs.get("background"), images.attrs.get("foreground")),
                      (0, 255) if data.per_layer else (None, None), f"greys of {what}")
                expected = data.y_range if data.panels > 1 else data.y_range[:, 0]
                check(np.array_equal(file["y_range"][:], expected, equal_nan=True), f"y_range of {what}")
            check_info(folder, "a.h5", data, what)
            (folder / "a.h5").unlink()


@case("hdf5: sequences of several fields have their names, also in several files read as one")
def _(folder):
    data = Set(3, panels=3, fields=4)
    names = ["open", "ma(close,1)", "ma(close,2)", "ma(close,3)"]
    data.store(folder, "one.h5", sequences=1)
    data.store(folder, "many.h5", per_file=4, sequences=1)
    for path in ("one.h5", "many.h5", "many-00001.h5"):
        rows = slice(4, 8) if path == "many-00001.h5" else slice(None)
        with h5py.File(folder / path) as file:
            same(file["sequences"][:], data.samples[rows], f"sequences of {path}")
            equal(list(file["sequences"].attrs["fields"]), names, f"fields of {path}")
            same(file["images"][:], data.pixels[rows], f"images of {path}")
            check(np.array_equal(file["y_range"][:], data.y_range[rows], equal_nan=True), f"y_range of {path}")
    (folder / "many.h5").unlink()
    run(folder, "link", "many.h5").need()
    with h5py.File(folder / "many.h5") as file:
        equal(list(file["sequences"].attrs["fields"]), names, "fields after link")
    with h5py.File(folder / "many-00002.h5", "a") as file:
        file["y_range"][1, 2, 1] = 5
    (folder / "many.h5").unlink()
    refuses(folder, ["link", "many.h5"], ["many-00002.h5: is damaged"])
    plain = Set(1)
    plain.store(folder, "plain.h5", sequences=1)
    with h5py.File(folder / "plain.h5") as file:
        equal((file["sequences"].shape, dict(file["sequences"].attrs)), ((IMAGES, WINDOW), {}), "one field")


@case("npz: numpy.load reads colour images and the ranges of panels")
def _(folder):
    for channels, panels, compress in itertools.product((1, 3, 5), (1, 3), ("deflate", "none")):
        data = Set(channels, panels=panels)
        data.store(folder, "a.npz", compress=compress)
        with np.load(folder / "a.npz") as file:
            same(file["images"], data.pixels if channels > 1 else data.pixels[..., 0], f"{channels} channels")
            expected = data.y_range if panels > 1 else data.y_range[:, 0]
            check(np.array_equal(file["y_range"], expected, equal_nan=True), f"y_range of {panels} panels")
        check_info(folder, "a.npz", data, f"npz of {channels} channels")
        (folder / "a.npz").unlink()


# Colours (None: truecolour), and the mode and depth of the PNG.
PNGS = [(None, "RGB", 8), (2, "P", 1), (3, "P", 2), (4, "P", 2), (5, "P", 4), (16, "P", 4), (17, "P", 8), (256, "P", 8)]


def check_png(file, mode, depth, expected, what):
    data = file.read()
    equal((data[24], data[25]), (depth, 3 if mode == "P" else 2), f"depth and colour type of {what}")
    file.seek(0)
    image = Image.open(file)
    equal(image.mode, mode, f"mode of {what}")
    same(np.asarray(image.convert("RGB")), expected, what)


@case("png: Pillow reads palettes of every depth and truecolour; tables have a pair of columns per panel")
def _(folder):
    for (colours, mode, depth), compress in itertools.product(PNGS, ("deflate", "none")):
        panels = 1 if compress == "none" else 2
        data = Set(3, colours=colours, panels=panels)
        data.store(folder, "a", "png", compress=compress)
        for i in range(IMAGES):
            with open(folder / "a" / f"{i:08}.png", "rb") as file:
                check_png(file, mode, depth, data.pixels[i], f"image {i} of {colours} colours, {compress}")
        lines = (folder / "a" / "index.csv").read_text().splitlines()
        equal(lines[0], "index,file,window_start,y_lo,y_hi" if panels == 1 else
              "index,file,window_start,y_lo_0,y_hi_0,y_lo_1,y_hi_1", "columns")
        found = np.array([[float(value) for value in line.split(",")[3:]] for line in lines[1:]])
        check(np.array_equal(found, data.y_range.reshape(IMAGES, -1), equal_nan=True), "y_range of index.csv")
        check_info(folder, "a", data, f"png of {colours} colours, {compress}")
        shutil.rmtree(folder / "a")


@case("tar: PNG files in colour, with labels of several panels")
def _(folder):
    for colours, mode, depth in PNGS:
        data = Set(3, colours=colours, panels=2)
        data.store(folder, "a.tar")
        with tarfile.open(folder / "a.tar") as tar:
            for i in range(IMAGES):
                check_png(tar.extractfile(f"{i:09}.png"), mode, depth, data.pixels[i], f"image {i} of {colours} colours")
                label = json.load(tar.extractfile(f"{i:09}.json"))
                expected = [[None if np.isnan(v) else v for v in pair] for pair in data.y_range[i]]
                equal(label, {"index": i, "window_start": 10 * i, "y_range": expected}, "label")
        check_info(folder, "a.tar", data, f"tar of {colours} colours")
        (folder / "a.tar").unlink()


@case("jpeg: Pillow reads colour near to what was drawn, in full resolution")
def _(folder):
    data = Set(3, colours=4)
    data.store(folder, "a", "jpeg")
    for i in range(IMAGES):
        image = Image.open(folder / "a" / f"{i:08}.jpg")
        equal((image.mode, image.layer), ("RGB", [(1, 1, 1, 0), (2, 1, 1, 1), (3, 1, 1, 1)]), "mode and sampling")
        check(np.abs(np.asarray(image).astype(int) - data.pixels[i]).mean() < 12, f"image {i} differs")
    check_info(folder, "a", data, "jpeg")


@case("other channels than 1 and 3 are refused by name")
def _(folder):
    for path, form in (("a", "png"), ("a", "jpeg"), ("a.tar", "")):
        try:
            Set(5).store(folder, path, form)
        except Failure as failure:
            contains(str(failure), [f"format {form or 'tar'}: images have 5 channels, expected 1 or 3 (hdf5, npy, npz and "
                                    "raw take others)"], "message")
        else:
            raise Failure(f"{path} {form}: 5 channels were stored")
        equal(list(folder.iterdir()), [], "files")


@case("info, hash and preview read colour images of other programs")
def _(folder):
    data = Set(3, colours=3)
    np.save(folder / "last.npy", data.pixels)
    np.save(folder / "first.npy", data.pixels.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255))
    with h5py.File(folder / "any.h5", "w") as file:
        images = file.create_dataset("images", data=Set(5).pixels)
        images.attrs["layout"] = "NHWC"
    for mode in ("RGB", "P"):
        (folder / mode).mkdir()
        for i, pixels in enumerate(data.pixels):
            image = Image.fromarray(pixels)
            image.convert(mode, palette=Image.ADAPTIVE, colors=4).save(folder / mode / f"{i}.png")
    for path in ("last.npy", "first.npy", "RGB", "P"):
        check_info(folder, path, data, path)
        run(folder, "preview", path, "--count", 1, "-o", f"{path}.sheet.png").need()
        sheet = np.asarray(Image.open(folder / f"{path}.sheet.png"))
        same(sheet[7:7 + HEIGHT, 7:7 + WIDTH], data.pixels[0], f"sheet of {path}")
    check_info(folder, "any.h5", Set(5), "any.h5")
    run(folder, "preview", "any.h5", "--count", 1, "-o", "any.png").need()
    same(np.asarray(Image.open(folder / "any.png"))[7:7 + HEIGHT, 7:7 + WIDTH], Set(5).pixels[0].max(axis=-1), "any.png")
    contains(run(folder, "info", "RGB").need().out, ["layout      NHWC\n", "channels    3\n"], "info")


@case("images with transparency, or of another kind than the first, are refused")
def _(folder):
    (folder / "a").mkdir()
    pixels = Set(4).pixels[0]
    Image.fromarray(pixels, "RGBA").save(folder / "a" / "1.png")
    refuses(folder, ["info", "a"], ["a/1.png: has 4 channels of 8 bits, expected 8-bit grayscale, 8-bit RGB, or a palette"])
    Image.fromarray(pixels[..., 0]).convert("P").save(folder / "a" / "1.png", transparency=0)
    refuses(folder, ["info", "a"], ["a/1.png: has transparent pixels, expected none"])
    Image.fromarray(pixels[..., :3]).save(folder / "a" / "1.png")
    Image.fromarray(pixels[..., 0]).save(folder / "a" / "2.png")
    refuses(folder, ["info", "a", "--hash"], ["a/2.png: is a grey image, expected colour like the others"])


def candles(folder):
    """A job of candles in colour: two panels, five fields, three layers."""
    random = np.random.default_rng(3)
    close = 100 + random.standard_normal(60).cumsum()
    prices = np.stack([close - random.standard_normal(60), close + 3, close - 3, close, random.random(60) * 9 + 1], axis=1)
    lines = [",".join(map(str, row)) for row in prices]
    (folder / "prices.csv").write_text("\n".join(["open,high,low,close,volume", *lines]) + "\n")
    return ["prices.csv", "--chart", "candles", "--window", 20, "--size", "83x50"]


STORED = [["a.h5"], ["a.h5", "--compress", "none"], ["a.h5", "--layout", "NCHW", "--chunk-images", 4],
          ["a.h5", "--dtype", "f16", "--layout", "NCHW", "--chunk-images", 3], ["a.h5", "--dtype", "f32"], ["a.npy"],
          ["a.npy", "--dtype", "f32", "--layout", "NCHW"], ["a.npz"], ["a.npz", "--compress", "none"],
          ["a.dat", "--layout", "NCHW"], ["a.tar"], ["a", "--format", "png"], ["a", "--format", "png", "--compress", "none"],
          ["a", "--format", "jpeg"]]

for name, options in [("truecolour", []), ("of a palette", ["--set", "antialias=false"]),
                      ("with a channel per layer", ["--channels", "layer"])]:
    @case(f"candles {name}: one hash in every format, at every batch")
    def _(folder, options=options):
        job = [*candles(folder), *options]
        render(folder, *job, "-o", "plain.npy")
        pixels = np.load(folder / "plain.npy")
        equal((pixels.shape, pixels.dtype), ((41, 50, 83, 3), np.uint8), "shape and dtype")
        expected = plain_hash(pixels)
        equal(hash_of(folder, *job), expected, "hash:")
        for number, (output, *how) in enumerate(STORED):
            batch = [["--batch", 7], ["--batch", 1], []][number % 3]
            render(folder, *job, "-o", output, "--force", *how, *batch)
            equal(info_hash(folder, output), expected, f"hash of {output} {how}")
        if "layer" in options:
            check(set(np.unique(pixels)) > {0, 255} and (pixels[..., 1] != pixels[..., 0]).any(), "values")


@case("candles in several files: y_range and sequences of every panel and field; resume, link and skip-existing")
def _(folder):
    job = [*candles(folder), "-o", "a.h5", "--images-per-file", 10, "--store-sequences"]
    render(folder, *job)
    render(folder, *job[:-4], "b.npz")
    with np.load(folder / "b.npz") as file, h5py.File(folder / "a.h5") as stored:
        same(stored["images"][:], file["images"], "images")
        same(stored["y_range"][:], file["y_range"], "y_range")
        equal((stored["y_range"].shape, stored["sequences"].shape[:2]), ((41, 2, 2), (41, 20)), "shapes")
        names = list(stored["sequences"].attrs["fields"])
        equal(len(names), stored["sequences"].shape[2], "names of the fields")
        volume = np.loadtxt(folder / "prices.csv", delimiter=",", skiprows=1)[:, 4]
        same(stored["sequences"][7][:, names.index("volume")], volume[7:27], "volume")
    before = listing(folder)
    contains(render(folder, *job, "--skip-existing").err, ["up to date"], "skip-existing")
    contains(render(folder, *job, "--resume").err, ["nothing is left to do"], "resume")
    unchanged(before, folder, "nothing to do")
    refuses(folder, ["render", *job, "--resume", "--set", "antialias=false"], ["a-00000.h5: was made with"])
    refuses(folder, ["render", *job, "--resume", "--channels", "layer"], ["a-00000.h5: was made with"])
    refuses(folder, ["render", *job, "--resume", "--layout", "NCHW"], ["made with layout NHWC, this job has NCHW"])
    (folder / "a-00002.h5").unlink()
    contains(render(folder, *job, "--resume").err, ["4 of 5 files are complete and kept"], "resume after a loss")
    (folder / "a.h5").unlink()
    run(folder, "link", "a.h5").need()
    equal(info_hash(folder, "a.h5"), info_hash(folder, "b.npz"), "hash after link")


@case("preview shows charts of an input in colour, as render does")
def _(folder):
    job = candles(folder)
    render(folder, *job, "-o", "a.npz")
    with np.load(folder / "a.npz") as file:
        pixels = file["images"]
    for image in (0, 25, 40):
        run(folder, "preview", *job, "--first", image, "--count", 1, "--stride", 1, "-o", "s.png", "--force").need()
        sheet = np.asarray(Image.open(folder / "s.png"))
        same(sheet[7:57, 7:90], pixels[image], f"image {image}")
    run(folder, "preview", "prices.csv", "--column", "close", "--window", 20, "--size", "83x50", "--foreground", "#ff0000",
        "--count", 1, "-o", "line.png").need()
    render(folder, "prices.csv", "--column", "close", "--window", 20, "--size", "83x50", "--foreground", "#ff0000", "-o",
           "line.npy")
    same(np.asarray(Image.open(folder / "line.png"))[7:57, 7:90], np.load(folder / "line.npy")[0], "a line in colour")
    refuses(folder, ["preview", "prices.csv", "--chart", "cndles", "--window", 20, "-o", "x.png"], ["did you mean 'candles'"])
    refuses(folder, ["preview", *job, "-q", "--first", 41, "-o", "x.png"], ["--first 41", "there are 41 images"])
    refuses(folder, ["preview", "a.npz", "--chart", "candles", "-o", "x.png"], ["holds finished images", "--chart"])


@case("what a chart's channels allow is checked before anything is written")
def _(folder):
    job = candles(folder)
    before = listing(folder)
    for options, words in [
            (["-o", "a.npy", "--layout", "NHW"], ["channels 3: layout NHW has no channels"]),
            (["-o", "a.npy", "--channels", 1], ["channels"]),
            (["-o", "a.npy", "--dtype", "bits", "--layout", "NCHW"], ["dtype bits"]),
            (["-o", "a.npy", "--dtype", "bits", "--layout", "NCHW", "--set", "antialias=false"], ["dtype bits"])]:
        refuses(folder, ["render", *job, *options], words)
    unchanged(before, folder, "refusals")
    layers = [*job, "--channels", "layer", "--set", "antialias=false", "--dtype", "bits", "--layout", "NCHW"]
    render(folder, *layers, "-o", "bits.npy")
    render(folder, *layers[:-4], "-o", "plain.npy")
    same(np.load(folder / "bits.npy"), stored_array(np.load(folder / "plain.npy"), "bits", "NCHW"), "bits of layers")
    equal(info_hash(folder, "bits.npy"), info_hash(folder, "plain.npy"), "hash of bits")


main()
