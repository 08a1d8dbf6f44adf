"""plotmill profile: the figures of a job add up, advice includes reading costs, and no output remains."""
import json
import re
import signal

import numpy as np

from harness import Failure, Skip, case, check, contains, equal, launched, listing, main, output_of, refuses, run
from harness import unchanged, wait_until

JOB = ["a.npy", "--window", 50, "--size", "160x100"]
SHORT = ["--seconds", 0.4]


def start(folder):
    np.save(folder / "a.npy", np.random.default_rng(1).standard_normal(60000).cumsum())


def profile(folder, *arguments, **further):
    """A profile that must succeed and change no file except `made`."""
    made = further.pop("made", [])
    before = listing(folder)
    result = run(folder, "profile", *arguments, **further).need()
    after = listing(folder)
    equal(sorted(set(after) - set(before)), sorted(made), "what came")
    equal([name for name in before if after.get(name) != before[name]], [], "what changed")
    return result


def as_json(folder, *arguments, **further):
    return json.loads(profile(folder, *arguments, "--json", **further).out)


def adds_up(found):
    """Each worker and each encoder was always in one stage."""
    for name in ("workers", "encoders"):
        part = found[name]
        total = sum(stage["seconds"] for stage in part["stages"])
        check(abs(total - part["sum_seconds"]) < 1e-6, f"the sum of {name}: {total} of {part}")
        check(abs(total - part["present_seconds"]) < 1e-6, f"the time of {name}: {total} of {part}")
    workers, queues = found["workers"], found["queues"]
    equal(workers["tracks"], found["in_flight"], "workers")
    check(queues["sum_seconds"] <= queues["tracks"] * queues["seconds"] * 1.01, f"queues {queues}")
    check(abs(sum(found["batches_at_device"]) - 1) < 1e-6, f"shares {found['batches_at_device']}")
    for part in (workers, found["encoders"], queues):
        for stage in part["stages"]:
            check(0 <= stage["busy"] <= 1 and stage["count"] > 0, f"{stage}")


def nearly_all(shares):
    return all(0.95 <= share <= 1.05 for share in shares)


def repeated(attempt, shares_of):
    """Repeats an attempt until workers and encoders ran nearly all the time. A busy machine may start one of them late,
    but hardly each time."""
    seen = []
    for _ in range(5):
        found = attempt()
        seen.append(shares_of(found))
        if nearly_all(seen[-1]):
            return found
    raise Failure(f"shares of the time that workers and encoders were there: {seen}")


def json_in_full(folder, *arguments):
    """A profile as JSON whose stages add up."""
    def presence(found):
        adds_up(found)
        return [found[name]["present_seconds"] / (found[name]["tracks"] * found[name]["seconds"])
                for name in ("workers", "encoders") if found[name]["tracks"]]
    return repeated(lambda: as_json(folder, *arguments), presence)


def stages(part):
    return {stage["name"]: stage for stage in part["stages"]}


@case("the options of windows apply: labels, a split, a table")
def _(folder):
    start(folder)
    for option, says in ((["--label", "none"], "none"), (["--split", "1,1,1"], "split: found"),
                         (["--label-field", "x"], "label-field"), (["--windows", "none.csv"], "none.csv"),
                         (["--drop-unlabelled"], "drop-unlabelled"), (["--split-by", "group"], "split-by")):
        refuses(folder, ["profile", *JOB, *SHORT, "--no-sweep", *option, "--quiet"], [says])
    profile(folder, *JOB, *SHORT, "--no-sweep", "--label", "return:5", "--split", "0.7,0.15,0.15", "--shuffle", 1,
            "-o", "a.h5")


@case("a job with an HDF5 output: the stages add up, and only the report remains")
def _(folder):
    start(folder)
    (folder / "a.h5").write_text("not to be touched")
    found = json_in_full(folder, *JOB, *SHORT, "-o", "a.h5", "--no-sweep")
    check(found["images"] > 0 and found["images_per_second"] > 0, f"images {found['images']}")
    equal(found["format"], "hdf5", "format")
    workers, queues = stages(found["workers"]), stages(found["queues"])
    for name in ("read", "upload", "launch", "wait for the device", "write"):
        check(name in workers, f"no {name} among {list(workers)}")
    equal((workers["write"]["waits"], workers["wait for the device"]["waits"]), (False, True), "who waits")
    if not queues:
        raise Skip("times of kernels: the driver reports none")
    for name in ("upload", "minmax", "rasterize", "deflate", "download"):
        check(name in queues, f"no {name} among {list(queues)}")
    check(queues["upload"]["bytes"] >= 8 * found["images"], f"uploaded {queues['upload']}")
    equal(found["tried"], [], "what was tried")
    pixels = next(buffer for buffer in found["buffers"] if buffer["name"] == "pixels" and buffer["on_device"])
    equal((pixels["count"], pixels["bytes"]), (found["in_flight"], found["in_flight"] * found["batch"] * 16000), "pixels")
    check(re.match(r"(reading|drawing|encoding|writing): \d+% busy; ", found["verdict"]), found["verdict"])


@case("a short job is profiled as a whole, and encoders add up too")
def _(folder):
    start(folder)
    found = json_in_full(folder, *JOB, "--limit", 500, "--format", "jpeg", "-o", "pictures/", "--jobs", 3, "--no-sweep")
    equal((found["images"], found["jobs"], found["encoders"]["tracks"]), (500, 3, 3), "images, threads")
    encoders = stages(found["encoders"])
    check(encoders["encode"]["seconds"] > 0 and encoders["write"]["seconds"] > 0, f"{encoders}")
    equal(sum(stage["count"] for stage in found["queues"]["stages"] if stage["name"] == "stamp"),
          -(-500 // found["batch"]) if found["queues"]["tracks"] else 0, "launches of stamp")


@case("other settings are measured and compared with the job as given")
def _(folder):
    start(folder)
    def shares(result):
        found = re.findall(r"^  sum +[\d.]+ +=.* x [\d.]+ s, ([\d.]+)%$", result.out, re.MULTILINE)
        check(len(found) >= 2, f"sums in {result.out}")
        return [float(share) / 100 for share in found]
    result = repeated(lambda: profile(folder, *JOB, "--seconds", 0.3, "-o", "a.h5", "--batch", 64), shares)
    contains(result.out, ["workers ", "queues of the device", "memory ", "images/s    ratio    B/image",
                          "  as given", "  --batch 16 ", "  --batch 256 ", "--compress none", "--chunk-images 8", "recommended: "],
             "the report")
    for rate, ratio in re.findall(r"^  (?:as given|--\S.*?) +(\d+) +([\d.]+)x", result.out, re.MULTILINE):
        check(int(rate) > 0 and float(ratio) > 0, f"{rate}, {ratio}")
    found = as_json(folder, *JOB, "--seconds", 0.1, "--jobs", 1, "--batch", 8, "--format", "png", "-o", "pictures")
    tried = [row["settings"] for row in found["tried"]]
    check(tried[0] == "" and any("--jobs 2" in row for row in tried), f"tried {tried}")
    check(any("--compress none" in row for row in tried), f"tried {tried}")


@case("settings that make the output larger or slower to read are not recommended")
def _(folder):
    start(folder)
    result = profile(folder, "a.npy", "--window", 50, "--size", "32x32", "--seconds", 0.4, "-o", "a.h5")
    rows = re.findall(r"^  (?:as given|--\S.*?) +\d+ +[\d.]+x +(\d+) +([\d.]+) us +([\d.]+) us$", result.out, re.MULTILINE)
    equal(len(rows), 3, f"rows with the size and the time to read in {result.out}")
    check(int(rows[1][0]) > 1.1 * int(rows[0][0]), f"uncompressed {rows[1]} of {rows[0]}")
    advice = re.findall(r"^(?:not )?recommended: .*$", result.out, re.MULTILINE)
    check(not any("--compress none" in line for line in advice if line.startswith("recommended")), f"{advice}")
    for line in advice:
        check("no change;" in line or "the output stays the same" in line or
              re.search(r"per image [\d.]+ times the bytes, [\d.]+ times a random read, [\d.]+ times a sequential", line), line)
    found = as_json(folder, "a.npy", "--window", 50, "--size", "32x32", "--seconds", 0.2, "-o", "a.h5")
    for row in found["tried"]:
        equal("bytes_per_image" in row, row["changes_output"] or row["settings"] == "", f"{row}")
        check(row.get("random_read_seconds", 1) > 0 and row.get("sequential_read_seconds", 1) > 0, f"{row}")
    found = as_json(folder, "a.npy", "--window", 50, "--size", "32x32", "--seconds", 0.2, "-o", "pictures", "--format", "png")
    row = found["tried"][-1]
    contains(row["settings"], ["--compress none"], "the last row")
    check(row["bytes_per_image"] > 1024, f"{row}")


@case("a split output: several files are written, and none remains")
def _(folder):
    start(folder)
    for form in (["-o", "a.npy.npy"], ["-o", "a.tar"], ["-o", "sub/a.h5"]):
        (folder / "sub").mkdir(exist_ok=True)
        for seconds in (0.4, 4, 40):  # as a slow machine needs
            found = as_json(folder, *JOB, "--seconds", seconds, *form, "--images-per-file", 200, "--batch", 64, "--no-sweep")
            adds_up(found)
            if found["images"] > 200:
                break
        check(found["images"] > 200, f"{form}: {found['images']} images")


@case("--trace writes a file for trace viewers")
def _(folder):
    start(folder)
    profile(folder, *JOB, *SHORT, "--no-sweep", "--trace", "t.json", made=["t.json"])
    events = json.loads((folder / "t.json").read_text())["traceEvents"]
    spans = [event for event in events if event["ph"] == "X"]
    names = {event["args"]["name"] for event in events if event["ph"] == "M"}
    check({"host", "worker 1"} <= names, f"names {names}")
    last = {}
    for event in sorted(spans, key=lambda event: event["ts"]):
        place = event["pid"], event["tid"]
        check(event["ts"] >= last.get(place, 0) - 1, f"{event} overlaps the one before it in its row")
        last[place] = event["ts"] + event["dur"]
    check({"read", "upload"} <= {event["name"] for event in spans}, "names of intervals")


@case("an interrupted profile leaves no file")
def _(folder):
    start(folder)
    before = listing(folder)
    with launched(folder, "profile", *JOB, "-o", "a.h5", "--seconds", 600) as process:
        wait_until(process, lambda: list(folder.glob(".plotmill-profile-*/*")), "an output")
        process.send_signal(signal.SIGINT)
        out, err = output_of(process)
    equal((process.returncode, out), (130, ""), f"the end: {err}")
    unchanged(before, folder, "an interrupted profile")


@case("invalid options are refused, and leave no file")
def _(folder):
    start(folder)
    (folder / "mine.json").write_text("mine")
    for arguments, words in [
        ([*JOB, "-o", "-", "--format", "raw"], ["-o -", "standard output"]),
        ([*JOB, "--format", "png"], ["--format", "-o OUTPUT"]),
        ([*JOB, "-o", "a.xyz"], ["a.xyz"]),
        ([*JOB, "-o", "nowhere/a.h5"], ["nowhere", "No such file"]),
        ([*JOB, "--fallback", "--no-fallback"], ["fallback"]),
        ([*JOB, "--seconds", "0"], ["seconds", "0.01 to 3600"]),
        (["b.npy", "--window", 50, "-o", "a.h5"], ["b.npy"]),
        (["a.npy", "-o", "a.h5"], ["a.npy", "the option window"]),
        ([*JOB, "--trace", "a.npy"], ["--trace a.npy", "is one of the inputs"]),
        ([*JOB, "--trace", "mine.json"], ["--trace mine.json", "was not written by this option"]),
        ([*JOB, "-o", "a.h5", "--trace", "a.h5"], ["--trace a.h5", "is also the output"]),
        ([*JOB, "-o", "./b.h5", "--trace", "b.h5"], ["--trace b.h5", "is also the output"]),
        ([*JOB, "--trace", "nowhere/t.json", "--seconds", 0.05, "-q", "--no-sweep"], ["--trace nowhere/t.json", "no such folder: nowhere"]),
    ]:
        refuses(folder, ["profile", *arguments], words)


main()
