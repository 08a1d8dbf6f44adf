"""bench/gpu measures a device, reports what fails, and packs what a machine without packages needs. No test depends on speed."""
import json
import os
import pathlib
import subprocess
import sys

from harness import COMMAND, ROOT, SECONDS, case, check, contains, environment, equal, listing, main

BUILD = COMMAND.parent.parent
STEPS = ["build", "devices", "start", "doctor", "verify", "golden hashes", "kernels", "end to end", "batches", "transfers",
         "parts"]
DEVICES = '{"devices": [{"index": 0, "name": "none such", "platform": "p", "driver": "d", "memory": 1, "default": true}]}'


def gpu(folder, *options):
    """Runs bench/gpu; returns the finished process and the JSON that it wrote."""
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    done = subprocess.run([sys.executable, "-B", str(ROOT / "bench" / "gpu"), "--json", "found.json", "--scratch",
                           str(scratch), *map(str, options)], cwd=folder, env=environment(), text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                          check=False)
    path = folder / "found.json"
    return done, json.loads(path.read_text()) if path.exists() else None


def rows(text):
    """Cells of the table, without its two lines of heading."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in cells] for cells in lines[1:]]


@case("gpu: every step runs, and each figure has its repeats and its command")
def _(folder):
    done, found = gpu(folder, "--quick", "--minutes", 4.5, "--sizes", "64x40", "--batches", "16,64", "--seconds", 0.02, "--cases", 3, BUILD)
    check(found, f"no JSON: {done.stderr}")
    steps = {step["name"]: step for step in found["steps"]}
    equal(list(steps), STEPS, "steps")
    failed = [name for name, step in steps.items() if step["state"] == "failed"]
    # The doctor may rightly complain about this machine.
    check(set(failed) <= {"doctor"}, f"failed: {failed}: {done.stderr}")
    equal(done.returncode, 1 if failed else 0, f"exit code: {done.stderr}")
    check(found["opencl_library"] and found["device"]["name"] and found["host"]["cores"] > 0 and len(found["date"]) > 10, f"about: {found['host']}")
    table, shown = rows(done.stdout), []
    for name in ["start", "kernels", "end to end", "batches", "transfers", "parts"]:
        check(steps[name]["figures"], f"no figure of {name}: {done.stderr}")
    for name, step in steps.items():
        for figure in step["figures"]:
            check(0 <= figure["min"] <= figure["median"] <= figure["max"] and figure["count"] > 0, f"{figure}")
            check(str(BUILD) in figure["command"], f"{figure}")
            check([name, figure["name"], figure["unit"]] in [row[:3] for row in table], f"{figure} in {done.stdout}")
        shown += [figure["name"] for figure in step["figures"]]
    features = found["features"]
    for kind in ["binary", "antialiased"]:
        contains(shown, [f"set-up, {kind}, first", f"64x40, {kind}: fill rate", f"64x40, {kind}, null:",
                         f"64x40, {kind}, .npy"], "figures")
        equal(f"64x40, {kind}, .h5" in shown, features["hdf5"], "a figure of HDF5")
    contains(shown, ["pixels, batch 16", "pixels, antialiased, batch 64", "64 MiB: download, pinned"], "figures")
    equal("streams, batch 64" in shown, features["zlib"], "streams")
    equal(sorted(listing(folder)), ["found.json", "scratch"], "files left")


def fake_build(folder):
    """A build whose command hangs, fails and crashes."""
    (folder / "fake" / "tools").mkdir(parents=True)
    (folder / "fake" / "build.ninja").touch()
    (folder / "fake" / "plotmill_config.h").write_text("#define HAVE_HDF5 0\n#define HAVE_STB 0\n")
    program = folder / "fake" / "tools" / "plotmill"
    program.write_text(f"#!/bin/sh\ncase $1 in\ndevices) echo '{DEVICES}' ;;\n"
                       "doctor) echo this driver is broken >&2; exit 3 ;;\n"
                       f"verify) echo $$ >'{folder}/pid'; sleep 600 ;;\n*) kill -SEGV $$ ;;\nesac\n")
    program.chmod(0o755)


@case("gpu: steps that fail, crash or hang are reported, the others run, and nothing is left behind")
def _(folder):
    fake_build(folder)
    done, found = gpu(folder, "--minutes", 0.1, folder / "fake")
    equal(done.returncode, 1, f"exit code: {done.stderr}")
    steps = {step["name"]: step for step in found["steps"]}
    equal(list(steps), STEPS, "steps")
    equal([step["state"] for step in steps.values()], ["done"] * 2 + ["failed"] * (len(STEPS) - 2), "states")
    for name, words in [("start", ["plotmill", "SIGSEGV"]), ("doctor", ["exit 3", "this driver is broken"]),
                        ("verify", ["did not end within", "verify --json"]), ("kernels", ["no time was left"])]:
        contains(steps[name]["message"], words, name)
        contains(done.stdout, [f"| {name} | failed: {steps[name]['message']} |"], "the table")
    contains(done.stderr, ["failed: start, doctor, verify, "], "the last line")
    pid = int((folder / "pid").read_text())
    try:
        os.kill(pid, 0)
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2]
        check(state == "Z", f"process {pid} of the step still runs")
    except (ProcessLookupError, FileNotFoundError):
        pass
    equal(list((folder / "scratch").iterdir()), [], "files left")


@case("gpu --pack collects the headers, and replaces only what it made")
def _(folder):
    for _round in range(2):
        done, _ = gpu(folder, "--pack", folder / "carry")
        equal(done.returncode, 0, f"exit code: {done.stdout}{done.stderr}")
        contains(done.stdout, ["opencl: packed"], "the report")
        check((folder / "carry" / "opencl" / "include" / "CL" / "cl.h").is_file(), f"{listing(folder)}")
    (folder / "other").mkdir()
    (folder / "other" / "mine").touch()
    done, _ = gpu(folder, "--pack", folder / "other")
    equal(done.returncode, 1, "exit code")
    contains(done.stderr, [f"{folder / 'other'}", "not made by --pack"], "the message")
    check((folder / "other" / "mine").exists(), "the file is there")


@case("gpu: wrong options are refused")
def _(folder):
    for options, words in [(["nowhere"], ["BUILD nowhere", "no build"]), (["--sizes", "64"], ["--sizes", "'64'"]),
                           (["--batches", "0,8"], ["--batches", "'0,8'"])]:
        done, found = gpu(folder, *options)
        equal((done.returncode, found), (2, None), f"exit code of {options}: {done.stderr}")
        contains(done.stderr, words, "the message")


main()
