"""plotmill bench: the figures add up, results can be compared, and --fail-below and --require decide the exit code."""
import json
import re
import signal
import subprocess
import time

from harness import COMMAND, SECONDS, Skip, case, check, contains, environment, equal, listing, main, refuses, run

QUICK = ["--size", "64x40", "--window", 20, "--seconds", 0.02]
MODES = ["pixels", "streams", "pixels, antialiased", "streams, antialiased"]


def bench(folder, *arguments, code=0, **further):
    return run(folder, "bench", *QUICK, *arguments, **further).need(code)


def as_json(folder, *arguments, **further):
    return json.loads(bench(folder, *arguments, "--json", **further).out)


def modes_of(found):
    return {mode["name"]: mode for mode in found["devices"][0]["modes"]}


@case("every batch of every mode has a rate, and kernels add up to the time of an image")
def _(folder):
    found = as_json(folder, "--batches", "1,8,64")
    equal((found["window"], found["chart"]["width"], len(found["devices"])), (20, 64, 1), "the settings")
    check(found["devices"][0]["fill_bytes_per_second"] > 1e6, f"fill {found['devices'][0]['fill_bytes_per_second']}")
    equal(list(modes_of(found)), MODES, "modes")
    for name, mode in modes_of(found).items():
        equal([row["batch"] for row in mode["rows"]], [1, 8, 64], "batches")
        for row in mode["rows"]:
            check(row["measured"] and row["images_per_second"] > 0 and row["device_bytes"] > 0, f"{name}: {row}")
            check(abs(row["bytes_per_second"] - row["images_per_second"] * row["bytes_per_image"]) < 1, f"{row}")
            check((row["bytes_per_image"] == 64 * 40) == (mode["payload"] == "pixels"), f"{name}: {row}")
            alone = row["alone"]
            total = sum(stage["seconds_per_image"] for stage in alone["stages"]) + alone["between"]
            check(abs(total - alone["seconds_per_image"]) <= 0.05 * total, f"{name}: {total} of {alone}")
            check(alone["between"] > -0.05 * total, f"{name}: more than there was: {alone}")
        rates = {row["batch"]: row["images_per_second"] for row in mode["rows"]}
        equal(mode["best_images_per_second"], max(rates.values()), "the best")
        equal(mode["knee"], min(batch for batch, rate in rates.items() if rate >= 0.95 * max(rates.values())), "the knee")
        check(abs(mode["speed_up"] - rates[mode["knee"]] / rates[1]) < 1e-9, f"speed-up {mode['speed_up']}")
        times = [(job["images"], job["seconds"]) for job in mode["estimates"]]
        equal([images for images, _ in times], [1000, 85000, 100000, 500000, 1000000, 10000000, 40000000], "jobs")
        check(all(seconds >= images / max(rates.values()) for images, seconds in times), f"estimates {times}")
    names = {stage["name"] for stage in modes_of(found)["streams"]["rows"][0]["alone"]["stages"]}
    if not names:
        raise Skip("times of kernels: the driver reports none")
    check({"upload", "minmax", "rasterize", "deflate", "download"} <= names, f"kernels {names}")


@case("the tables report the same, and a batch that does not fit is a row with the reason")
def _(folder):
    result = bench(folder, "--batches", "4,1000000000", "--antialias")
    contains(result.out, ["fills memory at", "pixels, antialiased\n", "streams, antialiased\n", "one batch in flight",
                          "time at the best rate", "40000000"], "the report")
    rows = re.findall(r"^ +(\d+)(?: \*| +) +(.*)$", result.out, re.MULTILINE)
    check(any(number == "1000000000" and "a batch holds at most " in text for number, text in rows), f"rows {rows}")
    large = bench(folder, "--batches", "1,60000", "--antialias", "--size", "20000x2000")
    rows = re.findall(r"^ +60000 +(.*)$", large.out, re.MULTILINE)
    equal(len(rows), 2, "rows of a batch of 2.4 TB")
    check(all(re.search("such images fit on|GiB are free", row) for row in rows), f"rows {rows}")
    stages = re.findall(r"in flight, us per image, batch 4\n((?:  .* +[\d.]+\n)+?)  total +([\d.]+)$", result.out, re.MULTILINE)
    equal(len(stages), 2, "tables of stages")
    for lines, total in stages:
        added = sum(float(line.split()[-1]) for line in lines.splitlines())
        check(abs(added - float(total)) <= 0.05 * float(total), f"{added} us of {total}")
    check("\npixels\n" not in result.out, "without antialiasing")
    equal(listing(folder), {}, "files left")


@case("--ablate switches each part off")
def _(folder):
    found = as_json(folder, "--batches", "16", "--ablate")["devices"][0]["ablation"]
    parts = [(row["without"], row["mode"]) for row in found]
    for name in MODES:
        check(("overlap of batches", name) in parts and ("pinned memory", name) in parts, f"{name} in {parts}")
        equal(("streams by the device", name) in parts, name.startswith("streams"), f"streams of {name}")
    check(("kernel cache", "pixels") in parts, f"{parts}")
    for row in found:
        check("not_applied" in row or row["ratio"] > 0, f"{row}")
        if "pinned" not in row["without"]:
            check("not_applied" not in row, f"{row}")
    contains(bench(folder, "--batches", 16, "--ablate", "--antialias").out, ["without ", "gain"], "the table")


@case("--output writes a result; --compare, --fail-below and --require use it")
def _(folder):
    bench(folder, "--batches", "4,16", "-o", "old.json")
    old = json.loads((folder / "old.json").read_text())
    equal(list(listing(folder)), ["old.json"], "files")
    slow, fast = json.loads(json.dumps(old)), json.loads(json.dumps(old))
    for mode in slow["devices"][0]["modes"]:
        for row in mode["rows"]:
            row["images_per_second"] = 0.5
    fast["devices"][0]["modes"][1]["rows"][1]["images_per_second"] = 1e12
    (folder / "slow.json").write_text(json.dumps(slow))
    (folder / "fast.json").write_text(json.dumps(fast))
    result = bench(folder, "--batches", "4,16", "--compare", "slow.json", "--fail-below", 2, "--require", 2)
    contains(result.out, ["compared with slow.json of 2", "lowest ratio: "], "the comparison")
    ratios = re.findall(r"^  0 [a-z, ]+ +(\d+) +\d+ +\d+ +([\d.]+)$", result.out, re.MULTILINE)
    equal([int(batch) for batch, _ in ratios], [4, 16] * 4, "rows compared")
    lowest = float(re.search(r"lowest ratio: ([\d.]+)", result.out)[1])
    check(abs(lowest - min(float(ratio) for _, ratio in ratios)) < 0.01, f"the lowest of {ratios}: {lowest}")
    result = bench(folder, "--batches", "16", "--compare", "fast.json", "--fail-below", 0.5, code=1)
    contains(result.err, ["--fail-below 0.5: the lowest ratio is 0.000"], "the reason")
    bench(folder, "--batches", "4", "--compare", "fast.json", "--fail-below", 1e-9)
    result = bench(folder, "--batches", "16", "--require", 10**12, code=1)
    contains(result.err, ["--require 1000000000000: the best rate is "], "the reason")
    result = bench(folder, "--batches", "4", "--compare", "slow.json", "--json")
    json.loads(result.out)
    contains(result.err, ["lowest ratio: "], "the comparison on stderr")


@case("--device all measures each device separately and prints them side by side")
def _(folder):
    several = {"POCL_DEVICES": "pthread basic"}
    devices = json.loads(run(folder, "devices", "--json", env=several).need().out)["devices"]
    found = as_json(folder, "--batches", "8", "--device", "all", "--antialias", env=several)
    chips = [device["index"] for device in devices if device["duplicate_of"] is None]
    equal([device["device"]["index"] for device in found["devices"]], chips, "devices")
    result = bench(folder, "--batches", "8", "--antialias", "--device", "0,1", env=several) if len(devices) > 1 else None
    if not result:
        raise Skip("a second device: there is only one")
    contains(result.out, ["device 0: ", "device 1: ", "best, images/s"], "the report")


@case("an interrupt leaves no file, and an earlier result stays")
def _(folder):
    earlier = "{\n  \"plotmill\": \"as it was\"}"
    (folder / "old.json").write_text(earlier)
    process = subprocess.Popen([COMMAND, "bench", *map(str, QUICK), "--seconds", "30", "-o", "old.json"], cwd=folder,
                               env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    process.stderr.readline()  # which device is measured
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SECONDS)
    equal((process.returncode, out), (130, b""), f"the end: {err}")
    equal(list(listing(folder)), ["old.json"], "files")
    equal((folder / "old.json").read_text(), earlier, "the earlier result")


@case("invalid options are refused, and leave no file")
def _(folder):
    (folder / "text.json").write_text("nothing of the kind")
    (folder / "other.json").write_text('{"devices": [], "window": 30, "chart": {"width": 64, "height": 40, "line_width": 3}}')
    (folder / "empty.json").write_text('{"devices": [], "window": 20, "chart": {"width": 64, "height": 40, "line_width": 3}}')
    for arguments, words in [
        (["--batches", "10,1"], ["--batches", "'10,1'", "ascending"]),
        (["--batches", "1,x"], ["--batches", "'1,x'"]),
        (["--batches", "1,"], ["--batches", "'1,'"]),
        (["--batches", ",".join(map(str, range(1, 19)))], ["--batches", "at most 16"]),
        (["--fail-below", 0.9], ["--fail-below", "--compare"]),
        (["--device", "nonsuch"], ["nonsuch"]),
        ([*QUICK, "--compare", "text.json"], ["--compare text.json", "found something else"]),
        ([*QUICK, "--compare", "other.json"], ["--compare other.json", "its window is 30, but this run uses 20"]),
        ([*QUICK, "--compare", "none.json"], ["--compare none.json", "No such file"]),
        ([*QUICK, "-o", "text.json"], ["--output text.json", "was not written by this option"]),
        ([*QUICK, "-o", "nowhere/new.json"], ["--output nowhere/new.json", "no such folder"]),
    ]:
        refuses(folder, ["bench", *arguments], words)
    result = bench(folder, "--batches", 4, "--antialias", "--compare", "empty.json", code=2)
    contains(result.err, ["--compare empty.json: ", "no row"], "the reason")


main()
