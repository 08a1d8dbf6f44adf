"""Arrays in every dtype and layout, read by NumPy and h5py, hold the same images."""
import json
import resource
import subprocess

import h5py
import numpy as np
from PIL import Image

from harness import COMMAND, SECONDS, case, check, contains, environment, equal, hash_of, info_hash, listing, main, refuses, \
    render, run

WIDTH, HEIGHT, WINDOW, IMAGES = 61, 40, 25, 30
BINARY = ["--window", WINDOW, "--size", f"{WIDTH}x{HEIGHT}", "--background", 250, "--foreground", 10]
GREY = [*BINARY, "--antialias"]
SERIES = np.random.default_rng(12).standard_normal(WINDOW + IMAGES - 1).cumsum()

LAYOUTS = [("NHW", 1), ("NCHW", 1), ("NCHW", 3), ("NHWC", 1), ("NHWC", 3)]
FORMATS = [(dtype, *layout) for dtype in ("u8", "f32", "f16", "bits") for layout in LAYOUTS
           if dtype != "bits" or layout[0] != "NHWC"]


def start(folder, options):
    """The job, and its images as uint8."""
    np.save(folder / "a.npy", SERIES)
    job = ["a.npy", *options]
    render(folder, *job, "-o", "plain.npy", "--force")
    return job, np.load(folder / "plain.npy")


def format_options(dtype, layout, channels):
    return ["--dtype", dtype, "--layout", layout, "--channels", channels]


def expected_array(pixels, dtype, layout, channels):
    """The pixels converted by NumPy."""
    if dtype == "bits":
        array = np.packbits(pixels == 250, axis=-1)
    elif dtype == "u8":
        array = pixels
    else:
        array = (pixels / 255).astype({"f32": np.float32, "f16": np.float16}[dtype])
    if layout == "NCHW":
        array = np.repeat(array[:, None], channels, axis=1)
    if layout == "NHWC":
        array = np.repeat(array[..., None], channels, axis=-1)
    return array


def same(array, expected, what):
    equal((array.dtype, array.shape), (expected.dtype, expected.shape), f"dtype and shape of {what}")
    check((array == expected).all(), f"{what} holds other numbers than NumPy finds")


def jobs(folder):
    """Every combination of dtype, layout and channels with its job, pixels and hash."""
    grey, binary = start(folder, GREY), start(folder, BINARY)
    check(len(np.unique(grey[1])) > 20 and len(np.unique(binary[1])) == 2, "values of the images")
    hashes = {(job is grey, channels): hash_of(folder, *job[0], "--channels", channels)
              for job in (grey, binary) for channels in (1, 3)}
    equal(len(set(hashes.values())), 4, "different hashes")
    for how in FORMATS:
        job, pixels = binary if how[0] == "bits" else grey
        yield how, [*job, *format_options(*how)], pixels, hashes[how[0] != "bits", how[2]]


def info_of(folder, path):
    return json.loads(run(folder, "info", path, "--json").need().out)


def check_info(folder, path, how, expected_hash):
    info = info_of(folder, path)
    equal((info["dtype"], info["layout"], info["channels"]), how, f"info of {path}")
    equal((info["images"], info["width"], info["height"]), (IMAGES, WIDTH, HEIGHT), f"info of {path}")
    equal(info_hash(folder, path), expected_hash, f"hash of {path} in {how}")


@case("npy: NumPy reads every dtype and layout, bits unpack, and the hash is that of the job")
def _(folder):
    for how, job, pixels, expected_hash in jobs(folder):
        render(folder, *job, "-o", "b.npy", "--force")
        array = np.load(folder / "b.npy", mmap_mode="r")
        same(array, expected_array(pixels, *how), f"npy in {how}")
        check_info(folder, "b.npy", how, expected_hash)
        equal((folder / "b.npy.json").exists(), how[0] == "bits", f"a sidecar of npy in {how}")
        if how[0] == "bits":
            ink = np.unpackbits(array, axis=-1, count=WIDTH)
            check((np.where(ink, 250, 10) == (pixels if how[1] == "NHW" else pixels[:, None])).all(), "unpacked bits")


@case("raw: np.memmap reads every dtype and layout as the sidecar describes it")
def _(folder):
    for how, job, pixels, expected_hash in jobs(folder):
        render(folder, *job, "-o", "b.dat", "--force")
        side = json.loads((folder / "b.dat.json").read_text())
        array = np.memmap(folder / "b.dat", side["numpy_dtype"], "r", shape=tuple(side["shape"]))
        same(array, expected_array(pixels, *how), f"raw in {how}")
        equal((folder / "b.dat").stat().st_size, array.nbytes, "bytes")
        equal((side["format"], side["dtype"], side["layout"], side["width"], side["height"], side["background"],
               side["foreground"]), ("raw", how[0], how[1], WIDTH, HEIGHT, 250, 10), "the sidecar")
        equal(side["spec"], info_of(folder, "b.dat")["spec"], "spec")
        check_info(folder, "b.dat", how, expected_hash)


@case("hdf5: h5py reads every dtype and layout, with and without deflate, in chunks of several images")
def _(folder):
    for number, (how, job, pixels, expected_hash) in enumerate(jobs(folder)):
        for compress, chunk in [("deflate", 1), ("none", 7)] if number % 2 else [("none", 1), ("deflate", 7)]:
            batch = [["--batch", 7], ["--batch", 1], []][number % 3]
            render(folder, *job, "-o", "b.h5", "--force", "--compress", compress, "--chunk-images", chunk, *batch)
            expected = expected_array(pixels, *how)
            with h5py.File(folder / "b.h5") as file:
                images = file["images"]
                same(images[:], expected, f"hdf5 in {how}, {compress}, {chunk} images a chunk")
                equal((images.chunks, images.maxshape), ((chunk, *expected.shape[1:]), (None, *expected.shape[1:])),
                      "chunks and what they may grow to")
                equal(images.compression, "gzip" if compress == "deflate" else None, "compression")
                equal((images.attrs["layout"], images.attrs.get("dtype", "u8")), (how[1], how[0]), "attributes")
                equal(images.attrs.get("width"), WIDTH if how[0] == "bits" else None, "width")
                equal(file["window_start"][:].tolist(), list(range(IMAGES)), "window_start")
        check_info(folder, "b.h5", how, expected_hash)


@case("hdf5: h5py appends images, and plotmill reads the longer file")
def _(folder):
    job, pixels = start(folder, GREY)
    render(folder, *job, "-o", "b.h5", "--chunk-images", 4)
    with h5py.File(folder / "b.h5", "a") as file:
        for name, new in [("images", pixels[::-1]), ("window_start", range(IMAGES)), ("y_range", np.zeros((IMAGES, 2)))]:
            file[name].resize(2 * IMAGES, axis=0)
            file[name][IMAGES:] = new
    np.save(folder / "both.npy", np.concatenate([pixels, pixels[::-1]]))
    equal(info_hash(folder, "b.h5"), info_hash(folder, "both.npy"), "hash of the longer file")


@case("hdf5: several threads read and write at the same time")
def _(folder):
    series = np.random.default_rng(13).standard_normal(20000).cumsum()
    with h5py.File(folder / "s.h5", "w") as file:
        file.create_dataset("values", data=series, chunks=(1000,), compression="gzip")
    np.save(folder / "s.npy", series)
    options = ["--window", 50, "--size", "40x30", "--batch", 64]
    render(folder, "s.h5", "--dataset", "values", *options, "-o", "b.h5", "--chunk-images", 8, "--jobs", 4,
           "--dtype", "f16")
    equal(info_hash(folder, "b.h5"), hash_of(folder, "s.npy", *options), "hash")


PUBLISHED = "20d_month_has_vb_[20]_ma_1993_images.dat"


def jkx(folder, *further):
    """A set as the published one: 30 images of 20 rows, 60x64; and its pixels."""
    np.save(folder / "a.npy", SERIES[:49])
    job = ["a.npy", "--window", 20, "--size", "60x64", "--background", 0, "--foreground", 255]
    render(folder, *job, "-o", "plain.npy", "--force")
    render(folder, *job, "-o", PUBLISHED, "--format", "jkx", *further)
    return job, np.load(folder / "plain.npy")


@case("jkx: np.memmap reads the set by its size alone, and the label table is row-aligned")
def _(folder):
    job, pixels = jkx(folder)
    labels = PUBLISHED.replace("_images.dat", "_labels.csv")
    equal(sorted(listing(folder)), sorted([PUBLISHED, f"{PUBLISHED}.json", labels, "a.npy", "plain.npy"]), "files")
    images = np.memmap(folder / PUBLISHED, dtype=np.uint8, mode="r").reshape((-1, 64, 60))
    same(images, pixels, "the set")
    table = np.genfromtxt(folder / labels, delimiter=",", names=True)
    equal(table.dtype.names, ("index", "window_start", "y_lo", "y_hi"), "columns")
    windows = np.lib.stride_tricks.sliding_window_view(SERIES[:49], 20)
    for name, expected in [("index", range(30)), ("window_start", range(30)), ("y_lo", windows.min(1)),
                           ("y_hi", windows.max(1))]:
        equal(table[name].tolist(), list(expected), name)
    described = json.loads((folder / f"{PUBLISHED}.json").read_text())
    equal((described["format"], described["shape"]), ("jkx", list(pixels.shape)), "the sidecar")
    check_jkx(folder, hash_of(folder, *job), described["spec"])


def check_jkx(folder, expected_hash, spec):
    info = info_of(folder, PUBLISHED)
    equal((info["format"], info["images"], info["width"], info["height"], info["dtype"], info["channels"]),
          ("jkx", 30, 60, 64, "u8", 1), "info")
    equal(info["spec"], spec, "spec")
    equal(info_hash(folder, PUBLISHED), expected_hash, "hash")


@case("jkx: info, preview and hash read published files, which have no sidecar")
def _(folder):
    job, pixels = jkx(folder)
    (folder / f"{PUBLISHED}.json").unlink()
    check_jkx(folder, hash_of(folder, *job), None)
    run(folder, "preview", PUBLISHED, "-o", "a.png").need()
    run(folder, "preview", "plain.npy", "-o", "plain.png").need()
    check((folder / "a.png").read_bytes() == (folder / "plain.png").read_bytes(), "the sheets differ")
    for name, shape in [("5d_week_no_vb_[5]_ma_2001_images.dat", (32, 15)), (PUBLISHED.replace("has", "no"), (64, 60)),
                        ("60d_quarter_has_vb_[60]_ma_2019_images.dat", (96, 180))]:
        images = np.random.default_rng(3).integers(0, 2, (7, *shape), dtype=np.uint8) * 255
        images.tofile(folder / name)
        np.save(folder / "same.npy", images)
        equal(info_hash(folder, name), info_hash(folder, "same.npy"), f"hash of {name}")
        (folder / name).write_bytes(images.tobytes()[:-1])
        refuses(folder, ["info", name], [f"{name}: found {images.size - 1} bytes, expected a multiple of {shape[0] * shape[1]}"])
    (folder / "mine_images.dat").write_bytes(pixels.tobytes())
    refuses(folder, ["info", "mine_images.dat"], ["mine_images.dat: ", "expected a name that begins with 5d_, 20d_ or 60d_",
                                                  "mine_images.dat.json"])


@case("jkx: the charts of the published set, with a pair of columns for each panel")
def _(folder):
    closes = 100 + SERIES.cumsum()
    closes = np.resize(closes, 90)
    fields = {"open": closes - 0.25, "high": closes + 1, "low": closes - 1.5, "close": closes, "volume": np.arange(90.0)}
    np.savetxt(folder / "a.csv", np.stack(list(fields.values()), 1), "%r", ",", header=",".join(fields), comments="")
    for days, (height, width) in {5: (32, 15), 20: (64, 60), 60: (96, 180)}.items():
        name, job = f"{days}d_month_has_vb_[{days}]_ma_2001", ["a.csv", "--chart", f"jkx{days}"]
        render(folder, *job, "-o", f"{name}_images.dat", "--format", "jkx")
        render(folder, *job, "-o", f"{days}.npy")
        images = np.memmap(folder / f"{name}_images.dat", dtype=np.uint8, mode="r").reshape((-1, height, width))
        same(images, np.load(folder / f"{days}.npy"), name)
        table = np.genfromtxt(folder / f"{name}_labels.csv", delimiter=",", names=True)
        volumes = np.lib.stride_tricks.sliding_window_view(fields["volume"], days)
        lows = np.lib.stride_tricks.sliding_window_view(fields["low"], days)
        equal(table["window_start"].tolist(), list(range(len(images))), "window_start")
        equal((table["y_lo_1"].tolist(), table["y_hi_1"].tolist()), ([0] * len(images), volumes.max(1).tolist()), "volume")
        check((table["y_lo_0"] <= lows.min(1)).all(), "price")
        for _ in range(2):  # with the sidecar and without it
            equal(info_hash(folder, f"{name}_images.dat"), hash_of(folder, *job), f"hash of {name}")
            equal(info_of(folder, f"{name}_images.dat")["panels"], 2, "panels")
            (folder / f"{name}_images.dat.json").unlink(missing_ok=True)
    (folder / "rgb.yaml").write_text("size: 60x64\nchannels: 3\nlayers: [{mark: line, y: close, ink: '#ff0000'}]\n")
    refuses(folder, ["render", "a.csv", "-q", "--chart", "rgb.yaml", "--window", 20, "-o", "b_images.dat", "--format", "jkx"],
            ["b_images.dat: format jkx holds images of one channel, found 3"])


@case("jkx: what is no such set is refused, and --force replaces all three files")
def _(folder):
    job, pixels = jkx(folder)
    before = listing(folder)
    for further, words in [
            (["-o", "b.dat"], ["b.dat: expected a name that ends in _images.dat for format jkx"]),
            (["-o", "-"], ["standard output takes the format raw, not jkx"]),
            (["-o", "b_images.dat", "--dtype", "f32"], ["dtype: applies to hdf5, npy and raw, not to jkx"]),
            (["-o", "b_images.dat", "--layout", "NCHW"], ["layout: applies to hdf5, npy and raw, not to jkx"]),
            (["-o", "b_images.dat", "--layout", "NHWC", "--channels", 3], ["format jkx holds images of one channel, found 3"]),
            (["-o", "b_images.dat", "--images-per-file", 4], ["images-per-file: applies to ", "not to jkx"]),
            (["-o", "b_images.dat", "--resume"], ["resume: requires images-per-file"]),
            (["-o", "b_images.dat", "--compress", "none"], ["compress: applies only to hdf5, npz and png"]),
            (["-o", "5d_images.dat", "-q"], ["begins with 5d_ means images of 15x32 pixels, found size 60x64"]),
            (["-o", PUBLISHED], [f"{PUBLISHED}: exists already"])]:
        refuses(folder, ["render", *job, "--format", "jkx", *further], words)
        equal(listing(folder), before, f"files after {further}")
    render(folder, *job, "--stride", 2, "-o", PUBLISHED, "--format", "jkx", "--force")
    labels = (folder / PUBLISHED.replace("_images.dat", "_labels.csv")).read_text().splitlines()
    equal([line.split(",")[1] for line in labels[1:]], [str(i) for i in range(0, 30, 2)], "window_start")
    check((folder / PUBLISHED).read_bytes() == pixels[::2].tobytes(), "pixels")
    equal(sorted(listing(folder)), sorted(before), "files")


def pipe(folder, *arguments, **further):
    return subprocess.run([str(COMMAND), *(str(argument) for argument in arguments)], cwd=folder, env=environment(),
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=SECONDS, **further)


def messages_of(done):
    return [line for line in done.stderr.decode().splitlines() if line.startswith("plotmill: ")
            and not line.startswith("plotmill: warning: ")]


@case("standard output receives the pixels in order and nothing else")
def _(folder):
    for how, job, pixels, _ in jobs(folder):
        before = listing(folder)
        done = pipe(folder, "render", *job, "-o", "-", "--format", "raw", "--batch", 4, stdout=subprocess.PIPE)
        equal((done.returncode, messages_of(done)), (0, []), "render")
        check(done.stdout == expected_array(pixels, *how).tobytes(), f"standard output in {how}")
        equal(listing(folder), before, "files")


@case("standard output closed by its reader: one line, exit 1")
def _(folder):
    np.save(folder / "a.npy", np.random.default_rng(3).standard_normal(5000).cumsum())
    before = listing(folder)
    for batch in ([], ["--batch", 10]):
        head = subprocess.Popen(["head", "-c", "1000"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        done = pipe(folder, "render", "a.npy", *GREY, *batch, "-o", "-", "--format", "raw", stdout=head.stdin)
        head.stdin.close()
        head.wait()
        equal(done.returncode, 1, "exit")
        equal(messages_of(done), ["plotmill: standard output: cannot be written: Broken pipe"], "messages")
    with open("/dev/full", "wb") as full:
        done = pipe(folder, "render", "a.npy", *GREY, "-o", "-", "--format", "raw", stdout=full)
    equal((done.returncode, messages_of(done)),
          (1, ["plotmill: standard output: cannot be written: No space left on device"]), "a full device")
    equal(listing(folder), before, "files")


@case("the file size limit is reached: no partial output remains, in every format")
def _(folder):
    np.save(folder / "a.npy", np.random.default_rng(14).standard_normal(2500).cumsum())
    job = ["a.npy", *GREY]

    def limit():  # the kernels that the driver caches must fit
        resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 20, 16 << 20))

    for output, further in [("b.npy", []), ("b.dat", []), ("b.h5", ["--compress", "none"]),
                            ("b.h5", ["--compress", "none", "--chunk-images", 8]),
                            ("b_images.dat", ["--format", "jkx", "--size", "400x200", "--dtype", "u8"])]:
        refuses(folder, ["render", *job, "-q", "-o", output, "--dtype", "f32", *further], [f"{output}: cannot be written"],
                code=1, preexec_fn=limit)


@case("options that contradict each other are refused in one line")
def _(folder):
    job, _ = start(folder, BINARY)
    for further, words in [
            (["-o", "b.npy", "--dtype", "bits", "--antialias"], ["dtype bits", "does not apply with antialias"]),
            (["-o", "b.npy", "--dtype", "bits", "--layout", "NHWC"], ["dtype bits", "expected the layout NHW or NCHW"]),
            (["-o", "b.npy", "--channels", 3, "--layout", "NHW"], ["channels 3", "expected the layout NCHW or NHWC"]),
            (["-o", "b.npy", "--channels", 3, "--dtype", "bits"], ["dtype bits", "expected the layout NCHW, not NHWC"]),
            (["-o", "b.npy", "--channels", 2, "--layout", "NCHW"], ["channels", "found '2', expected auto, 1, 3 or layer"]),
            (["-o", "b.npy", "--chunk-images", 4], ["chunk-images: applies to hdf5, not to"]),
            (["-o", "b", "--format", "png", "--dtype", "f32"], ["dtype", "not to png"]),
            (["-o", "hash:", "--dtype", "f32"], ["dtype", "not to hash"]),
            (["-o", "-"], ["standard output needs the option format, raw"]),
            (["-o", "-", "--format", "npy"], ["standard output takes the format raw, not npy"]),
            (["-o", "-", "--format", "raw", "--json"], ["--json: standard output receives the images"])]:
        refuses(folder, ["render", *job, *further], words)


@case("three channels without a layout are NHWC")
def _(folder):
    job, pixels = start(folder, GREY)
    render(folder, *job, "-o", "b.npy", "--channels", 3)
    same(np.load(folder / "b.npy"), expected_array(pixels, "u8", "NHWC", 3), "npy")
    expected = hash_of(folder, *job, "--channels", 3)
    check_info(folder, "b.npy", ("u8", "NHWC", 3), expected)
    for output, *how in (["b.npz"], ["b.tar"], ["b", "--format", "png"], ["c", "--format", "jpeg"]):
        render(folder, *job, "-o", output, *how, "--channels", 3)
        check_info(folder, output, ("u8", "NHWC", 3), expected)
    equal(Image.open(folder / "b" / "00000000.png").mode, "RGB", "mode")


@case("an existing sidecar is refused, and replaced by --force")
def _(folder):
    job, pixels = start(folder, BINARY)
    (folder / "b.dat.json").write_text("mine")
    refuses(folder, ["render", *job, "-o", "b.dat"], ["b.dat.json: exists already"])
    render(folder, *job, "-o", "b.dat", "--force")
    equal(json.loads((folder / "b.dat.json").read_text())["shape"], list(pixels.shape), "shape")
    render(folder, *job, "-o", "c.npy", "--dtype", "bits")
    refuses(folder, ["render", *job, "-o", "c.npy"], ["c.npy: exists already"])
    render(folder, *job, "-o", "c.npy", "--force")
    check(not (folder / "c.npy.json").exists(), "the sidecar of the bits is still there")
    same(np.load(folder / "c.npy"), pixels, "npy after bits")


@case("split outputs: each file is an array with its own sidecar, which holds its first image number")
def _(folder):
    job, pixels = start(folder, BINARY)
    render(folder, *job, "-o", "b.dat", "--dtype", "bits", "--images-per-file", 12)
    render(folder, *job, "-o", "c.h5", "--dtype", "f16", "--images-per-file", 12, "--chunk-images", 4)
    found = []
    for number, first in enumerate(range(0, IMAGES, 12)):
        side = json.loads((folder / f"b-{number:05}.dat.json").read_text())
        equal((side.get("first", 0), side["shape"][0]), (first, min(12, IMAGES - first)), "first and images")
        found.append(np.memmap(folder / f"b-{number:05}.dat", np.uint8, "r", shape=tuple(side["shape"])))
        with h5py.File(folder / f"c-{number:05}.h5") as file:
            equal(file["images"].attrs.get("first", 0), first, "attribute first")
            same(file["images"][:], expected_array(pixels[first:first + 12], "f16", "NHW", 1), "a part")
    same(np.concatenate(found), expected_array(pixels, "bits", "NHW", 1), "all parts")
    equal(len(list(folder.glob("b-*"))), 6, "files")


@case("info and preview read arrays of other programs; incomplete ones are refused with the reason")
def _(folder):
    job, pixels = start(folder, GREY)
    np.save(folder / "f2.npy", (pixels / 255).astype(np.float16))
    np.save(folder / "f4.npy", (pixels / 255).astype(">f4")[:, None])
    np.save(folder / "three.npy", np.repeat(pixels[..., None], 3, axis=-1))
    for name in ("f2.npy", "f4.npy"):
        equal(info_hash(folder, name), info_hash(folder, "plain.npy"), f"hash of {name}")
    equal(info_hash(folder, "three.npy"), hash_of(folder, *job, "--channels", 3), "hash of three channels")
    with h5py.File(folder / "f2.h5", "w") as file:
        file["images"] = (pixels / 255).astype(np.float16)
    equal(info_hash(folder, "f2.h5"), info_hash(folder, "plain.npy"), "hash of h5py's own file")
    np.save(folder / "odd.npy", (pixels / 255).astype(np.float32) * np.float32(0.999))
    refuses(folder, ["info", "odd.npy", "--hash"], ["odd.npy: image 0 holds numbers that are not pixels"])
    (folder / "alone.dat").write_bytes(pixels.tobytes())
    refuses(folder, ["info", "alone.dat"], ["alone.dat: numbers without a header", "alone.dat.json"])
    render(folder, *job, "-o", "b.dat", "--dtype", "f16", "--layout", "NHWC", "--channels", 3)
    run(folder, "preview", "b.dat", "-o", "b.png").need()
    run(folder, "preview", "plain.npy", "-o", "plain.png").need()
    sheets = [np.asarray(Image.open(folder / name)) for name in ("b.png", "plain.png")]
    check((sheets[0] == sheets[1][..., None]).all(), "the sheets differ")
    lines = run(folder, "info", "b.dat").need().out
    contains(lines, ["format      raw\n", "dtype       f16\n", "layout      NHWC\n", "channels    3\n"], "info")


main()
