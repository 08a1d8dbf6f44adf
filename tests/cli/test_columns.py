"""What is stored beside images: times, groups, labels and split, in each format, read by other software."""
import csv
import ctypes
import datetime
import json
import math
import tarfile

import h5py
import numpy as np

from harness import COMMAND, case, check, equal, main, refuses, render, run

LIBRARY = COMMAND.parent.parent / "src"
ROWS, WINDOW, MISSING = 300, 20, -2**63
JOB = ["p.csv", "--column", "close", "--window", WINDOW, "--size", "32x32", "--label", "direction:5,return:5", "--split",
       "0.7,0.15,0.15"]
COLUMNS = ["timestamps", "split", "labels/direction:5", "labels/return:5", "window_start", "y_range"]
PARTS = ["train", "val", "test"]


def start(folder):
    with open(folder / "p.csv", "w") as file:
        print("time,close", file=file)
        for i in range(ROWS):
            time = datetime.datetime(2024, 1, 1) + datetime.timedelta(hours=i)
            print(f"{time},{100 + math.sin(i / 7) * 5 + i * .01:.3f}", file=file)


def values(folder, name="a.h5"):
    with h5py.File(folder / name) as file:
        return {c: file[c][...] for c in COLUMNS + ["images"]}


def same(found, expected, where):
    for c in COLUMNS:
        a, b = found[c], expected[c]
        check(a.dtype == b.dtype and np.array_equal(a, b, equal_nan=b.dtype.kind == "f"), f"{where}: {c}")


@case("HDF5: columns, and /train, /val, /test as the images of each part")
def _(folder):
    start(folder)
    render(folder, *JOB, "-o", "a.h5")
    price = np.loadtxt(folder / "p.csv", delimiter=",", skiprows=1, usecols=1)
    found = values(folder)
    last = found["window_start"] + WINDOW - 1
    future = last + 5 < ROWS
    expected = np.full(len(last), np.nan)
    expected[future] = price[last[future] + 5] / price[last[future]] - 1
    check(np.array_equal(found["labels/return:5"], expected, equal_nan=True), "returns")
    hours = found["timestamps"] // 3_600_000_000_000
    check((hours[:, 1] - hours[:, 0] == WINDOW - 1).all(), "times")
    with h5py.File(folder / "a.h5") as file:
        for k, part in enumerate(PARTS):
            for name in COLUMNS + ["images"]:
                if name != "split":
                    a, b = file[f"{part}/{name}"][...], file[name][...][found["split"] == k]
                    check(np.array_equal(a, b, equal_nan=b.dtype.kind == "f"), f"{part}/{name}")
        pixels = file["train/images"][...] / 255
        attributes = file["images"].attrs
        check(np.isclose(attributes["train_mean"][0], pixels.mean(), rtol=1e-12), "mean")
        check(np.isclose(attributes["train_std"][0], pixels.std(), rtol=1e-9), "std")
        train = json.loads(attributes["train"])
        signs = found["labels/direction:5"][found["split"] == 0]
        equal(train["classes"]["direction:5"], {str(v): int((signs == v).sum()) for v in sorted(set(signs))}, "classes")


@case("HDF5 in several files: resumed and joined they hold what one file does")
def _(folder):
    start(folder)
    render(folder, *JOB, "-o", "a.h5")
    several = [*JOB, "-o", "s.h5", "--images-per-file", 64]
    render(folder, *several)
    (folder / "s.h5").unlink()
    (folder / "s-00001.h5").unlink()
    render(folder, *several, "--resume")
    same(values(folder, "s.h5"), values(folder), "resumed")
    (folder / "s.h5").unlink()
    run(folder, "link", "s.h5").need()
    same(values(folder, "s.h5"), values(folder), "linked")
    with h5py.File(folder / "a.h5") as a, h5py.File(folder / "s.h5") as s:
        equal(s["images"].attrs["train"], a["images"].attrs["train"], "train")
        for part in PARTS:
            check(np.array_equal(a[f"{part}/images"][...], s[f"{part}/images"][...]), part)


@case("parts of too many runs have no data sets of their own, and both render and link say so")
def _(folder):
    runs, window = 4097, 4
    np.save(folder / "x.npy", np.sin(np.arange(window * (runs + 1.))))
    said = f"the parts of the split are {runs} runs of images, more than 4096: no /train/images and so on"
    for count in runs, runs - 1:
        with open(folder / "w.csv", "w") as file:
            file.write("start,split\n" + "".join(f"{window * i},{('test', 'train')[i % 2]}\n" for i in range(count)))
        job = ["x.npy", "--window", window, "--size", "8x8", "--windows", "w.csv", "-o", "s.h5", "--force"]
        rendered = render(folder, *job, "--images-per-file", 3000).err
        (folder / "s.h5").unlink()
        linked = run(folder, "link", "s.h5").need().err
        for lines in rendered, linked:
            equal(said in lines, count == runs, f"{count} runs: {lines}")
        with h5py.File(folder / "s.h5") as file:
            equal("train" in file, count != runs, f"{count} runs: /train")
            if "train" in file:
                check(np.array_equal(file["train/window_start"][...], file["window_start"][1::2]), "/train/window_start")


@case("a changed label is damage that resume repairs")
def _(folder):
    start(folder)
    several = [*JOB, "-o", "s.h5", "--images-per-file", 64]
    render(folder, *several)
    before = values(folder, "s.h5")
    with h5py.File(folder / "s-00002.h5", "r+") as file:
        file["labels/return:5"][3] = 7
    render(folder, *several, "--resume")
    same(values(folder, "s.h5"), before, "repaired")


@case("npz, npy, tar and png hold the same values")
def _(folder):
    start(folder)
    for output in ["-o", "a.h5"], ["-o", "a.npz"], ["-o", "a.npy"], ["-o", "a.tar"], ["-o", "f", "--format", "png"]:
        if output[1] == "a.npy":
            (folder / "a.npz").rename(folder / "b.npz")
        render(folder, *JOB, *output)
    expected = values(folder)
    for name in "b.npz", "a.labels.npz":
        with np.load(folder / name, allow_pickle=False) as file:
            same(file, expected, name)
    direction, split = expected["labels/direction:5"], expected["split"]
    names = [PARTS[s] if s < 3 else "none" for s in split]
    with open(folder / "f/labels.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    equal([r["split"] for r in rows], names, "split in labels.csv")
    equal([r["direction:5"] for r in rows], ["" if d == MISSING else str(d) for d in direction], "labels in labels.csv")
    times = np.array([r["first_time"].rstrip("Z") for r in rows], "datetime64[ns]").astype(np.int64)
    check(np.array_equal(times, expected["timestamps"][:, 0]), "times in labels.csv")
    with tarfile.open(folder / "a.tar") as tar:
        read = {m.name: tar.extractfile(m).read() for m in tar}
    samples = [json.loads(read[n]) for n in sorted(read) if n.endswith(".json")]
    equal([s["split"] for s in samples], names, "split in the tar")
    equal([s["labels"]["direction:5"] for s in samples], [None if d == MISSING else d for d in direction], "labels")
    classes = sorted(set(direction) - {MISSING})
    found = [int(read[n]) for n in sorted(read) if n.endswith(".cls")]
    equal(found, [-1 if d == MISSING else classes.index(d) for d in direction], ".cls")


def shown(folder, name, index):
    return json.loads(run(folder, "info", name, "--index", index).need().out)


FORMATS = {"tar": ["-o", "t.tar"], "npz": ["-o", "a.npz"], "npy": ["-o", "b.npy"], "raw": ["-o", "c.dat", "--format", "raw"],
           "png": ["-o", "f", "--format", "png"], "jkx": ["-o", "k_images.dat", "--format", "jkx"]}


@case("info prints the same counts and the same values for every format")
def _(folder):
    start(folder)
    render(folder, *JOB, "-o", "a.h5")
    counts = json.loads(run(folder, "info", "a.h5", "--json").need().out)["counts"]
    for name, output in FORMATS.items():
        render(folder, *JOB, *output)
        equal(json.loads(run(folder, "info", output[1], "--json").need().out)["counts"], counts, f"{name}: counts")
        for index in 0, 100, 7, 280:
            expected = shown(folder, "a.h5", index)
            if name == "jkx":
                expected["timestamps"][0] = None  # its table has one time: the last one
            equal(shown(folder, output[1], index), expected, f"{name}: image {index}")


@case("groups, rows and classes come back as they were, whatever their texts")
def _(folder):
    names = ["a,b", 'say "x"', "", "7", "a"]
    with open(folder / "g.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["time", "sym", "close", "kind"])
        for i in range(120):
            time = datetime.datetime(2024, 1, 1) + datetime.timedelta(minutes=i // 2, microseconds=i)
            table.writerow([time, ["x,y", "z"][i % 2], round(math.sin(i / 7), 3), names[i // 30 % 5]])
    job = ["g.csv", "--column", "close", "--window", 8, "--size", "16x16", "--group-by", "sym", "--label", "kind"]
    render(folder, *job, "-o", "a.h5")
    with h5py.File(folder / "a.h5") as file:
        images = len(file["images"])
        check("row" in file and "group" in file and "labels/kind" in file, f"columns: {list(file)}")
    counts = json.loads(run(folder, "info", "a.h5", "--json").need().out)["counts"]
    for name, output in FORMATS.items():
        render(folder, *job, *output)
        equal(json.loads(run(folder, "info", output[1], "--json").need().out)["counts"], counts, f"{name}: counts")
        for index in range(0, images, 9):
            expected = shown(folder, "a.h5", index)
            if name == "jkx":
                expected["timestamps"][0] = None
                del expected["row"]
            equal(shown(folder, output[1], index), expected, f"{name}: image {index}")


@case("an npy file and its labels are one output")
def _(folder):
    start(folder)
    render(folder, *JOB, "-o", "a.npy")
    files = {n: (folder / n).read_bytes() for n in ("a.npy", "a.npy.json", "a.labels.npz")}
    equal(sorted(p.name for p in folder.iterdir()), sorted([*files, "p.csv"]), "files")
    render(folder, *JOB, "-o", "a.npy", "--skip-existing")
    (folder / "a.npy").unlink()
    (folder / "a.npy.json").unlink()
    refuses(folder, ["render", *JOB, "-o", "a.npy", "--quiet"], ["a.labels.npz", "exists"])
    equal(sorted(p.name for p in folder.iterdir()), ["a.labels.npz", "p.csv"], "files after the refusal")
    render(folder, *JOB, "-o", "a.npy", "--force")
    equal({n: (folder / n).read_bytes() for n in files}, files, "files after force")
    (folder / "a.labels.npz").unlink()
    refuses(folder, ["info", "a.npy"], ["a.npy: its file of labels a.labels.npz is missing"])
    refuses(folder, ["render", *JOB, "-o", "a.npy", "--skip-existing"], ["a.labels.npz is missing"])
    render(folder, *JOB, "-o", "a.npy", "--force")
    np.save(folder / "series.npy", np.arange(100.))
    render(folder, "series.npy", "--window", WINDOW, "--size", "32x32", "-o", "a.npy", "--force")
    equal(sorted(p.name for p in folder.iterdir()), ["a.npy", "p.csv", "series.npy"], "an array without columns has no labels")


@case("the library reads columns by any list of indices")
def _(folder):
    start(folder)
    outputs = [["-o", "a.h5"], *FORMATS.values()]
    for output in outputs:
        render(folder, *JOB, *output)
    expected = values(folder)
    library = ctypes.CDLL(str(LIBRARY / "libplotmill.so"))
    library.plotmill_create.restype = ctypes.c_void_p
    library.plotmill_message.restype = ctypes.c_char_p
    pm, reader, size = ctypes.c_void_p(library.plotmill_create()), ctypes.c_void_p(), ctypes.c_size_t
    picked = np.array([280, 3, 3, 0, 17, 4], np.uint64)
    pointer = picked.ctypes.data_as(ctypes.c_void_p)
    for output in outputs:
        equal(library.plotmill_reader_open(pm, str(folder / output[1]).encode(), ctypes.byref(reader)), 0, output[1])
        for name in COLUMNS[1:4] if "jkx" in output else COLUMNS[:4]:
            out = np.empty((len(picked), *expected[name].shape[1:]), expected[name].dtype)
            status = library.plotmill_reader_column(reader, name.encode(), pointer, ctypes.c_uint64(len(picked)),
                                                    out.ctypes.data_as(ctypes.c_void_p), size(out.nbytes))
            equal(status, 0, f"{output[1]}: {name}: {library.plotmill_message(pm)}")
            check(np.array_equal(out, expected[name][picked.astype(int)], equal_nan=out.dtype.kind == "f"),
                  f"{output[1]}: {name}")
        out = np.empty(6, np.uint8)
        target, count = out.ctypes.data_as(ctypes.c_void_p), ctypes.c_uint64(6)
        for arguments, message in (((b"colour", pointer, count, target, size(6)), b'no column "colour"'),
                                   ((b"split", pointer, count, target, size(48)), b"expected 1 for each of 6 images"),
                                   ((b"split", None, count, target, size(6)), b"indices is NULL"),
                                   ((b"split", pointer, count, None, size(6)), b"out is NULL")):
            check(library.plotmill_reader_column(reader, *arguments) != 0, f"{arguments[0]} is refused")
            check(message in library.plotmill_message(pm), f"{message}: {library.plotmill_message(pm)}")
        library.plotmill_reader_destroy(reader)
    library.plotmill_destroy(pm)


@case("info counts images per part and class, and shows an image")
def _(folder):
    start(folder)
    render(folder, *JOB, "-o", "a.h5")
    expected = values(folder)
    counts = json.loads(run(folder, "info", "a.h5", "--json").need().out)["counts"]
    equal(counts["split"], {p: int((expected["split"] == k).sum()) for p, k in zip([*PARTS, "none"], [0, 1, 2, 255])},
          "parts")
    image = json.loads(run(folder, "info", "a.h5", "--index", 7).need().out)
    equal(image["window_start"], int(expected["window_start"][7]), "window_start")
    equal(image["timestamps"], ["2024-01-01T07:00:00Z", "2024-01-02T02:00:00Z"], "times")
    equal(image["labels/return:5"], expected["labels/return:5"][7], "label")


main()
