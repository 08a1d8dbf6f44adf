"""Names of outputs and inputs: spaces, UTF-8, folders, slashes, links."""
import os

import numpy as np

from harness import case, check, equal, hash_of, info_hash, listing, main, refuses, render, run

JOB = ["--window", 20, "--size", "30x20"]


def start(folder):
    np.save(folder / "a.npy", np.arange(50.0) % 7)
    return ["a.npy", *JOB]


@case("a missing parent folder is reported before rendering")
def _(folder):
    job = start(folder)
    for output in ("no/a.h5", "no/such/a.npy", "no/pngs"):
        png = ["--format", "png"] if output.endswith("pngs") else []
        refuses(folder, ["render", *job, "-o", output, *png], [output, "no such folder"])
    refuses(folder, ["render", *job, "-o", "a.npy/b.h5"], ["a.npy/b.h5"])
    refuses(folder, ["preview", "a.npy", "--window", "20", "-q", "-o", "no/s.png"], ["no/s.png: no such folder: no"])


@case("a slash at the end of a folder does not matter")
def _(folder):
    job = [*start(folder), "--format", "png"]
    render(folder, *job, "-o", "one")
    render(folder, *job, "-o", "two/")
    render(folder, *job, "-o", "three///")
    equal(sorted(os.listdir(folder)), ["a.npy", "one", "three", "two"], "names")
    equal(listing(folder / "one"), listing(folder / "two"), "contents")
    refuses(folder, ["render", *job, "-o", "one/"], ["one", "exists already"])
    equal(info_hash(folder, "two/"), info_hash(folder, "one"), "hash")


@case("names with spaces, quotes, UTF-8 and line ends")
def _(folder):
    start(folder)
    expected = hash_of(folder, "a.npy", *JOB)
    for name in ("with space", "Zürich-日本-🙂", "it's \"quoted\"", "100%s%n", "semi;colon&|", "a\nb", ".hidden"):
        (folder / f"{name}.npy").write_bytes((folder / "a.npy").read_bytes())
        for output, further in [(f"{name} out.h5", []), (f"{name} out.npy", []), (f"{name} out", ["--format", "png"])]:
            render(folder, f"{name}.npy", *JOB, "-o", output, *further)
            equal(info_hash(folder, output), expected, f"hash of {output!r}")
        run(folder, "preview", f"{name} out.h5", "-o", f"{name}.png").need()
    (folder / "Zürich.csv").write_text("Größe,naïve\n" + "".join(f"{i % 7},0\n" for i in range(50)))
    equal(hash_of(folder, "Zürich.csv", "--column", "Größe", *JOB), expected, "a column's UTF-8 name")


@case("messages name files as given")
def _(folder):
    (folder / "Zürich 日.csv").write_text("Größe\n1\nviel\n2\n")
    refuses(folder, ["render", "Zürich 日.csv", *JOB, "-o", "x.h5"],
            ["Zürich 日.csv, line 3, column 0 (Größe): found \"viel\""])
    refuses(folder, ["render", "./no such.csv", *JOB, "-o", "x.h5"], ["./no such.csv: no such file"])


@case("absolute, dotted and linked paths")
def _(folder):
    job = start(folder)
    expected = hash_of(folder, *job)
    (folder / "sub").mkdir()
    (folder / "link").symlink_to("sub")
    (folder / "input.npy").symlink_to("a.npy")
    for output in (str(folder / "sub" / "a.h5"), "./sub/../b.h5", "link/c.h5"):
        render(folder, "input.npy", *JOB, "-o", output)
        equal(info_hash(folder, output), expected, f"hash of {output}")
    check((folder / "sub" / "c.h5").is_file() and (folder / "b.h5").is_file(), "an output is in the wrong folder")
    refuses(folder, ["render", "input.npy", *JOB, "-o", "a.npy", "--force"], ["a.npy", "one of the inputs"])


@case("--force replaces what a link leads to; the link stays")
def _(folder):
    job = start(folder)
    (folder / "old.h5").write_text("old")
    (folder / "a.h5").symlink_to("old.h5")
    refuses(folder, ["render", *job, "-o", "a.h5"], ["a.h5: exists already"])
    render(folder, *job, "-o", "a.h5", "--force")
    check((folder / "a.h5").is_symlink() and not (folder / "old.h5").is_symlink(), "the link is gone")
    equal(info_hash(folder, "old.h5"), hash_of(folder, *job), "hash")


@case("a link to a file that does not exist yet counts as that file")
def _(folder):
    job = start(folder)
    (folder / "sub").mkdir()
    (folder / "log").symlink_to("nowhere.h5")
    (folder / "sub" / "log").symlink_to("../log")
    (folder / "whole").symlink_to(folder / "nowhere.h5")
    (folder / "ring").symlink_to("ring")
    (folder / "other").symlink_to("other.txt")
    before = sorted(os.listdir(folder))
    for log in ("log", "sub/log", "whole"):
        for option in ("--log-file", "--status"):
            refuses(folder, ["render", *job, "-o", "nowhere.h5", option, log], [f"{option} {log}: is also the output"])
    refuses(folder, ["render", *job, "-o", "nowhere.h5", "--log-file", "ring"], ["ring"])
    equal(sorted(os.listdir(folder)), before, "names")
    render(folder, *job, "-o", "nowhere.h5", "--log-file", "other")
    check((folder / "other.txt").is_file(), "the log at the target of the link")


@case("upper-case extensions")
def _(folder):
    start(folder)
    (folder / "A.NPY").write_bytes((folder / "a.npy").read_bytes())
    render(folder, "A.NPY", *JOB, "-o", "OUT.H5")
    equal(info_hash(folder, "OUT.H5"), hash_of(folder, "a.npy", *JOB), "hash")
    render(folder, "A.NPY", *JOB, "-o", "OUT.NPY", "--force")
    check(np.load(folder / "OUT.NPY").shape == (31, 20, 30), "shape")


@case("an output has the permissions of any new file and leaves no other file")
def _(folder):
    job = start(folder)
    old = os.umask(0o027)
    try:
        render(folder, *job, "-o", "a.h5")
        render(folder, *job, "-o", "b.npy")
        render(folder, *job, "-o", "pngs", "--format", "png")
    finally:
        os.umask(old)
    for name, mode in (("a.h5", 0o640), ("b.npy", 0o640), ("pngs", 0o750), ("pngs/00000000.png", 0o640)):
        equal(oct((folder / name).stat().st_mode & 0o777), oct(mode), f"permissions of {name}")
    equal(sorted(os.listdir(folder)), ["a.h5", "a.npy", "b.npy", "pngs"], "names")


main()
