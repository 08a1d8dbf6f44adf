"""--skip-existing: a finished output is kept, one of another job is refused by name."""
import json

import numpy as np

from harness import case, contains, equal, hash_of, info_hash, listing, main, refuses, render, run, unchanged

WINDOW, IMAGES = 20, 31
OPTIONS = ["--window", WINDOW, "--size", "40x30"]
SERIES = np.random.default_rng(4).standard_normal(WINDOW + IMAGES - 1).cumsum()
OUTPUTS = [["a.h5"], ["a.npy"], ["a.dat"], ["a.tar"], ["pngs", "--format", "png"], ["jpegs", "--format", "jpeg"],
           ["a_images.dat", "--format", "jkx"]]


def write(path, values):
    path.write_text("time,close\n" + "".join(f"{i},{value!r}\n" for i, value in enumerate(values.tolist())))


def start(folder):
    write(folder / "in.csv", SERIES)
    return ["in.csv", "--column", "close", *OPTIONS, "--skip-existing"]


for output in OUTPUTS:
    @case(f"a second run keeps a finished output: {' '.join(output)}")
    def _(folder, output=output):
        job = start(folder)
        render(folder, *job, "-o", *output)
        before = listing(folder)
        found = render(folder, *job, "-o", *output)
        equal(found.err, f"{output[0]}: up to date: {IMAGES} images, nothing to do\n", "stderr")
        equal(found.out, "", "stdout")
        unchanged(before, folder, "a second run")
        found = json.loads(render(folder, *job, "-o", *output, "--json").out)
        equal(found, {"skipped": True, "images": IMAGES, "output": output[0]}, "--json")


@case("jkx without its label table is not complete")
def _(folder):
    job = [*start(folder), "-o", "a_images.dat", "--format", "jkx"]
    render(folder, *job)
    (folder / "a_labels.csv").unlink()
    refuses(folder, ["render", *job], ["a_images.dat: its label table a_labels.csv is missing"])


for output in "a.h5", "a.npy", "a.npz", "a.dat", "a.tar":
    @case(f"several finished files are kept; none may be missing or of another job: {output}")
    def _(folder, output=output):
        job = [*start(folder), "--images-per-file", 10, "-o", output]
        render(folder, *job)
        before = listing(folder)
        contains(render(folder, *job).err, [f"{output}: up to date", f": {IMAGES} images"], "a second run")
        unchanged(before, folder, "a second run")
        refuses(folder, ["render", *job, "--stride", 2], ["stride 1, this job has 2"])
        if output == "a.h5":
            return
        refuses(folder, ["render", *job, "--images-per-file", 7], ["holds 10 images, expected 7"])
        for path in folder.glob("a-00002*"):
            path.unlink()
        refuses(folder, ["render", *job], ["a-00002", "no such file"])


@case("another JPEG quality is refused; how images are stored is not compared")
def _(folder):
    job = start(folder)
    render(folder, *job, "-o", "jpegs", "--format", "jpeg", "--quality", 50)
    render(folder, *job, "-o", "jpegs", "--format", "jpeg", "--quality", 50)
    refuses(folder, ["render", *job, "-o", "jpegs", "--format", "jpeg"], ["quality 50, this job has 90"])
    render(folder, *job, "-o", "a.h5")
    contains(render(folder, *job, "-o", "a.h5", "--compress", "none").err, ["up to date"], "--compress")


for output in "a.h5", "a.npz":
    @case(f"a shard checks only its own files: {output}")
    def _(folder, output=output):
        job = [*start(folder), "--images-per-file", 5, "-o", output]
        for number in (2, 1, 3):
            render(folder, *job, "--shard", f"{number}/3")
        before = listing(folder)
        for number, images in ((1, 15), (2, 10), (3, 6)):
            contains(render(folder, *job, "--shard", f"{number}/3").err,
                     [f"{output}: this share is up to date", f": {images} images"], f"share {number}")
        unchanged(before, folder, "a second run")


@case("inputs are compared by contents, not by name")
def _(folder):
    render(folder, *start(folder), "-o", "a.h5")
    (folder / "in.csv").rename(folder / "other.csv")
    render(folder, "other.csv", "--column", "close", *OPTIONS, "--skip-existing", "-o", "a.h5")
    # A limit above the number of images changes nothing.
    render(folder, "other.csv", "--column", "close", *OPTIONS, "--skip-existing", "-o", "a.h5", "--limit", 1000)


@case("another option is refused by name")
def _(folder):
    job = start(folder)
    render(folder, *job, "-o", "a.h5")
    for further, words in [
            (["--window", 21], "window 20, this job has 21"), (["--stride", 2], "stride 1, this job has 2"),
            (["--size", "41x30"], "size 40x30, this job has 41x30"),
            (["--line-width", 2], "line-width 3, this job has 2"),
            (["--antialias"], "antialias false, this job has true"),
            (["--range", "0:1"], "range minmax, this job has 0:1"),
            (["--missing", "bridge"], "missing gap, this job has bridge"),
            (["--column", 1], "column close, this job has 1"),
            (["--dtype", "f16"], "dtype u8, this job has f16"),
            (["--layout", "NCHW", "--channels", 3], "layout NHW, this job has NCHW"),
            (["--limit", 7], f"holds {IMAGES} images, expected 7")]:
        kept = [job[0], *job[3:]] if further[0] == "--column" else job  # which is given once
        refuses(folder, ["render", *kept, "-o", "a.h5", *further], ["a.h5: ", words])
    render(folder, *job, "-o", "pngs", "--format", "png")
    refuses(folder, ["render", *job, "-o", "pngs", "--format", "jpeg"],
            ["pngs: was made with format png, this job has jpeg"])


@case("another input is refused by name")
def _(folder):
    job = start(folder)
    render(folder, *job, "-o", "a.h5")
    changed = SERIES.copy()
    changed[5] = -changed[5] if changed[5] > 0 else abs(changed[5])
    write(folder / "longer.csv", np.append(SERIES, 1.0))
    text = (folder / "in.csv").read_text()
    (folder / "same-size.csv").write_text(text.replace("4,", "5,", 1))
    equal(len((folder / "same-size.csv").read_text()), len(text), "the size of the changed file")
    further = ["--column", "close", *OPTIONS, "--skip-existing", "-o", "a.h5"]
    refuses(folder, ["render", "longer.csv", *further], ["a.h5: was made from in.csv of", "this job has longer.csv of"])
    refuses(folder, ["render", "same-size.csv", *further],
            ["a.h5: was made from in.csv, this job has same-size.csv with other contents"])
    refuses(folder, ["render", "in.csv", "longer.csv", *further],
            ["a.h5: was made from an input of 1 file, this job's has 2"])
    refuses(folder, ["render", "none.csv", *further], ["none.csv: no such file"])


@case("an output that does not record its input is refused")
def _(folder):
    job = start(folder)
    render(folder, *job[:-1], "-o", "a.npy")
    refuses(folder, ["render", *job, "-o", "a.npy"], ["a.npy: does not record the input it was made from"])
    (folder / "b.h5").write_text("no data set")
    refuses(folder, ["render", *job, "-o", "b.h5"], ["b.h5"])
    whole = render(folder, *job, "-o", "c.h5") and (folder / "c.h5").read_bytes()
    (folder / "c.h5").write_bytes(whole[:len(whole) // 2])
    refuses(folder, ["render", *job, "-o", "c.h5"], ["c.h5: "])


@case("--skip-existing is refused with --force and for outputs that store nothing")
def _(folder):
    job = start(folder)
    refuses(folder, ["render", *job, "--force", "-o", "a.h5"], ["skip-existing", "force"])
    for output in ["null:", "hash:", "-"]:
        refuses(folder, ["render", *job, "-o", output], [f"skip-existing: applies only to files and folders, not to output"])


@case("without an existing output, --skip-existing does not change the images")
def _(folder):
    job = start(folder)
    render(folder, *job, "-o", "a.h5")
    equal(info_hash(folder, "a.h5"), hash_of(folder, *job[:-1]), "hash")
    found = json.loads(run(folder, "info", "a.h5", "--json").need().out)
    equal((found["input"]["samples"], found["input"]["column"]), (len(SERIES), "close"), "input")
    equal([file["name"] for file in found["input"]["list"]], ["in.csv"], "the files")
    contains(run(folder, "info", "a.h5").need().out, ['input       1 file, ', ': in.csv; column close'], "info")


main()
