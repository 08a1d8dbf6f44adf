"""preview, info, devices and verify."""
import json
import re

import h5py
import numpy as np
from PIL import Image

from harness import Skip, case, check, contains, equal, hash_of, info_hash, main, refuses, render, run

NOWHERE = {"OCL_ICD_VENDORS": "/nonexistent"}


def start(folder):
    np.save(folder / "a.npy", np.random.default_rng(6).standard_normal(139).cumsum())
    job = ["a.npy", "--window", 40, "--size", "60x40"]
    render(folder, *job, "-o", "a.h5")
    return job


def sheet(path):
    with Image.open(path) as image:
        check(image.mode in ("L", "RGB"), f"mode {image.mode}")
        return np.asarray(image.convert("L"))


@case("preview: a contact sheet of an output in every format, images at full size")
def _(folder):
    job = start(folder)
    render(folder, *job, "-o", "b.npy")
    render(folder, *job, "-o", "pngs", "--format", "png")
    pixels = np.load(folder / "b.npy")
    for output in ("a.h5", "b.npy", "pngs"):
        result = run(folder, "preview", output, "-o", f"{output}.sheet.png").need()
        equal(result.out, "", "stdout")
        contains(result.lines()[-1], ["25 images", output, f"{output}.sheet.png"], "the closing line")
    shown = sheet(folder / "a.h5.sheet.png")
    for output in ("b.npy", "pngs"):
        check((sheet(folder / f"{output}.sheet.png") == shown).all(), f"another sheet of {output}")
    # Five by five, with a border of some pixels each.
    height, width = shown.shape
    check(5 * 60 <= width <= 5 * 80 and 5 * 40 <= height <= 5 * 60, f"the sheet is {width}x{height}")
    for image in (pixels[0], pixels[99]):
        views = np.lib.stride_tricks.sliding_window_view(shown, image.shape)
        check(any((view == image).all() for view in views.reshape(-1, *image.shape)), "an image is not on the sheet")


@case("preview: --count, --per-row, --first and --stride select the images")
def _(folder):
    start(folder)
    sizes = {}
    for count, columns in [(1, 1), (2, 2), (6, 3), (6, 2)]:
        name = f"{count}-{columns}.png"
        run(folder, "preview", "a.h5", "--count", count, "--per-row", columns, "-o", name).need()
        sizes[count, columns] = sheet(folder / name).shape
    tile = np.array(sizes[1, 1])
    for (count, columns), shape in sizes.items():
        rows = -(-count // columns)
        check((np.array(shape) <= tile * [rows, columns]).all(), f"{count} in {columns} columns take {shape}")
        check((np.array(shape) >= np.array([40, 60]) * [rows, columns]).all(), f"{count} in {columns} columns: {shape}")
    render(folder, "a.npy", "--window", 40, "--size", "60x40", "--stride", 10, "-o", "tens.npy")
    run(folder, "preview", "tens.npy", "--first", 2, "--stride", 3, "--count", 2, "-o", "x.png").need()
    run(folder, "preview", "a.h5", "--first", 20, "--stride", 30, "--count", 2, "-o", "y.png").need()
    check((sheet(folder / "x.png") == sheet(folder / "y.png")).all(), "--first and --stride show other images")


@case("preview: an input is rendered as render does")
def _(folder):
    start(folder)
    run(folder, "preview", "a.h5", "--count", 9, "-o", "of-output.png").need()
    run(folder, "preview", "a.npy", "--window", 40, "--size", "60x40", "--count", 9, "-o", "of-input.png").need()
    check((sheet(folder / "of-output.png") == sheet(folder / "of-input.png")).all(), "the sheets differ")
    (folder / "p.csv").write_text("time,close\n" + "".join(f"{i},{i % 11}\n" for i in range(50)))
    run(folder, "preview", "p.csv", "--column", "close", "--window", 20, "--antialias", "-o", "csv.png").need()
    check(len(np.unique(sheet(folder / "csv.png"))) > 10, "no grey in an antialiased sheet")


@case("preview: an existing sheet is refused without --force")
def _(folder):
    start(folder)
    (folder / "s.png").write_text("precious")
    refuses(folder, ["preview", "a.h5", "-o", "s.png"], ["s.png exists", "--force"])
    run(folder, "preview", "a.h5", "-o", "s.png", "--force").need()
    sheet(folder / "s.png")


@case("preview: bad input")
def _(folder):
    start(folder)
    refuses(folder, ["preview", "none.h5", "-o", "s.png"], ["none.h5: no such file"])
    refuses(folder, ["preview", "a.npy", "-o", "s.png"], ["a.npy", "one long series of 139 samples", "the option window"])
    refuses(folder, ["preview", "a.h5", "--window", "3", "-o", "s.png"], ["a.h5: holds finished images", "--window"])
    refuses(folder, ["preview", "a.h5", "--antialias", "-o", "s.png"], ["a.h5: holds finished images", "--antialias"])
    refuses(folder, ["preview", "a.h5", "--first", "100", "-o", "s.png"], ["--first 100", "100 images"])


@case("info: the text, and the same as JSON")
def _(folder):
    job = start(folder)
    text = dict(line.split(None, 1) for line in run(folder, "info", "a.h5").need().out.splitlines())
    equal({name: text[name] for name in ("file", "format", "images", "size", "background", "foreground")},
          {"file": "a.h5", "format": "hdf5", "images": "100", "size": "60x40", "background": "255", "foreground": "0"},
          "info")
    check(re.fullmatch(r"plotmill \d+\.\d+\.\d+", text["producer"]), text["producer"])
    found = json.loads(run(folder, "info", "a.h5", "--json", "--hash").need().out)
    equal((found["images"], found["width"], found["height"], found["hash"]), (100, 60, 40, hash_of(folder, *job)), "JSON")
    equal(found["spec"], json.loads(text["spec"]), "spec")
    check("hash" not in json.loads(run(folder, "info", "a.h5", "--json").need().out), "a hash that was not requested")


@case("info: many inputs are one short line; JSON lists all of them")
def _(folder):
    names = [f"part-{number:02}.npy" for number in range(60)]
    for name in names:
        np.save(folder / name, np.arange(50.0))
    for count, line in [(60, "60 files, 30.9 KiB: part-00.npy, part-01.npy, ..., part-59.npy"),
                        (4, "4 files, 2.1 KiB: part-00.npy, part-01.npy, part-02.npy, part-03.npy"),
                        (1, "1 file, 528 B: part-00.npy")]:
        render(folder, *names[:count], "--window", 20, "--size", "9x5", "-o", "b.h5", "--force")
        text = dict(line.split(None, 1) for line in run(folder, "info", "b.h5").need().out.splitlines())
        equal(text["input"], line, "input")
        found = json.loads(run(folder, "info", "b.h5", "--json").need().out)["input"]
        equal([file["name"] for file in found["list"]], names[:count], "names as JSON")
    (folder / "p.csv").write_text("time,close\n" + "".join(f"{i},{i % 11}\n" for i in range(50)))
    render(folder, "p.csv", "--column", "close", "--window", 20, "--size", "9x5", "-o", "c.h5")
    contains(run(folder, "info", "c.h5").need().out, ["p.csv; column close\n"], "the column")
    for text in ("{", '{"files": 3, "bytes": 9, "list": [', '{"files": 900000000000000000, "bytes": 9, "list": []}', "[1", "words"):
        with h5py.File(folder / "c.h5", "r+") as file:
            file["images"].attrs["input"] = text
        run(folder, "info", "c.h5").need()
        run(folder, "info", "c.h5", "--json").need()


@case("info: reads files of other programs and refuses files that are not data sets")
def _(folder):
    job = start(folder)
    render(folder, *job, "-o", "b.npy")
    np.save(folder / "other.npy", np.load(folder / "b.npy"))
    equal(info_hash(folder, "other.npy"), hash_of(folder, *job), "the hash of NumPy's own file")
    found = json.loads(run(folder, "info", "other.npy", "--json").need().out)
    equal((found["background"], found["foreground"]), (None, None), "colours that an .npy file does not contain")
    check(re.search(r"^background  -$", run(folder, "info", "other.npy").need().out, re.M), "a background from nowhere")
    (folder / "empty.h5").write_bytes(b"")
    (folder / "t.txt").write_text("text")
    (folder / "folder").mkdir()
    whole = (folder / "a.h5").read_bytes()
    (folder / "cut.h5").write_bytes(whole[:len(whole) // 2])
    for path, words in [("none.h5", ["none.h5: no such file"]), ("empty.h5", ["empty.h5: is empty"]),
                        ("t.txt", ["t.txt: has an unknown format", "/images"]),
                        ("folder", ["folder: holds no PNG or JPEG file"]),
                        ("a.npy", ["a.npy", "expected"]), ("cut.h5", ["cut.h5"])]:
        refuses(folder, ["info", path, "--hash"], words)


@case("info --hash detects a changed pixel, and a PNG file that is missing or not an image")
def _(folder):
    job = start(folder)
    render(folder, *job, "-o", "b.npy")
    pixels = np.load(folder / "b.npy")
    pixels[57, 3, 9] ^= 255
    np.save(folder / "changed.npy", pixels)
    check(info_hash(folder, "changed.npy") != info_hash(folder, "b.npy"), "the hash is the same")
    render(folder, *job, "-o", "pngs", "--format", "png")
    (folder / "pngs" / "00000057.png").write_bytes(b"no image")
    result = run(folder, "info", "pngs", "--hash")
    check(result.code in (1, 2) and "00000057.png" in result.err and not result.out, result.report())
    (folder / "pngs" / "00000057.png").unlink()
    result = run(folder, "info", "pngs", "--hash")
    check(result.code in (1, 2) and "pngs" in result.err and not result.out, result.report())


@case("devices: table and JSON agree, and one device is the default")
def _(folder):
    text = run(folder, "devices").need().out
    devices = json.loads(run(folder, "devices", "--json").need().out)["devices"]
    equal([device["index"] for device in devices], list(range(len(devices))), "indices")
    default = [device for device in devices if device["default"]]
    equal(len(default), 1, "defaults")
    check(default[0]["reason"] and not any(device["reason"] for device in devices if not device["default"]), "reasons")
    contains(text, ["index", "name", "type", "platform", "driver", "memory", f"* the default: {default[0]['reason']}"],
             "the table")
    for device in devices:
        row = next(line for line in text.splitlines() if re.match(rf"[* ] {device['index']} ", line))
        contains(row, [device["name"], device["type"], device["platform"], device["driver"]], "a row")
        equal(row.startswith("*"), device["default"], f"the star of {device['index']}")
        check(device["memory"] > 0 and device["max_allocation"] > 0 and device["compute_units"] > 0, device)


@case("devices: a duplicate is marked, and used only if it is named")
def _(folder):
    job = [*start(folder), "-o", "null:"]
    env = {"RUSTICL_ENABLE": "llvmpipe"}
    devices = json.loads(run(folder, "devices", "--json", env=env).need().out)["devices"]
    again = [device for device in devices if device["duplicate_of"] is not None]
    if not again:
        raise Skip("rusticl: not installed")
    for device in again:
        check(device["duplicate_of"] < device["index"] and not device["default"], device)
        first = render(folder, *job, "--device", device["index"], env=env).lines()[0]
        check(first.startswith(f"device {device['index']}: {device['name']}"), first)
    chips = [device for device in devices if device["type"] == "CPU" and device["duplicate_of"] is None]
    check(len(chips) <= 1, f"all CPU devices are one chip: {devices}")


@case("no OpenCL platform: the message names the packages to install, exit 2")
def _(folder):
    job = start(folder)
    words = ["no OpenCL platform", "install", "OCL_ICD_VENDORS=/nonexistent"]
    refuses(folder, ["render", *job, "-o", "b.h5"], words, env=NOWHERE)
    refuses(folder, ["render", *job, "--device", "cpu", "-o", "b.h5"], ["no OpenCL platform"], env=NOWHERE)
    refuses(folder, ["render", *job, "--dry-run"], words, env=NOWHERE)
    refuses(folder, ["preview", "a.npy", "--window", "40", "-o", "s.png"], words, env=NOWHERE)
    refuses(folder, ["verify", "--sheet", "v.png"], words, env=NOWHERE)
    listed = run(folder, "devices", "--json", env=NOWHERE).need()
    equal(json.loads(listed.out), {"devices": []}, "devices --json")
    contains(listed.err, words, "devices")
    run(folder, "info", "a.h5", "--hash", env=NOWHERE).need()  # needs none
    run(folder, "preview", "a.h5", "-o", "s.png", env=NOWHERE).need()


@case("an unknown device: the message lists the available devices, exit 2")
def _(folder):
    job = start(folder)
    devices = json.loads(run(folder, "devices", "--json").need().out)["devices"]
    names = [devices[0]["name"], devices[0]["platform"]]
    for text in ("voodoo", "99", "-1"):
        refuses(folder, ["render", *job, f"--device={text}", "-o", "b.h5"], [text, *names])
    refuses(folder, ["render", *job, "-o", "b.h5"], ["voodoo", "PLOTMILL_DEVICE", *names],
            env={"PLOTMILL_DEVICE": "voodoo"})
    refuses(folder, ["verify", "--device", "voodoo", "--sheet", "v.png"], ["voodoo", *names])
    if not any(device["type"] == "GPU" for device in devices):
        refuses(folder, ["render", *job, "--device", "gpu", "-o", "b.h5"], ["gpu matches no device", *names])


PATTERNS = ["sine", "ramp", "step", "spike", "constant", "random walk", "10,000 noisy samples", "two samples", "gaps",
            "pixel lines", "bars", "candles", "hollow candles", "columns", "layers in two panels"]


@case("verify: a line per pattern, a contact sheet, exit 0; the same as JSON")
def _(folder):
    result = run(folder, "verify").need()
    lines = result.out.splitlines()
    for pattern in PATTERNS:
        of_it = [line for line in lines if line.startswith(f"PASS  {pattern} ")]
        modes = sorted(line[len("PASS  "):].replace(pattern, "", 1).split()[0] for line in of_it)
        equal(modes, ["antialiased", "binary"], f"lines of {pattern}")
    equal(len(lines), 2 * len(PATTERNS), "lines")
    check(result.lines()[0].startswith("device "), result.err)
    contains(result.lines()[-1], [f"{2 * len(PATTERNS)} of {2 * len(PATTERNS)} patterns passed", "verify.png"], "the closing line")
    check(0 < sheet(folder / "verify.png").mean() < 255, "an empty sheet")
    with Image.open(folder / "verify.png") as image:
        equal(image.mode, "RGB", "the mode of the sheet")
        check((np.ptp(np.asarray(image), axis=2) > 100).any(), "a sheet without colours")
    found = json.loads(run(folder, "verify", "--json", "--sheet", "other.png").need().out)
    equal((found["failures"], len(found["patterns"]), found["sheet"]), (0, 2 * len(PATTERNS), "other.png"), "JSON")
    check(all(pattern["passed"] and pattern["pixels"] > 0 for pattern in found["patterns"]), found)
    check((sheet(folder / "other.png") == sheet(folder / "verify.png")).all(), "another sheet")


main()
