"""PNG and JPEG folders, tar files and split data sets, read by other programs."""
import importlib.util
import io
import json
import os
import tarfile

import h5py
import numpy as np
from PIL import Image

from harness import case, check, contains, equal, hash_of, info_hash, main, refuses, render, run

WIDTH, HEIGHT, WINDOW, IMAGES = 60, 44, 25, 23
OPTIONS = ["--window", WINDOW, "--size", f"{WIDTH}x{HEIGHT}", "--antialias", "--background", 250, "--foreground", 10]
SERIES = np.random.default_rng(12).standard_normal(WINDOW + IMAGES - 1).cumsum()


def start(folder):
    np.save(folder / "a.npy", SERIES)
    source = ["a.npy", *OPTIONS]
    render(folder, *source, "-o", "pixels.npy")
    return source, np.load(folder / "pixels.npy")


def decoded(file, name):
    with Image.open(file) as image:
        equal(image.mode, "L", f"mode of {name}")
        return np.asarray(image), image.format


def psnr(found, expected):
    error = ((found.astype(float) - expected) ** 2).mean()
    return 10 * np.log10(255 ** 2 / error) if error else np.inf


def reencoded(images, quality):
    """Decodes what libjpeg's encoder makes of the images."""
    out = []
    for image in images:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=quality)
        out.append(decoded(file, "what Pillow wrote")[0])
    return np.stack(out)


def samples_of(path):
    """The samples of a shard, grouped by key as WebDataset does: [(key, {extension: bytes})]."""
    samples = []
    with tarfile.open(path) as tar:
        for member in tar:
            equal((member.mtime, member.uid, member.gid, member.mode), (0, 0, 0, 0o644), f"owner of {member.name}")
            key, extension = member.name.split(".")
            if not samples or samples[-1][0] != key:
                samples.append((key, {}))
            samples[-1][1][extension] = tar.extractfile(member).read()
    return samples


def check_samples(samples, pixels, first=0):
    equal([key for key, _ in samples], [f"{first + i:09d}" for i in range(len(pixels))], "keys")
    windows = np.lib.stride_tricks.sliding_window_view(SERIES, WINDOW)
    for i, (key, sample) in enumerate(samples):
        equal(sorted(sample), ["json", "png"], f"members of {key}")
        image, kind = decoded(io.BytesIO(sample["png"]), key)
        check(kind == "PNG" and (image == pixels[i]).all(), f"pixels of {key}")
        window = windows[first + i]
        equal(json.loads(sample["json"]), {"index": first + i, "window_start": first + i,
                                           "y_range": [window.min(), window.max()]}, f"label of {key}")


@case("a JPEG folder: names, sizes, quality, index.csv and plotmill.json; read by Pillow")
def _(folder):
    source, pixels = start(folder)
    sizes = {}
    for quality, further in [(1, ["--quality", 1]), (90, []), (100, ["--quality", 100])]:
        render(folder, *source, "-o", "jpegs", "--format", "jpeg", *further, "--force")
        names = sorted(path.name for path in (folder / "jpegs").glob("*.jpg"))
        equal(names, [f"{i:08d}.jpg" for i in range(IMAGES)], "names")
        equal(len(list((folder / "jpegs").iterdir())), IMAGES + 2, "files")
        found = []
        for name in names:
            image, kind = decoded(folder / "jpegs" / name, name)
            equal((kind, image.shape), ("JPEG", (HEIGHT, WIDTH)), name)
            found.append(image)
        ours, theirs = psnr(np.stack(found), pixels), psnr(reencoded(pixels, quality), pixels)
        check(abs(ours - theirs) < 0.02 * theirs, f"quality {quality}: {ours:.2f} dB, libjpeg's encoder {theirs:.2f}")
        sizes[quality] = sum((folder / "jpegs" / name).stat().st_size for name in names)
    check(sizes[1] < sizes[90] < sizes[100], f"bytes by quality: {sizes}")
    rows = [line.split(",") for line in (folder / "jpegs" / "index.csv").read_text().splitlines()]
    equal([row[1] for row in rows[1:]], names, "index.csv's files")
    found = json.loads((folder / "jpegs" / "plotmill.json").read_text())
    equal((found["format"], found["images"], found["pixel_hash"]), ("jpeg", IMAGES, hash_of(folder, *source)), "plotmill.json")


@case("info --hash of a JPEG folder prints the hash of the pixels as drawn, and notes it")
def _(folder):
    source, _ = start(folder)
    render(folder, *source, "-o", "jpegs", "--format", "jpeg")
    result = run(folder, "info", "jpegs", "--hash").need()
    contains(result.out, ["format      jpeg", f"hash        {hash_of(folder, *source)}"], "info")
    contains(result.err, ["jpeg loses", "as they were drawn"], "stderr of info --hash")
    equal(run(folder, "info", "jpegs").need().err, "", "stderr of info")
    path = folder / "jpegs" / "00000007.jpg"
    whole = path.read_bytes()
    path.write_bytes(whole[:len(whole) // 2])
    refuses(folder, ["info", "jpegs", "--hash"], ["jpegs/00000007.jpg: cannot be read as JPEG"])
    path.unlink()
    refuses(folder, ["info", "jpegs"], [f"jpegs: holds {IMAGES - 1} images, expected {IMAGES}"])


@case("--quality applies to JPEG only, from 1 to 100")
def _(folder):
    source, _ = start(folder)
    for wrong in ("0", "101", "x"):
        refuses(folder, ["render", *source, "-o", "j", "--format", "jpeg", "--quality", wrong], ["quality"])
    refuses(folder, ["render", *source, "-o", "p", "--format", "png", "--quality", "90"], ["quality", "applies to jpeg, not to png"])


@case("a tar file holds pairs of PNG and JSON members, as WebDataset groups them")
def _(folder):
    source, pixels = start(folder)
    render(folder, *source, "-o", "a.tar")
    check_samples(samples_of(folder / "a.tar"), pixels)
    equal(info_hash(folder, "a.tar"), hash_of(folder, *source), "hash")
    render(folder, *source, "-o", "b.tar", "--batch", 3)
    check((folder / "a.tar").read_bytes() == (folder / "b.tar").read_bytes(), "the same job gives the same bytes")
    found = json.loads(run(folder, "info", "a.tar", "--json").need().out)
    equal((found["format"], found["images"], found["width"], found["height"], found["background"], found["foreground"],
           found["spec"]["window"]), ("tar", IMAGES, WIDTH, HEIGHT, 250, 10, WINDOW), "info")


@case("a tar file: the y_range of an image without samples is null")
def _(folder):
    series = SERIES.copy()
    series[:WINDOW] = np.nan
    np.save(folder / "gap.npy", series)
    render(folder, "gap.npy", *OPTIONS, "--limit", 2, "-o", "a.tar")
    labels = [json.loads(sample["json"]) for _, sample in samples_of(folder / "a.tar")]
    equal(labels[0]["y_range"], [None, None], "y_range without a sample")
    equal(labels[1]["y_range"], [series[WINDOW], series[WINDOW]], "y_range of one sample")
    equal(info_hash(folder, "a.tar"), hash_of(folder, "gap.npy", *OPTIONS, "--limit", 2), "hash")


@case("all shards read in order are one data set, as WebDataset groups its samples")
def _(folder):
    source, pixels = start(folder)
    render(folder, *source, "-o", "a.tar", "--images-per-file", 10)
    shards = [str(path) for path in sorted(folder.glob("a-*.tar"))]
    check_samples([sample for shard in shards for sample in samples_of(shard)], pixels)
    if not importlib.util.find_spec("webdataset"):  # rarely installed: checked where it is
        return
    import webdataset
    samples = [(sample["__key__"], {name: sample[name] for name in ("png", "json")})
               for sample in webdataset.WebDataset(shards, shardshuffle=False, empty_check=False)]
    check_samples(samples, pixels)


@case("--images-per-file: the last file may hold fewer images; tar keys continue")
def _(folder):
    source, pixels = start(folder)
    for name in ("a.tar", "a.npy2.npy", "a.h5"):
        render(folder, *source, "-o", name, "--images-per-file", 10)
    equal(sorted(path.name for path in folder.glob("a-*.tar")), [f"a-{i:05d}.tar" for i in range(3)], "files")
    check(not (folder / "a.tar").exists(), "a.tar was written as well")
    for i in range(3):
        part = pixels[10 * i:10 * i + 10]
        check_samples(samples_of(folder / f"a-{i:05d}.tar"), part, 10 * i)
        check((np.load(folder / f"a.npy2-{i:05d}.npy") == part).all(), f"npy of part {i}")
        with h5py.File(folder / f"a-{i:05d}.h5") as file:
            check((file["images"][:] == part).all(), f"HDF5 of part {i}")
            equal(file["window_start"][:].tolist(), list(range(10 * i, 10 * i + len(part))), "window_start")
        hashes = {info_hash(folder, name) for name in (f"a-{i:05d}.tar", f"a.npy2-{i:05d}.npy", f"a-{i:05d}.h5")}
        equal(len(hashes), 1, f"hashes of part {i}")
    refuses(folder, ["render", *source, "-o", "a.tar", "--images-per-file", 10], ["a-00000.tar: exists already"])
    refuses(folder, ["render", *source, "-o", "a.tar", "--images-per-file", 12, "--force", "-q"],
            ["a-00002.tar: exists, but this data set has 2 files"])
    render(folder, *source, "-o", "a.tar", "--images-per-file", 10, "--force")
    refuses(folder, ["render", *source, "-o", "p", "--format", "png", "--images-per-file", 10],
            ["images-per-file: applies to hdf5, npy, npz, raw and tar, not to png"])


@case("more than 10,000 images are stored in subfolders")
def _(folder):
    np.save(folder / "long.npy", np.random.default_rng(3).standard_normal(10012).cumsum())
    source = ["long.npy", "--window", 10, "--size", "9x7"]
    expected = hash_of(folder, *source)
    render(folder, *source, "-o", "hash.npy")
    pixels = np.load(folder / "hash.npy")
    for kind, extension in (("png", "png"), ("jpeg", "jpg")):
        render(folder, *source, "-o", kind, "--format", kind)
        equal(sorted(path.name for path in (folder / kind).iterdir()), ["0000", "0001", "index.csv", "plotmill.json"],
              "top level")
        equal([len(os.listdir(folder / kind / name)) for name in ("0000", "0001")], [10000, 3], "files")
        rows = (folder / kind / "index.csv").read_text().splitlines()
        equal(rows[10001].split(",")[:3], ["10000", f"0001/00010000.{extension}", "10000"], "index.csv")
        equal(info_hash(folder, kind), expected, f"hash of {kind}")
    image, _ = decoded(folder / "png" / "0001" / "00010002.png", "the last image")
    check((image == pixels[10002]).all(), "pixels of the last image")
    render(folder, *source, "--limit", 3, "-o", "png", "--format", "png", "--force")
    equal(len(list((folder / "png").iterdir())), 5, "files after --force")


@case("preview shows the stored images")
def _(folder):
    source, pixels = start(folder)
    render(folder, *source, "-o", "a.tar")
    render(folder, *source, "-o", "pngs", "--format", "png")
    render(folder, *source, "-o", "jpegs", "--format", "jpeg", "--quality", 100)
    sheets = {}
    for name in ("pixels.npy", "a.tar", "pngs", "jpegs"):
        run(folder, "preview", name, "-o", f"{name}.sheet.png", "--count", 9).need()
        sheets[name], _ = decoded(folder / f"{name}.sheet.png", name)
    for name in ("a.tar", "pngs"):
        check((sheets[name] == sheets["pixels.npy"]).all(), f"sheet of {name}")
    worst = np.abs(sheets["jpegs"].astype(int) - sheets["pixels.npy"]).max()
    check(0 < worst <= 4, f"sheet of jpegs: off by {worst}")


main()
