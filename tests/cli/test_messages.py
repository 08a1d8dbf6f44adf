"""The messages of render: results on stdout, everything else on stderr and in the log file."""
import json
import re

import h5py
import numpy as np

from harness import Skip, case, check, contains, equal, hash_of, launched, listing, main, output_of, render, run
from harness import wait_for_line

DONE = re.compile(r"(\d+) images? in ([\d.]+ s|\d+:\d\d(:\d\d)?)(, [\d.]+ images/s)? on (.+), (in .+|none kept)")
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
PROCESSED = r"Processed (\d+)/(\d+) images \((\d+)%\)"


def start(folder, values=None):
    np.save(folder / "a.npy", np.arange(60.0) % 7 if values is None else values)
    return ["a.npy", "--window", 20, "--size", "40x30"]


def render_json(folder, *arguments):
    return json.loads(render(folder, *arguments, "--json", "-o", "null:").out)


def default_device():
    devices = json.loads(run("/", "devices", "--json").need().out)["devices"]
    return next(device for device in devices if device["default"])


def usual_lines(result):
    """The lines of stderr without those about compilation or progress, which depend on the cache and the speed."""
    seldom = re.compile(r"compil(ing|ed) kernels for .*|storing the compiled kernels for later runs|"
                        r"Processed (\d+)/(?!\2 ).*")
    return [line for line in result.lines() if not seldom.fullmatch(line)]


def closing(result):
    found = DONE.fullmatch(result.lines()[-1])
    check(found, f"no closing line: {result.report()}")
    return found


@case("the first line names the device and the reason, the last line the result; stdout is empty")
def _(folder):
    device = default_device()
    for output, end in [("a.h5", "in a.h5"), ("null:", "none kept"), ("a.npy2", "in a.npy2")]:
        further = ["--format", "npy"] if output == "a.npy2" else []
        result = render(folder, *start(folder), "-o", output, *further)
        equal(result.out, "", "stdout")
        expected = f"device {device['index']}: {device['name']} ({device['platform']}): {device['reason']}"
        equal(result.lines()[0], expected, "the first line")
        done = closing(result)
        equal((done[1], done[5], done[6]), ("41", device["name"], end), "images, device, output")
        middle = usual_lines(result)[1:-1]
        equal(middle[:1], [f"Rendering mode: {device['type']}"], "the second line")
        check(re.fullmatch(PROCESSED + r", [\d.]+ images/s", middle[1]), middle[1])
        equal((middle[1].split()[1], middle[2:]), ("41/41", []), "the last line of progress, and the lines before it")
    done = closing(render(folder, *start(folder), "--limit", 1, "-o", "null:"))
    check(done.string.startswith("1 image in"), done.string)


@case("a named device is reported with what selected it")
def _(folder):
    name = default_device()["name"]
    for chosen, env in [(["--device", "0"], {}), ([], {"PLOTMILL_DEVICE": "0"})]:
        first = render(folder, *start(folder), *chosen, "-o", "null:", env=env).lines()[0]
        check(first.startswith("device 0: "), first)
        contains(first.split("): ", 1)[1], ["PLOTMILL_DEVICE" if env else "0"], "the reason")
    check(name in render(folder, *start(folder), "--device", name[:6].upper(), "-o", "null:").lines()[0], "by text")


@case("-o hash: prints only the hash")
def _(folder):
    out = render(folder, *start(folder), "-o", "hash:").out
    check(re.fullmatch(r"[0-9a-f]{16}\n", out), f"found {out!r}")


@case("--json prints one object with the documented members")
def _(folder):
    job = start(folder)
    result = render(folder, *job, "--stride", 2, "--limit", 9, "--antialias", "--range=-1:8.5", "--json", "-o", "a.h5")
    found = json.loads(result.out)
    expected = {"images": 9, "empty_images": 0, "width": 40, "height": 30, "window": 20, "stride": 2, "limit": 9,
                "output": "a.h5", "format": "hdf5"}
    equal({name: found.get(name) for name in expected}, expected, "the summary")
    equal(found["chart"], {"width": 40, "height": 30, "line_width": 3, "antialias": True, "margin": 0, "background": 255,
                          "foreground": 0, "range": [-1, 8.5], "missing": "gap"}, "chart")
    for name in ("seconds", "setup_seconds", "images_per_second", "batch"):
        check(isinstance(found[name], (int, float)) and found[name] > 0, f"{name}: {found[name]}")
    equal(found["device"], default_device(), "device")
    check("hash" not in found, "a hash that was not requested")
    expected = {"inputs": ["a.npy"], "samples": 60, "compress": "deflate", "dtype": "u8", "layout": "NHW",
                "channels": 1, "pixel_bytes": 9 * 40 * 30, "output_bytes": (folder / "a.h5").stat().st_size,
                "devices": 1, "host_images": 0, "fallback_events": [],
                "version": run(folder, "--version").out.split()[1]}
    equal({name: found.get(name) for name in expected}, expected, "input and output")
    with h5py.File(folder / "a.h5") as file:
        images = file["images"].id
        equal(found["sink_bytes"], sum(images.get_chunk_info(i).size for i in range(9)), "bytes handed to the sink")
    equal([(share["images"], share["batch"]) for share in found["shares"]], [(9, found["batch"])], "shares")
    check(found["device_bytes"] >= found["batch"] * 40 * 30 and found["host_bytes"] > 0, f"memory: {found}")
    check(found["elapsed_seconds"] > found["seconds"] and found["peak_host_bytes"] > 1e6, f"time and peak: {found}")
    check(re.fullmatch(STAMP, found["started"]) and found["started"] < found["finished"], f"times: {found}")
    equal(render_json(folder, *job, "--no-cache")["kernels"], "compiled", "kernels without a cache")
    equal(render_json(folder, *job)["kernels"], "from the cache", "kernels")
    equal(json.loads(render(folder, *job, "--json", "-o", "hash:").out)["hash"], hash_of(folder, *job), "hash")


@case("--dry-run prints images, bytes, memory and device, and writes nothing")
def _(folder):
    job = start(folder)
    before = listing(folder)
    device = default_device()
    for further in ([], ["-o", "a.h5"], ["-o", "pngs/", "--format", "png"]):
        result = render(folder, *job, *further, "--dry-run")
        found = dict(re.split(r"\s{2,}|(?<=memory)\s", line, maxsplit=1) for line in result.out.splitlines())
        equal((found["images"], found["size"], found["window"]), ("41", "40x30", "20 samples"), "the plan")
        contains(found["pixels"], [f"({41 * 40 * 30} bytes)"], "pixels")
        check(re.search(r"\(\d+ bytes\)", found["device memory"]), found["device memory"])
        check(re.search(r"\(\d+ bytes\)", found["host memory"]), found["host memory"])
        contains(found["device"], [device["name"]], "device")
        equal(found["chosen"], device["reason"], "why")
        if further:
            contains(found["output"], [further[1]], "output")
        found = json.loads(render(folder, *job, *further, "--dry-run", "--json").out)
        equal((found["dry_run"], found["images"], found["pixel_bytes"]), (True, 41, 41 * 40 * 30), "JSON")
        check(found["device_bytes"] >= found["batch"] * 40 * 30 and found["host_bytes"] > 0, f"memory: {found}")
        equal(found["device"], device, "device")
    equal(listing(folder), before, "files")


@case("--dry-run predicts the memory of the job for every kind of output")
def _(folder):
    job = [*start(folder), "--antialias", "--batch", 7, "--json"]
    needs = {}
    for name in ("null:", "a.h5", "b.npy", "c.tar"):
        planned = json.loads(render(folder, *job, "-o", name, "--dry-run").out)
        done = json.loads(render(folder, *job, "-o", name).out)
        equal([planned[part] for part in ("batch", "in_flight", "device_bytes", "host_bytes")],
              [done[part] for part in ("batch", "in_flight", "device_bytes", "host_bytes")], name)
        needs[name] = planned["device_bytes"]
    equal(needs["b.npy"], needs["null:"], "memory for pixels")
    check(needs["a.h5"] > needs["null:"] and needs["c.tar"] > needs["null:"], f"streams need more memory: {needs}")


@case("--quiet prints only warnings, --verbose more than usual")
def _(folder):
    job = start(folder)
    equal(render(folder, *job, "--quiet", "-o", "null:").err, "", "stderr of --quiet")
    equal(render(folder, *job, "-q", "-o", "hash:").err, "", "stderr of -q")
    equal(len(render(folder, *job, "-q", "--line-width", 0.7, "-o", "null:").lines()), 1, "warnings of --quiet")
    usual, more = (usual_lines(render(folder, *job, *option, "-o", "null:")) for option in ([], ["--verbose"]))
    check(len(more) > len(usual), "--verbose prints no more lines")
    contains(render(folder, *job, "-v", "--batch", 7, "-o", "null:").err, ["device 0: batches of 7 images, "], "-v")


@case("--log-file appends every message with its time, including errors and what --quiet hides")
def _(folder):
    job = start(folder)
    for options in (["--line-width", 0.7], ["--quiet"], ["--batch", 7]):
        render(folder, *job, *options, "-o", "null:", "--log-file", "log.txt")
    run(folder, "render", *job, "-o", "a.h5", "--limit", 3, "--missing", "error", "--column", "x", "--log-file",
        "log.txt").need(2)
    lines = (folder / "log.txt").read_text().splitlines()
    for line in lines:
        check(re.fullmatch(rf"{STAMP} (INFO|WARNING|DETAIL|ERROR) .+", line), line)
    equal([line.split()[0] for line in lines], sorted(line.split()[0] for line in lines), "times in order")
    text = "\n".join(lines)
    equal(len(re.findall("INFO device ", text)), 3, "devices in the log")
    equal(len(re.findall("INFO Rendering mode: [A-Z]PU\n", text)), 3, "modes in the log")
    equal(len(re.findall("INFO Processed 41/41 images ", text)), 3, "last lines of progress in the log")
    equal(len(re.findall("INFO 41 images in ", text)), 3, "closing lines in the log")
    equal(len(re.findall("WARNING .*0.7 px", text)), 1, "warnings in the log")
    equal(len(re.findall("ERROR .*the option column applies to csv", text)), 1, "errors in the log")
    contains(text, ["DETAIL device 0: batches of 7 images, "], "the log")
    check("\r" not in text, "a progress bar in the log")


@case("--log-level limits the log file, not stderr")
def _(folder):
    job = [*start(folder), "--line-width", 0.7, "--batch", 7, "-o", "null:", "--log-file"]
    usual = len(usual_lines(render(folder, *job, "usual")))
    for level, expected in [("detail", {"DETAIL", "INFO", "WARNING"}), ("info", {"INFO", "WARNING"}),
                            ("warning", {"WARNING"}), ("error", set())]:
        equal(len(usual_lines(render(folder, *job, level, "--log-level", level))), usual, "lines on stderr")
        equal({line.split()[1] for line in (folder / level).read_text().splitlines()}, expected, f"levels of {level}")


@case("a line thinner than a pixel causes one warning, only without antialiasing")
def _(folder):
    job = start(folder)
    for options, warned in [(["--line-width", 0.9], 1), (["--line-width", 0.5, "--batch", 2], 1),
                            (["--line-width", 0.9, "--antialias"], 0), (["--line-width", 1], 0)]:
        lines = render(folder, *job, *options, "-o", "null:").lines()
        warnings = [line for line in lines if line.startswith("plotmill: warning: ")]
        equal(len(warnings), warned, f"warnings with {options}")
        if warned:
            contains(warnings[0], [f"{options[1]} px", "may drop pixels"], "the warning")


@case("windows without samples are background and counted, and their y_range is NaN")
def _(folder):
    values = np.arange(60.0)
    values[10:45] = np.nan
    job = start(folder, values)
    result = render(folder, *job, "-o", "a.h5", "--background", 9, "--foreground", 99)
    check(re.match(r"41 images \(16 without samples\) in ", result.lines()[-1]), result.lines()[-1])
    with h5py.File(folder / "a.h5") as file:
        images, y_range = file["images"][:], file["y_range"][:]
    windows = np.lib.stride_tricks.sliding_window_view(values, 20)
    empty = np.isnan(windows).all(1)
    equal((images.reshape(41, -1) == 9).all(1).tolist(), empty.tolist(), "images that are all background")
    equal(np.isnan(y_range).all(1).tolist(), empty.tolist(), "NaN ranges")
    others = windows[~empty]
    check((y_range[~empty] == np.stack([np.nanmin(others, 1), np.nanmax(others, 1)], 1)).all(), "y_range")
    equal(json.loads(render(folder, *job, "--json", "-o", "null:").out)["empty_images"], 16, "empty_images")
    render(folder, *job, "--range", "0:60", "-o", "b.h5")
    with h5py.File(folder / "b.h5") as file:
        equal(np.isnan(file["y_range"][:]).all(1).tolist(), empty.tolist(), "NaN ranges with a fixed range")


@case("without a terminal a long job prints lines of progress")
def _(folder):
    np.save(folder / "long.npy", np.random.default_rng(1).standard_normal(9000).cumsum())
    # The first line appears after two seconds. The pipe is read only as lines of progress appear, so that the job lasts
    # long enough on any machine. It is cancelled then.
    with launched(folder, "render", "long.npy", "--window", 1000, "--size", "160x120", "--batch", 50, "--log-file",
                  "log.txt", "-o", "-", "--format", "raw") as process:
        process.stdout.read(2 * 50 * 160 * 120)  # the first batch is done: progress lines follow from then on
        line = wait_for_line(process, "ETA")
        process.terminate()
        err = output_of(process)[1]
    check(re.fullmatch(PROCESSED + r", [\d.]+ images/s, ETA \d+:\d\d(:\d\d)?\n", line), f"found {line!r}")
    equal(line.split()[1].split("/")[1], "8001", "total of images")
    check("\r" not in line + err, "a bar although stderr is no terminal")
    contains((folder / "log.txt").read_text(), [" INFO " + line], "the log file")


@case("one warning if a driver cannot be opened and the CPU is used instead")
def _(folder):
    job = [*start(folder), "-o", "null:"]
    if default_device()["type"] == "GPU" or render(folder, *job).gpu_hint:
        raise Skip("a machine without a GPU: this one has one")
    (folder / "lib").mkdir()
    (folder / "lib" / "libnvidia-opencl.so.1").write_bytes(b"")
    env = {"LD_LIBRARY_PATH": str(folder / "lib")}
    for options in ([], ["--device", "auto"], ["--device", "auto", "--quiet"]):
        result = render(folder, *job, *options, env=env)
        warnings = [line for line in result.lines() if line.startswith("plotmill: warning: ")]
        equal(len(warnings), 1, f"warnings of {result.report()}")
        contains(warnings[0], ["OpenCL driver", "libnvidia-opencl.so.1", "left out"], "the warning")


main()
