"""One data set in several files: the virtual data set over them, shards of a job, and --resume."""
import json
import os
import shutil

import h5py
import numpy as np

from harness import DATA, Skip, case, check, contains, equal, hash_of, info_hash, listing, main, refuses, render, run
from harness import unchanged

IMAGES, EACH = 131, 12
FILES = [f"images-{number:05d}.h5" for number in range(11)]
CHART = [DATA / "ecg.npy", "--window", 100, "--size", "61x40", "--limit", IMAGES]
JOB = [*CHART, "-o", "images.h5", "--images-per-file", EACH]
STORED = [[], ["--compress", "none"], ["--chunk-images", 4], ["--compress", "none", "--chunk-images", 4],
          ["--dtype", "f32"], ["--dtype", "bits"], ["--layout", "NCHW", "--channels", 3, "--chunk-images", 2],
          ["--dtype", "f16", "--layout", "NHWC", "--channels", 3]]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def same_virtual(folder, path, whole):
    """h5py reads the same from the virtual data set as from a single file."""
    with h5py.File(folder / path) as virtual, h5py.File(folder / whole) as single:
        equal(sorted(virtual), sorted(single), "datasets")
        for name in single:
            check(np.array_equal(virtual[name][:], single[name][:], equal_nan=name == "y_range"), f"/{name} of {path}")
            equal(virtual[name].dtype, single[name].dtype, f"type of /{name}")
        equal(dict(virtual["images"].attrs), dict(single["images"].attrs), "attributes")
        check(virtual["images"].is_virtual, "the virtual file holds images itself")


for how in STORED:
    @case(f"several files read as one: {' '.join(map(str, how)) or 'by default'}")
    def _(folder, how=how):
        render(folder, *CHART, *how, "-o", "whole.h5")
        expected = info_hash(folder, "whole.h5")
        parts = folder / "parts"
        parts.mkdir()
        render(parts, *JOB, *how)
        equal(names(parts), [*FILES, "images.h5"], "files")
        parts.rename(folder / "moved")  # read from another folder, after a move
        same_virtual(folder, "moved/images.h5", "whole.h5")
        equal(info_hash(folder, "moved/images.h5"), expected, "hash of the virtual data set")
        render(folder, *CHART, *how, "-o", "again.h5", "--images-per-file", EACH, "--resume")
        equal(info_hash(folder, "again.h5"), expected, "--resume with nothing there")
        before = listing(folder)
        result = render(folder, *CHART, *how, "-o", "again.h5", "--images-per-file", EACH, "--resume")
        contains(result.err, ["again.h5: all 11 files are complete, nothing is left to do"], "--resume of all")
        unchanged(before, folder, "--resume with everything there")


@case("info and preview read a virtual data set like any other")
def _(folder):
    render(folder, *JOB)
    contains(run(folder, "info", "images.h5").need().out, [f"images      {IMAGES}", "size        61x40"], "info")
    run(folder, "preview", "images.h5", "-o", "sheet.png").need()
    render(folder, *CHART, "-o", "whole.h5")
    run(folder, "preview", "whole.h5", "-o", "other.png").need()
    equal((folder / "sheet.png").read_bytes(), (folder / "other.png").read_bytes(), "sheets")


@case("a virtual data set is read with few files open at a time, and refused if one of its files is missing or damaged")
def _(folder):
    import resource
    render(folder, *CHART, "-o", "images.h5", "--images-per-file", 1)
    render(folder, *CHART, "-o", "whole.h5")
    few = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))}
    contains(run(folder, "info", "images.h5", "--hash", **few).need().out, [info_hash(folder, "whole.h5")], "the hash")
    (folder / FILES[5]).rename(folder / "kept")
    refuses(folder, ["info", "images.h5"], ["images.h5: a virtual data set, of whose files images-00005.h5 is missing"])
    (folder / FILES[5]).write_bytes((folder / "kept").read_bytes()[:3000])
    refuses(folder, ["info", "images.h5"], ["images-00005.h5 cannot be read (damaged?)"])
    refuses(folder, ["preview", "images.h5", "-o", "sheet.png"], ["images-00005.h5 cannot be read"])


@case("names that HDF5 reads as patterns are taken literally")
def _(folder):
    render(folder, *CHART, "-o", "a%b%%.h5", "--images-per-file", 50)
    render(folder, *CHART, "-o", "whole.h5")
    same_virtual(folder, "a%b%%.h5", "whole.h5")


@case("three shards and link give the same files as one process, byte by byte")
def _(folder):
    whole, shared = folder / "whole", folder / "shared"
    whole.mkdir()
    shared.mkdir()
    render(whole, *JOB)
    for number, files in ((2, FILES[4:8]), (3, FILES[8:]), (1, FILES[:4])):
        before = set(names(shared))
        render(shared, *JOB, "--shard", f"{number}/3")
        equal(sorted(set(names(shared)) - before), files, f"files of shard {number}")
    result = run(shared, "link", "images.h5").need()
    equal(result.lines(), [f"{IMAGES} images of 11 files, joined in images.h5"], "link")
    equal(listing(shared), listing(whole), "files")
    equal(info_hash(shared, "images.h5"), info_hash(whole, "images.h5"), "hash")
    refuses(shared, ["link", "images.h5"], ["images.h5: exists already"])
    run(shared, "link", "images.h5", "--force").need()
    equal(listing(shared), listing(whole), "files after --force")


@case("three shards and link, --device all and one process give the same files")
def _(folder):
    env = {"POCL_DEVICES": "pthread basic"}
    if len(json.loads(run("/", "devices", "--json", env=env).need().out)["devices"]) < 2:
        raise Skip("pocl: no two devices from it")
    places = [folder / name for name in ("one", "all", "shared")]
    for place in places:
        place.mkdir()
    render(places[0], *JOB)
    # "all" leaves out duplicates of one chip, so both devices are named.
    render(places[1], *JOB, "--device", "0,1", "--batch", 5, env=env)
    for number in (3, 1, 2):
        render(places[2], *JOB, "--shard", f"{number}/3", "--device", number % 2, "--batch", number, env=env)
    run(places[2], "link", "images.h5").need()
    equal([listing(place) for place in places[1:]], [listing(places[0])] * 2, "files")
    equal(hash_of(folder, *CHART, "--device", "all", env=env), info_hash(places[2], "images.h5"), "hash with all")


@case("more shards than files: the remaining shards have nothing to do")
def _(folder):
    job = [*CHART, "-o", "images.h5", "--images-per-file", 70]
    for number in range(1, 6):
        result = render(folder, *job, "--shard", f"{number}/5", "--verbose")
        if number > 2:
            contains(result.err, [f"images.h5: has 2 files: none for shard {number}/5", "this share has no files"],
                     "a shard without a file")
            check("there already" not in result.err and "Processed" not in result.err, "images of an empty shard")
        else:
            contains(result.err, [f"is 1 of 2 files, from images-0000{number - 1}.h5 on", "plotmill link images.h5"],
                     "a shard")
    equal(names(folder), ["images-00000.h5", "images-00001.h5"], "files")
    run(folder, "link", "images.h5").need()
    equal(info_hash(folder, "images.h5"), info_hash_of_whole(folder), "hash")


def info_hash_of_whole(folder):
    render(folder, *CHART, "-o", "whole.h5")
    return info_hash(folder, "whole.h5")


@case("shards of npy, dat and tar files equal the files of one process")
def _(folder):
    for output in ("a.npy", "a.dat", "a.tar"):
        whole, shared = folder / f"whole-{output}", folder / f"shared-{output}"
        whole.mkdir()
        shared.mkdir()
        job = [*CHART, "-o", output, "--images-per-file", EACH]
        render(whole, *job)
        for number in (1, 2):
            render(shared, *job, "--shard", f"{number}/2")
        equal(listing(shared), listing(whole), f"files of {output}")
        refuses(shared, ["link", output], [f"{output}: only HDF5 files that plotmill wrote can be linked", "is not an HDF5 file"])


@case("link detects the format by contents, not by extension")
def _(folder):
    render(folder, *CHART, "-o", "u.bin", "--format", "hdf5", "--images-per-file", EACH, "--shard", "1/1")
    run(folder, "link", "u.bin").need()
    equal(info_hash(folder, "u.bin"), info_hash_of_whole(folder), "hash")


@case("link names the files that are missing, damaged or of another job")
def _(folder):
    refuses(folder, ["link", "images.h5"], ["images.h5: none of its files is there, expected images-00000.h5"])
    render(folder, *JOB, "--shard", "2/3")
    refuses(folder, ["link", "images.h5"], ["images.h5: 7 of 11 files are missing: 00000 to 00003, 00008 to 00010"])
    render(folder, *JOB, "--resume")
    (folder / "images.h5").unlink()
    shutil.copy(folder / FILES[3], folder / "kept")
    (folder / FILES[3]).unlink()
    refuses(folder, ["link", "images.h5"], ["images.h5: 1 of 11 files is missing: 00003"])
    shutil.copy(folder / FILES[4], folder / FILES[3])
    refuses(folder, ["link", "images.h5"], [f"{FILES[3]}: starts with image 48, expected 36"])
    render(folder, *CHART, "--images-per-file", EACH, "--line-width", 5, "-o", "thick.h5")
    shutil.copy(folder / "thick-00003.h5", folder / FILES[3])
    refuses(folder, ["link", "images.h5"], [f"{FILES[3]}: was made with line-width 5, this job has 3"])
    data = bytearray((folder / "kept").read_bytes())
    with h5py.File(folder / "kept") as file:
        at = file["images"].id.get_chunk_info(5).byte_offset
    data[at + 20] ^= 1
    (folder / FILES[3]).write_bytes(data)
    refuses(folder, ["link", "images.h5"], [f"{FILES[3]}: is damaged (its contents have the hash"])
    shutil.copy(folder / "kept", folder / FILES[3])
    shutil.copy(folder / "kept", folder / "images-00011.h5")
    refuses(folder, ["link", "images.h5"], ["images-00011.h5: exists, but this data set has 11 files"])
    (folder / "images-00011.h5").unlink()
    run(folder, "link", "images.h5").need()
    render(folder, *CHART, "-o", "alone-00000.h5")
    refuses(folder, ["link", "alone.h5"], ["alone-00000.h5: is not one of several files"])


def damage(path, where):
    """Flips one bit of the dataset `where`."""
    with h5py.File(path) as file:
        at = file[where].id.get_chunk_info(0).byte_offset
    data = bytearray(path.read_bytes())
    data[at + 3] ^= 16
    path.write_bytes(data)


@case("--resume renders missing and damaged files again, and no others")
def _(folder):
    for how in STORED[:4]:
        parts = folder / f"parts{STORED.index(how)}"
        parts.mkdir()
        render(parts, *JOB, *how)
        expected = listing(parts)
        (parts / "images.h5").unlink()
        (parts / FILES[0]).unlink()
        os.truncate(parts / FILES[2], 3000)  # what a power cut may leave
        os.truncate(parts / FILES[3], 0)
        (parts / FILES[5]).write_bytes(bytes((parts / FILES[5]).stat().st_size))
        for number, where in ((6, "images"), (7, "window_start"), (9, "y_range")):
            damage(parts / FILES[number], where)
        kept = {name: (parts / name).stat() for name in (FILES[1], FILES[4], FILES[8], FILES[10])}
        result = render(parts, *JOB, *how, "--resume")
        contains(result.err, ["images.h5: 4 of 11 files are complete and kept",
                              *(f"plotmill: warning: {FILES[number]}: is damaged (" for number in (2, 3, 5, 6, 7, 9)),
                              "besides 47 that existed already"], "--resume")
        equal(listing(parts), expected, f"files {how}")
        for name, stat in kept.items():
            equal((parts / name).stat().st_mtime_ns, stat.st_mtime_ns, f"the time of {name}")


@case("--resume renders files again whose datasets do not match their images")
def _(folder):
    render(folder, *JOB)
    expected = listing(folder)
    with h5py.File(folder / FILES[2], "r+") as file:
        del file["y_range"]
        file["y_range"] = np.zeros((EACH, 3))
    with h5py.File(folder / FILES[5], "r+") as file:
        del file["window_start"]
    result = render(folder, *JOB, "--resume")
    contains(result.err, [f"{FILES[number]}: is damaged (its images cannot all be read)" for number in (2, 5)], "--resume")
    equal(listing(folder), expected, "files")


@case("--resume finds damage among stored samples too")
def _(folder):
    render(folder, *JOB, "--store-sequences")
    expected = listing(folder)
    damage(folder / FILES[4], "sequences")
    result = render(folder, *JOB, "--store-sequences", "--resume")
    contains(result.err, [f"plotmill: warning: {FILES[4]}: is damaged ("], "--resume")
    equal(listing(folder), expected, "files")


@case("--resume refuses files of another job or program and names the difference")
def _(folder):
    render(folder, *JOB)
    np.save(folder / "other.npy", np.load(DATA / "ecg.npy") + 1)
    first = FILES[0]
    for further, words in (
            (["--line-width", 4], [f"{first}: was made with line-width 3, this job has 4"]),
            (["--window", 99], [f"{first}: was made with window 100, this job has 99"]),
            (["--stride", 2], [f"{first}: was made with stride 1, this job has 2"]),
            (["--limit", 130], [f"{first}: is part of a data set of 131 images, this job makes one of 130"]),
            (["--images-per-file", 20], [f"{first}: holds 12 images, expected 20"]),
            (["--dtype", "f32"], [f"{first}: was made with dtype u8, this job has f32"]),
            (["--compress", "none"], [f"{first}: was made without compress none, this job has it"]),
            (["--chunk-images", 4], [f"{first}: was made with chunk-images 1, this job has 4"])):
        refuses(folder, ["render", *JOB, *further, "--resume"], words)
    other = ["render", "other.npy", *JOB[1:], "--resume"]
    refuses(folder, other, [f"{first}: was made from "])
    (folder / FILES[4]).write_text("mine")
    refuses(folder, ["render", *JOB, "--resume"], [f"{FILES[4]}: is not an HDF5 file, but a file of this data set belongs there"])
    with h5py.File(folder / FILES[4], "w") as file:
        file["images"] = np.zeros((12, 40, 61), np.uint8)
    refuses(folder, ["render", *JOB, "--resume"], [f"{FILES[4]}: is an HDF5 file that plotmill did not write"])
    (folder / FILES[4]).unlink()
    shutil.copy(folder / FILES[3], folder / "images.h5")
    refuses(folder, ["render", *JOB, "--resume"], ["images.h5: exists already, and is not a virtual data set", "link --force"])


@case("--resume replaces a virtual data set over other files, which info refuses")
def _(folder):
    chart = [*CHART, "--limit", 21]
    job = [*chart, "-o", "j.h5"]
    render(folder, *chart, "-o", "whole.h5")
    expected = info_hash(folder, "whole.h5")
    render(folder, *job, "--images-per-file", 20)
    stale = (folder / "j.h5").read_bytes()
    for each in (11, 15):  # two files each time, one longer and one shorter than what the old one takes
        for path in folder.glob("j-*"):
            path.unlink()
        render(folder, *job, "--images-per-file", each, "--resume")
        same_virtual(folder, "j.h5", "whole.h5")
        equal(info_hash(folder, "j.h5"), expected, "hash")
    (folder / "kept").write_bytes((folder / "j.h5").read_bytes())
    (folder / "j.h5").write_bytes(stale)
    refuses(folder, ["info", "j.h5"], ["of whose files j-00000.h5 does not hold the expected number of images"])
    render(folder, *job, "--images-per-file", 15, "--resume")
    equal((folder / "j.h5").read_bytes(), (folder / "kept").read_bytes(), "the virtual file")
    shutil.copy(folder / "j.h5", folder / "b.h5")
    render(folder, *chart, "-o", "b.h5", "--images-per-file", 15, "--resume")
    for path in folder.glob("j-*"):
        path.unlink()
    equal(info_hash(folder, "b.h5"), expected, "hash of a copy under another name")


@case("--resume keeps a virtual data set that plotmill did not write")
def _(folder):
    render(folder, *CHART, "-o", "src.h5")
    layout = h5py.VirtualLayout((IMAGES, 40, 61), np.uint8)
    layout[:] = h5py.VirtualSource("src.h5", "images", (IMAGES, 40, 61))
    part = h5py.VirtualLayout((5, 40, 61), np.uint8)
    part[:] = h5py.VirtualSource("src.h5", "images", (IMAGES, 40, 61))[7:12]
    with h5py.File(folder / "images.h5", "w") as file:
        file.create_virtual_dataset("images", layout)
        file["labels"] = np.arange(5)
    with h5py.File(folder / "part.h5", "w") as file:
        file.create_virtual_dataset("images", part)
    before = listing(folder)
    refuses(folder, ["render", *JOB, "--resume"], ["images.h5: exists already, and is not a virtual data set"])
    unchanged(before, folder, "a refusal")
    equal(info_hash(folder, "part.h5") != info_hash(folder, "images.h5"), True, "hashes")


@case("--resume replaces a truncated virtual data set, but only next to files of the job")
def _(folder):
    render(folder, *JOB)
    expected, whole = listing(folder), (folder / "images.h5").read_bytes()
    for left in (whole[:3000], whole[:20], b"", bytes(len(whole))):
        (folder / "images.h5").write_bytes(left)
        result = render(folder, *JOB, "--resume")
        contains(result.err, ["plotmill: warning: images.h5: is damaged (truncated): making it again"], "--resume")
        equal(listing(folder), expected, "files")
    with h5py.File(folder / "mine.h5", "w") as file:
        file["mine"] = np.arange(5000)
    mine = (folder / "mine.h5").read_bytes()
    for left in (mine, mine[:3000], b"mine"):
        (folder / "images.h5").write_bytes(left)
        refuses(folder, ["render", *JOB, "--resume"], ["images.h5: exists already", "link --force"])
        equal((folder / "images.h5").read_bytes(), left, "another program's file")
    (folder / "images.h5").write_bytes(whole[:3000])
    for name in FILES:
        (folder / name).unlink()
    result = run(folder, "render", *JOB, "--resume").need(2)
    contains(result.err, ["images.h5: exists already, is truncated, and no complete file of this job"], "--resume alone")
    equal((folder / "images.h5").read_bytes(), whole[:3000], "the truncated file")


@case("--resume and --shard without a required option are refused")
def _(folder):
    refuses(folder, ["render", *CHART, "-o", "a.h5", "--resume"],
            ["resume: requires images-per-file", "kept only when complete"])
    refuses(folder, ["render", *CHART, "-o", "a", "--format", "png", "--resume"],
            ["resume: requires images-per-file"])
    refuses(folder, ["render", *CHART, "-o", "a.npy", "--images-per-file", 9, "--resume"],
            ["resume: applies to hdf5, not to"])
    refuses(folder, ["render", *JOB, "--resume", "--force"], ["resume and force", "link OUTPUT --force"])
    refuses(folder, ["render", *CHART, "-o", "a.h5", "--shard", "1/2"], ["shard: requires images-per-file"])
    for text in ("0/3", "4/3", "1", "1/0", "a/b", "-1/3", "1/3/3"):
        refuses(folder, ["render", *JOB, "--shard", text], ["shard", f"'{text}'", "I/N"])


@case("existing files are refused without --force or --resume")
def _(folder):
    render(folder, *JOB, "--shard", "3/3")
    refuses(folder, ["render", *JOB], [f"{FILES[8]}: exists already (the option force replaces it, resume keeps what is complete"])
    refuses(folder, ["render", *JOB, "--shard", "3/3"], [f"{FILES[8]}: exists already"])
    render(folder, *JOB, "--shard", "1/3")
    render(folder, *JOB, "--shard", "2/3", "--force")
    run(folder, "link", "images.h5").need()
    refuses(folder, ["render", *JOB], [f"{FILES[0]}: exists already"])
    expected = info_hash(folder, "images.h5")
    render(folder, *JOB, "--line-width", 5, "--force")
    check(info_hash(folder, "images.h5") != expected, "--force left the old images")


main()
