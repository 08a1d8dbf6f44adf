""".npz files, read by numpy.load and by plotmill."""
import json
import resource
import zipfile

import numpy as np

from harness import case, check, contains, equal, hash_of, info_hash, listing, main, refuses, render, run, unchanged

WINDOW, IMAGES = 20, 41
SERIES = np.random.default_rng(15).standard_normal(WINDOW + IMAGES - 1).cumsum()
OPTIONS = ["--window", WINDOW, "--size", "61x40", "--background", 250]


def start(folder):
    np.save(folder / "a.npy", SERIES)
    return ["a.npy", *OPTIONS]


for further in [], ["--compress", "none"], ["--batch", 7], ["--antialias"]:
    @case(f"numpy.load reads images, window_start and y_range: {further}")
    def _(folder, further=further):
        job = [*start(folder), *further]
        plain = [*start(folder), *(further if "--compress" not in further else [])]
        render(folder, *job, "-o", "out.npz")
        render(folder, *plain, "-o", "out.npy")
        windows = np.lib.stride_tricks.sliding_window_view(SERIES, WINDOW)
        with np.load(folder / "out.npz", allow_pickle=False) as file:
            equal(sorted(file.files), ["images", "plotmill.json", "window_start", "y_range"], "members")
            equal((file["images"].dtype, file["images"].shape), (np.uint8, (IMAGES, 40, 61)), "images")
            check(np.array_equal(file["images"], np.load(folder / "out.npy")), "other pixels than in .npy")
            check(np.array_equal(file["window_start"], np.arange(IMAGES)), "window_start")
            check(np.array_equal(file["y_range"], np.stack([windows.min(1), windows.max(1)], 1)), "y_range")
            found = json.loads(file["plotmill.json"])
            equal((found["format"], found["images"], found["spec"]["window"]), ("npz", IMAGES, WINDOW), "plotmill.json")
        with zipfile.ZipFile(folder / "out.npz") as file:
            equal(file.testzip(), None, "checksums")
            packed = {member.compress_type for member in file.infolist()}
            expected = zipfile.ZIP_STORED if "none" in further else zipfile.ZIP_DEFLATED
            equal(packed, {expected}, "how members are packed")
        equal(info_hash(folder, "out.npz"), hash_of(folder, *plain), "hash")


@case("info, preview and --skip-existing read npz, also split; the same job gives the same file")
def _(folder):
    job = start(folder)
    render(folder, *job, "-o", "a.npz", "--skip-existing")
    found = json.loads(run(folder, "info", "a.npz", "--json").need().out)
    equal((found["format"], found["images"], found["background"], found["foreground"]), ("npz", IMAGES, 250, 0), "info")
    run(folder, "preview", "a.npz", "--first", 30, "--count", 4, "-o", "sheet.png").need()
    contains(render(folder, *job, "-o", "a.npz", "--skip-existing").err, ["a.npz: up to date"], "a second run")
    render(folder, *job, "-o", "b.npz", "--batch", 3)
    check((folder / "a.npz").read_bytes() == (folder / "b.npz").read_bytes(), "the same job, another file")
    render(folder, *job, "-o", "s.npz", "--images-per-file", 15)
    parts = [np.load(folder / f"s-0000{i}.npz") for i in range(3)]
    equal([len(part["images"]) for part in parts], [15, 15, 11], "images of the files")
    whole = np.load(folder / "a.npz")["images"]
    check(np.array_equal(np.concatenate([part["images"] for part in parts]), whole), "images")
    check(np.array_equal(np.concatenate([part["window_start"] for part in parts]), np.arange(IMAGES)), "window_start")
    render(folder, *job, "-o", "other", "--format", "npz")
    equal(info_hash(folder, "other"), info_hash(folder, "a.npz"), "without the extension")
    for further, words in [(["--dtype", "f16"], ["dtype"]), (["--quality", 5], ["quality"])]:
        refuses(folder, ["render", *job, "-o", "c.npz", *further], words)
    before = listing(folder)
    refuses(folder, ["render", *job, "-o", "a.npz"], ["a.npz: exists already"])
    unchanged(before, folder, "a refused job")


@case("a full disk: no partial output remains")
def _(folder):
    job = start(folder)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
    render(folder, *job, "--compress", "none", "-o", "first.npz")  # fills the kernel cache, which needs more space
    before = listing(folder)
    result = run(folder, "render", *job, "--compress", "none", "-o", "a.npz", preexec_fn=limit).need(1)
    contains(result.err, ["a.npz: cannot be written: File too large"], "the error")
    unchanged(before, folder, "a failed job")


@case("damaged npz files and those of other programs are refused")
def _(folder):
    render(folder, *start(folder), "--compress", "none", "-o", "a.npz")
    whole = (folder / "a.npz").read_bytes()
    for length in (4, 100, 1000, len(whole) // 2, len(whole) - 30):
        (folder / "cut.npz").write_bytes(whole[:length])
        refuses(folder, ["info", "cut.npz", "--hash"], ["cut.npz: "])
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    (folder / "flip.npz").write_bytes(flipped)
    refuses(folder, ["info", "flip.npz", "--hash"], ["flip.npz: images.npy cannot be read"])
    render(folder, *start(folder), "-o", "packed.npz")
    packed = bytearray((folder / "packed.npz").read_bytes())
    packed[len(packed) // 2:len(packed) // 2 + 10] = b"X" * 10  # libarchive's reason ends with a line end
    (folder / "damaged.npz").write_bytes(packed)
    refuses(folder, ["info", "damaged.npz", "--hash"], ["damaged.npz: images.npy cannot be read: ZIP "])
    np.savez(folder / "own.npz", images=np.zeros((2, 3, 4), np.uint8))
    refuses(folder, ["info", "own.npz"], ["own.npz: not an npz file of plotmill: it has no member plotmill.json"])
    with zipfile.ZipFile(folder / "a.npz") as source, zipfile.ZipFile(folder / "b.npz", "w") as other:
        for name in source.namelist():
            data = source.read(name)
            other.writestr(name, data.replace(b'"images": 41', b'"images": 42') if name.endswith(".json") else data)
    refuses(folder, ["info", "b.npz"], ["b.npz: window_start.npy is not an array of the dtype and shape"])


main()
