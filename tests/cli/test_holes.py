"""HDF5 inputs with parts that are not there: an error that names the part, never the fill value."""
import json
import pathlib
import shutil

import h5py
import numpy as np

from harness import case, check, contains, equal, hash_of, main, refuses, run

CASES = pathlib.Path(__file__).resolve().parent.parent / "cases" / "holes"
JOB = ["--window", 10, "--size", "24x16"]
VALUES = np.random.default_rng(4).standard_normal(180).cumsum()


def refused(folder, path, words, dataset="x"):
    refuses(folder, ["render", path, "--dataset", dataset, *JOB, "--quiet", "-o", "o.h5"], words)


def parts(folder, names=("part0.h5", "part1.h5", "part2.h5")):
    """virt.h5 over three files of 60 values."""
    folder.mkdir(exist_ok=True)
    layout = h5py.VirtualLayout((180,), "<f8")
    for i, name in enumerate(names):
        with h5py.File(folder / name, "w") as file:
            file["x"] = VALUES[60 * i:60 * i + 60]
        layout[60 * i:60 * i + 60] = h5py.VirtualSource(name, "x", (60,))
    with h5py.File(folder / "virt.h5", "w") as file:
        file.create_virtual_dataset("x", layout)
    return folder / "virt.h5"


def expected(folder):
    np.save(folder / "plain.npy", VALUES)
    return hash_of(folder, "plain.npy", *JOB)


@case("a virtual data set is read if all its files are there, from any folder and by a link to it")
def _(folder):
    wanted = expected(folder)
    parts(folder / "sub")
    (folder / "link.h5").symlink_to("sub/virt.h5")
    for path in ("sub/virt.h5", folder / "sub/virt.h5", "link.h5"):
        equal(hash_of(folder, path, "--dataset", "x", *JOB), wanted, str(path))


@case("a file of a virtual data set is missing, damaged, too short, without the data set, or virtual itself and incomplete")
def _(folder):
    shutil.copytree(CASES, folder / "case")
    refused(folder, "case/virt.h5", ["case/virt.h5: a virtual data set, of whose files case/part1.h5 is missing"])
    parts(folder)
    (folder / "part1.h5").unlink()
    refused(folder, "virt.h5", ["virt.h5: a virtual data set, of whose files part1.h5 is missing"])
    (folder / "part1.h5").write_bytes(b"\x89HDF\r\n\x1a\nnothing")
    refused(folder, "virt.h5", ["of whose files part1.h5 cannot be read"])
    with h5py.File(folder / "part1.h5", "w") as file:
        file["y"] = VALUES[:60]
    refused(folder, "virt.h5", ["part1.h5 cannot be read: it has no data set x"])
    with h5py.File(folder / "part1.h5", "w") as file:
        file["x"] = VALUES[:50]
    refused(folder, "virt.h5", ["part1.h5 does not hold the expected number of values"])
    layout = h5py.VirtualLayout((60,), "<f8")
    layout[:] = h5py.VirtualSource("deeper.h5", "x", (60,))
    with h5py.File(folder / "part1.h5", "w") as file:
        file.create_virtual_dataset("x", layout)
    refused(folder, "virt.h5", ["part1.h5: a virtual data set, of whose files deeper.h5 is missing"])


@case("links to another file that is missing, or that lacks the data set; links to nothing")
def _(folder):
    with h5py.File(folder / "data.h5", "w") as file:
        file["close"] = VALUES
    with h5py.File(folder / "a.h5", "w") as file:
        file["good"] = h5py.ExternalLink("data.h5", "/close")
        file["gone"] = h5py.ExternalLink("nowhere.h5", "/close")
        file["other"] = h5py.ExternalLink("data.h5", "/open")
        file["soft"] = h5py.SoftLink("/missing")
        file["group/inner"] = h5py.ExternalLink("nowhere.h5", "/")
    equal(hash_of(folder, "a.h5", "--dataset", "good", *JOB), expected(folder), "through a link")
    refused(folder, "a.h5", ["a.h5: gone is a link to /close in nowhere.h5, which is missing"], "gone")
    refused(folder, "a.h5", ["a.h5: other is a link to /open in data.h5, which has no such object"], "other")
    refused(folder, "a.h5", ["a.h5: soft is a link to /missing, which is not in the file"], "soft")
    refused(folder, "a.h5", ["a.h5: group/inner is a link to / in nowhere.h5, which is missing"], "group/inner/close")
    refused(folder, "a.h5", ['no data set "nothing"'], "nothing")


@case("values in a file beside, which is missing or truncated")
def _(folder):
    VALUES.tofile(folder / "raw.bin")
    with h5py.File(folder / "a.h5", "w") as file:
        file.create_dataset("x", (180,), "<f8", external=[("raw.bin", 0, 1440)])
    equal(hash_of(folder, "a.h5", "--dataset", "x", *JOB), expected(folder), "values beside")
    (folder / "raw.bin").write_bytes(VALUES.tobytes()[:1000])
    refused(folder, "a.h5", ["of which raw.bin is truncated: it has 1000 bytes, expected 1440"])
    (folder / "raw.bin").unlink()
    refused(folder, "a.h5", ["of which raw.bin is missing"])


@case("chunks that were never written are the fill value, which is reported; a data set without any is refused")
def _(folder):
    with h5py.File(folder / "a.h5", "w") as file:
        some = file.create_dataset("x", (180,), "<f8", chunks=(20,), fillvalue=np.nan)
        some[:100] = VALUES[:100]
        file.create_dataset("none", (180,), "<f8", chunks=(20,))
        file.create_dataset("plain", (180,), "<f8")
    with np.errstate(invalid="ignore"):
        np.save(folder / "plain.npy", np.where(np.arange(180) < 100, VALUES, np.nan))
    result = run(folder, "render", "a.h5", "--dataset", "x", *JOB, "-o", "hash:").need()
    contains(result.err, ["a.h5: data set x: 4 of its 9 chunks were never written"], "the warning")
    equal(result.out.strip(), hash_of(folder, "plain.npy", *JOB), "the fill value")
    found = json.loads(run(folder, "render", "a.h5", "--dataset", "x", *JOB, "-o", "hash:", "--json").need().out)
    check('"unwritten_chunks": 4' in json.dumps(found["read"]), f"JSON: {found['read']}")
    for name in ("none", "plain"):
        refused(folder, "a.h5", [f"a.h5: data set {name} was never written: it has a shape, but no values"], name)


main()
