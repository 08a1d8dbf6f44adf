"""PNG and JPEG folders, tar files and split data sets, read by other programs."""
import csv
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


@case("more than 10,000 images stay in one folder, which has no classes for ImageFolder")
def _(folder):
    np.save(folder / "long.npy", np.random.default_rng(3).standard_normal(10012).cumsum())
    source = ["long.npy", "--window", 10, "--size", "9x7"]
    expected = hash_of(folder, *source)
    render(folder, *source, "-o", "hash.npy")
    pixels = np.load(folder / "hash.npy")
    for kind, extension in (("png", "png"), ("jpeg", "jpg")):
        render(folder, *source, "-o", kind, "--format", kind)
        check(image_folder(folder / kind) == ([], []), "no classes")
        names = {f"{i:08d}.{extension}" for i in range(10003)}
        check({path.name for path in (folder / kind).iterdir()} == {*names, "index.csv", "plotmill.json"}, "files")
        rows = (folder / kind / "index.csv").read_text().splitlines()
        equal(rows[10001].split(",")[:3], ["10000", f"00010000.{extension}", "10000"], "index.csv")
        equal(info_hash(folder, kind), expected, f"hash of {kind}")
    image, _ = decoded(folder / "png" / "00010002.png", "the last image")
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


def image_folder(root):
    """What ImageFolder of torchvision lists: (classes, [(path, number of the class)]); refuses classes without images."""
    classes = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
    samples = [(os.path.join(at, name), number) for number, name in enumerate(classes)
               for at, _, names in sorted(os.walk(os.path.join(root, name), followlinks=True)) for name in sorted(names)
               if name.lower().endswith((".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"))]
    return classes, samples


def labelled(folder):
    """A series with the column `side`: of each row a text, or nothing."""
    generator = np.random.default_rng(3)
    price, side = 100 + generator.standard_normal(300).cumsum(), generator.choice(["up", "down", "a/b", ""], 300)
    with open(folder / "p.csv", "w") as file:
        print("time,close,side", file=file)
        for i in range(300):
            print(f"2024-01-{1 + i // 24:02} {i % 24:02}:00:00,{price[i]:.4f},{side[i]}", file=file)
    return ["p.csv", "--column", "close", "--window", 20, "--size", "32x32"]


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@case("--folders: ImageFolder of torchvision reads parts and classes; the rest lies beside them")
def _(folder):
    source = labelled(folder)
    for label, names in (("direction:5", {"-1": "-1", "0": "0", "1": "1"}),
                         ("side", {"up": "up", "down": "down", "a/b": "a%2Fb"})):
        job = [*source, "--label", label, "--split", "0.6,0.2,0.2"]
        render(folder, *job, "-o", "flat", "--format", "png", "--force")
        equal(image_folder(folder / "flat"), ([], []), "classes of a folder without --folders")
        for how in ("split", "label", "split/label"):
            done = run(folder, "render", *job, "-o", "f", "--format", "png", "--folders", how, "--force", "--json").need()
            rows, flat, outside = rows_of(folder / "f/labels.csv"), rows_of(folder / "flat/labels.csv"), 0
            used = sorted({names[row[label]] for row in rows if row[label]})
            parts = ["train", "val", "test"] if "split" in how else [""]
            expected = {part: [] for part in parts}
            for row, plain in zip(rows, flat):
                name = f"{int(row['index']):08d}.png"
                part = row["split"] if "split" in how else ""
                kind = names.get(row[label], "") if "label" in how else ""
                lost = part == "none" or ("label" in how and not row[label])
                place = name if lost else "/".join(filter(None, (part, kind, name)))
                equal(row, {**plain, "file": place}, "a row of labels.csv")
                check((folder / "f" / place).read_bytes() == (folder / "flat" / name).read_bytes(), place)
                outside += lost
                if "label" in how and not lost:
                    expected[part].append((str(folder / "f" / place), used.index(kind)))
            check(outside > 0, "a job with images outside")
            equal([row["file"] for row in rows_of(folder / "f/index.csv")], [row["file"] for row in rows], "index.csv")
            report = json.loads(done.out)
            equal((report["folders"], report["outside_images"]), (how, outside), "the report")
            contains(done.err, [f"f: {outside} images without a part or class lie beside"], "the log")
            for part in parts if "label" in how else []:
                found = image_folder(folder / "f" / part)
                equal((found[0], sorted(found[1])), (used, sorted(expected[part])), f"ImageFolder({part})")
            equal(info_hash(folder, "f"), info_hash(folder, "flat"), "hash")
            run(folder, "preview", "f", "-o", "s.png", "--force").need()


@case("--folders: every part has every class; a class without images is a warning")
def _(folder):
    source = labelled(folder)
    (folder / "w.csv").write_text("start,split,kind\n0,train,b\n1,train,a\n100,val,a\n30,train,B\n200,none,c\n")
    done = run(folder, "render", *source, "--windows", "w.csv", "-o", "f", "--format", "png", "--folders", "split/label").need()
    equal([sorted(os.listdir(folder / "f" / part)) for part in ("train", "val")], [["B", "a", "b", "c"]] * 2, "classes")
    check(not (folder / "f/test").exists(), "a part without images has no folder")
    contains(done.err, ["f: 4 folders of a class hold no image, the first is train/c: ImageFolder needs allow_empty=True"],
             "the log")
    check((folder / "f/00000004.png").is_file(), "the image of no part")


@case("--folders: refused without a split, without a label, for files; skip-existing compares it")
def _(folder):
    source = labelled(folder)
    made = ["--format", "png", "-o", "f"]
    for dry in [], ["--dry-run"]:
        job = ["render", *source, *made, "--quiet", *dry, "--folders"]
        refuses(folder, [*job, "split"], ["folders split: the images have no split"])
        refuses(folder, [*job, "split/label", "--split", "0.6,0.2,0.2"],
                ["folders split/label: the images have no label with classes"])
        refuses(folder, [*job, "label", "--label", "return:3"], ["no label with classes"])
    run(folder, "render", *source, *made, "--dry-run", "--folders", "label", "--label", "side").need()
    refuses(folder, ["render", *source, "-o", "a.h5", "--folders", "label", "--label", "side"],
            ["folders: applies to png and jpeg, not to hdf5"])
    check(not (folder / "f").exists(), "nothing is left")
    job = ["render", *source, *made, "--label", "side", "--skip-existing"]
    run(folder, *job, "--folders", "label").need()
    contains(run(folder, *job, "--folders", "label").need().err, ["up to date"], "the same job again")
    refuses(folder, job, ["f: was made with folders label, this job has none"])
    table = (folder / "f/index.csv").read_text()
    for wrong in ("../f/", "/", "x/"):
        (folder / "f/index.csv").write_text(table.replace("down/", wrong, 1))
        refuses(folder, ["info", "f"], ["f/index.csv: names the file", "which is not in the folder"])


main()
