"""The steps of bench/gpu. Each takes the Run (gpu_run.py) and adds commands, figures and words to its current step."""
import array
import json
import random
import re
import shutil
import struct
import sys
import time

import gpu_carry
from gpu_run import ROOT, Failed, Skipped

WINDOW = 100
IMAGES_MOST = 1_000_000     # windows of the series
FILE_MOST = 2 << 30         # bytes of an output
KINDS = [("binary", []), ("antialiased", ["--antialias"])]
SPREAD = r"([\d.]+) {} \(([\d.]+) to ([\d.]+)\)"


def build(run):
    if run.options.build:
        run.found(f"{run.build}, as it was")
    else:
        ninja = shutil.which("ninja") or shutil.which("ninja-build")
        meson = [shutil.which("meson")] if shutil.which("meson") else [sys.executable, "-m", "mesonbuild.mesonmain"]
        if not ninja:
            raise Failed("ninja is not installed")
        options, variables, notes = gpu_carry.use(run.options.carry, run.build)
        run.environment.update(variables)
        for note in notes:
            run.found(note)
        if not (run.build / "build.ninja").is_file():
            run.command([*meson, "setup", run.build, "-Dtests=disabled", "-Dman=false", "--wrap-mode=nodownload",
                         *options])
        run.command([ninja, "-C", run.build])
    config = (run.build / "plotmill_config.h").read_text()
    features = dict(re.findall(r"#define HAVE_(\w+) ([01])", config))
    run.about["features"] = {name.lower(): value == "1" for name, value in features.items()}
    run.found("built with " + ", ".join(name.lower() for name, value in features.items() if value == "1"))


def devices(run):
    out, _ = run.plotmill("devices", "--json", device=False)
    run.about["devices"] = json.loads(out)["devices"]
    if not run.about["devices"]:
        raise Failed("no OpenCL device (plotmill doctor says why)")
    library = re.search(r"^OpenCL library: (.*)$", run.plotmill("devices", device=False)[0], re.MULTILINE)
    run.about["opencl_library"] = library[1] if library else None
    run.found(f"OpenCL library: {run.about['opencl_library']}")
    for device in run.about["devices"]:
        run.found(f"device {device['index']}: {device['name']}, {device['platform']}, driver {device['driver']}, "
                  f"{device['memory'] / 2**30:.1f} GiB{', the default' if device['default'] else ''}")


def doctor(run):
    out, _ = run.plotmill("doctor", "--json", device=False, codes=(0, 1))
    run.about["doctor"] = findings = json.loads(out)["findings"]
    problems = [finding for finding in findings if finding["severity"] == "problem"]
    run.found(f"{len(findings)} checks, {len(problems)} problems")
    for finding in findings:
        if finding["severity"] != "ok":
            run.found(f"{finding['severity']}: {finding['check']}: {finding['found']}: {finding['fix']}")
    if problems:
        raise Failed(f"{len(problems)} problems")


def walk(run):
    """A random walk as .npy, made once."""
    path = run.scratch / "walk.npy"
    if path.exists():
        return path
    generator, value, samples = random.Random(1), 0.0, array.array("d")
    for _ in range(IMAGES_MOST + WINDOW - 1):
        value += generator.random() - 0.5
        samples.append(value)
    if sys.byteorder == "big":
        samples.byteswap()
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({len(samples)},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + samples.tobytes())
    return path


def render(run, images, output, *options):
    """(the summary, the command). The output is removed."""
    out, command = run.plotmill("render", walk(run), "--window", WINDOW, "--limit", images, *options, "-o", output,
                                "--json", "--quiet")
    if output != "null:":
        output.unlink()
    return json.loads(out), command


def start(run):
    """Compiling the kernels with every cache empty, then starting with them in the cache."""
    for kind, options in KINDS:
        summary, command = render(run, 10, "null:", *options)
        run.about["device"] = run.about["device"] or summary["device"]
        run.figure(f"set-up, {kind}, first", "s", [summary["setup_seconds"]], command)
        again = [render(run, 10, "null:", *options)[0]["setup_seconds"] for _ in range(1 if run.options.quick else 5)]
        run.figure(f"set-up, {kind}, cached", "s", again, command)


def verify(run):
    sheet = ["--sheet", run.scratch / "verify.png"] if run.about.get("features", {}).get("stb") else []
    out, _ = run.plotmill("verify", "--json", *sheet, codes=(0, 1))
    found = json.loads(out)
    wrong = [pattern["pattern"] for pattern in found["patterns"] if not pattern["passed"]]
    run.found(f"{len(found['patterns']) - len(wrong)} of {len(found['patterns'])} patterns passed on "
              f"{found['device']['name']}")
    if wrong:
        raise Failed(f"wrong: {', '.join(wrong)}")


def golden(run):
    if (run.build / "tools/plotmill").is_file() and not (run.build / "tests/kernel/conform").is_file():
        raise Skipped("tests/kernel/conform: not in this build (it needs zlib)")
    kinds = {"lines": "hashes.txt", "layers": "charts.txt"}
    if run.options.quick:
        del kinds["layers"]
    for kind, hashes in kinds.items():
        out, _ = run.program("tests/kernel/conform", "--kind", kind, "--scale", "tiny", "--cases", run.options.cases,
                             "--golden", ROOT / "tests/golden" / hashes, "--cache", run.scratch / "cache", codes=(0, 1))
        check_golden(run, kind, out)


def check_golden(run, kind, out):
    lines = re.findall(r"^((?:not )?ok) \d+ - (.*)$", out, re.MULTILINE)
    for state, text in lines:
        run.found(f"{state}: {kind}: {text}")
    planned = re.search(r"^1\.\.(\d+)", out, re.MULTILINE)
    stopped = re.search(r"^Bail out! (.*)$", out, re.MULTILINE)
    if stopped:
        raise Failed(f"conform stopped: {stopped[1]}")
    if not planned or int(planned[1]) != len(lines):
        raise Failed("conform ended before its last check")
    wrong = [text for state, text in lines if state != "ok"]
    if wrong:
        raise Failed(f"{len(wrong)} of {len(lines)} checks of {kind} failed: {wrong[0]}")


def kernels(run):
    """Kernels and fill, each launch waited for."""
    for size in run.options.sizes:
        rounds = 5 if run.options.quick else 31
        out, command = run.program("bench/bench-kernels", "--size", size, "--rounds", rounds)
        sections = re.split(r"^(binary|antialiased), .*\n", out, flags=re.MULTILINE)
        if len(sections) != 5:
            raise Failed(f"bench-kernels: expected two sections, found {out!r}")
        for kind, text in zip(sections[1::2], sections[2::2]):
            about = f"{size}, {kind}"
            lines = re.findall(r"^  (\w.*?) +" + SPREAD.format("us/img") + r" +([\d.]+) GB/s", text, re.MULTILINE)
            for name, middle, least, most, rate in lines:
                run.figure(f"{about}: {name}", "us/image", [float(middle)], command, (float(least), float(most)), rounds)
                if name == "fill":
                    run.figure(f"{about}: fill rate", "GB/s", [float(rate)], command,
                               [float(rate) * float(middle) / max(float(end), 1e-9) for end in (most, least)], rounds)
            share = re.search(r"([\d.]+) of the fill rate \(([\d.]+) to ([\d.]+)\)", text)
            run.figure(f"{about}: all stages, share of fill", "", [float(share[1])], command,
                       (float(share[2]), float(share[3])), rounds)


def end_to_end(run):
    """Jobs from a file to each output. A first job finds how many images take about --seconds."""
    room = min(FILE_MOST, shutil.disk_usage(run.scratch).free // 4)
    plan, rounds = [], 1 if run.options.quick else 3
    for size in run.options.sizes:
        pixels = int(size.split("x")[0]) * int(size.split("x")[1])
        for kind, options in KINDS:
            for name, output in [("null:", "null:"), (".npy", run.scratch / "a.npy"), (".h5", run.scratch / "a.h5")]:
                if name == ".h5" and not run.about.get("features", {}).get("hdf5"):
                    continue
                most = IMAGES_MOST if name == "null:" else max(100, room // pixels)
                plan.append((f"{size}, {kind}, {name}", ["--size", size, *options], output, most))
    if not run.about.get("features", {}).get("hdf5"):
        run.found(".h5 skipped: this build has no HDF5")
    images, rates, commands = {}, {}, {}
    for name, options, output, most in plan:
        summary, _ = render(run, min(1000, most), output, *options)
        images[name] = int(min(most, max(1000, summary["images_per_second"] * run.options.seconds)))
    for number in range(rounds):
        begin = time.monotonic()
        for name, options, output, _ in plan:
            summary, commands[name] = render(run, images[name], output, *options)
            rates.setdefault(name, []).append(summary["images_per_second"])
        if number + 1 < rounds and run.left() < 1.5 * (time.monotonic() - begin):
            run.found(f"{number + 1} of {rounds} rounds: no time was left for more")
            break
    for name, values in rates.items():
        run.figure(name, "images/s", values, commands[name])


def bench(run, batch, *further):
    """The only device of plotmill bench, and the command."""
    out, command = run.plotmill("bench", "--size", run.options.sizes[0], "--window", WINDOW, "--seconds",
                                run.options.seconds / 4, "--batches", batch, "--json", "--quiet", *further)
    return json.loads(out)["devices"][0], command


def batches(run):
    """Pixels and streams by batch size, up to the largest that fits; with the time of `deflate` in one launch."""
    rates, deflate, commands, reasons, waiting = {}, {}, {}, {}, list(run.options.batches)
    rounds, done, previous = 1 if run.options.quick else 3, [], None

    def measure(batch):
        found, commands[batch] = bench(run, batch)
        fits = False
        for mode in found["modes"]:
            row, key = mode["rows"][0], (mode["name"], batch)
            if row["measured"]:
                fits = True
                rates.setdefault(key, []).append(row["images_per_second"])
                stages = {stage["name"]: stage["seconds_per_image"] for stage in row["alone"]["stages"]}
                if "deflate" in stages:
                    deflate.setdefault(key, []).append(1e3 * stages["deflate"] * batch)
            else:
                reasons[key] = row["reason"]
                least = re.search(r"at most (\d+) (?:such )?images", row["reason"])
                if least and mode["payload"] == "streams" and int(least[1]) > max(done, default=0):
                    waiting.append(int(least[1]))
        return fits

    while waiting:
        batch = waiting.pop(0)
        if batch in done:
            continue
        if previous and previous[1] > 5 and previous[1] * batch / previous[0] > run.left():
            run.found(f"batches from {batch} on: not measured: no time was left")
            break
        begin = time.monotonic()
        if measure(batch):
            done.append(batch)
            previous = batch, time.monotonic() - begin
            run.batch_seconds[batch] = previous[1]
        else:
            waiting = sorted(other for other in waiting if other < batch)
    for number in range(1, rounds):
        for batch in done:
            if run.left() < 2 * previous[1]:
                run.found(f"{number} of {rounds} rounds are complete: no time was left for more")
                done = []
                break
            measure(batch)
    for (mode, batch), values in sorted(rates.items()):
        run.figure(f"{mode}, batch {batch}", "images/s", values, commands[batch])
    for (mode, batch), values in sorted(deflate.items()):
        run.figure(f"{mode}, batch {batch}: deflate, one launch", "ms", values, commands[batch])
    for (mode, batch), reason in sorted(reasons.items()):
        run.found(f"{mode}, batch {batch}: not measured: {reason}")
    if not rates:
        raise Failed("no batch was measured")


def transfers(run):
    shared = run.about["device"] and not run.about["device"]["discrete"]
    if shared:
        run.found("the device shares the host's memory: jobs read results in place, and \"not pinned\" is that")
    for mib in ([64] if run.options.quick else [16, 256]):
        rounds = 5 if run.options.quick else 31
        out, command = run.program("bench/bench-transfers", "--mib", mib, "--rounds", rounds)
        for name, text in re.findall(r"^  (upload|download, (?:not )?pinned) +(.*)$", out, re.MULTILINE):
            found = re.match(SPREAD.format("GB/s"), text)
            if found:
                run.figure(f"{mib} MiB: {name}", "GB/s", [float(found[1])], command,
                           (float(found[2]), float(found[3])), rounds)
            else:
                run.found(f"{mib} MiB: {name}: {text}")


def parts(run):
    """What overlap, pinned memory and encoding on the device bring, and the kernel cache."""
    # Some ten times as long as without --ablate: of the batches with enough time the largest, up to 4096.
    fast = [batch for batch, seconds in run.batch_seconds.items() if 15 * seconds < run.left() and batch <= 4096]
    found, command = bench(run, max(fast, default=min(run.options.batches)), "--ablate")
    run.found(f"batches of {found['modes'][0]['rows'][0]['batch']}")
    for row in found["ablation"]:
        about = f"{row['mode']}: with {row['without']} / without"
        if "not_applied" in row:
            run.found(f"{about}: {row['not_applied']}")
        else:
            run.figure(about, "ratio, means of 3 each", [row["ratio"]], command)
