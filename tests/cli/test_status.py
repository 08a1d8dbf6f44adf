"""--status: a small JSON file with the state of a job, complete at every moment."""
import json
import os
import signal
import subprocess
import time

import numpy as np

from harness import COMMAND, case, check, contains, environment, equal, large_table, launched, listing, main, output_of
from harness import refuses, render, run, wait_for_line, wait_until

JOB = ["a.npy", "--window", 20, "--size", "40x30"]
# More images than any machine renders during a test.
IMAGES = 9_000_000 - 1000 + 1
LONG = ["long.npy", "--window", "1000", "--size", "1600x1200", "--antialias"]


def start(folder):
    np.save(folder / "a.npy", np.arange(60.0) % 7)
    np.save(folder / "long.npy", np.random.default_rng(1).standard_normal(9_000_000).cumsum())


def read_status(folder, name="status.json"):
    return json.loads((folder / name).read_text())


def launch(folder, *arguments, status="status.json", **further):
    return launched(folder, "render", *arguments, "--status", status, **further)


def wait_for(folder, process, ready):
    """Returns all states up to the first that is `ready`."""
    seen = []

    def see():
        if (folder / "status.json").exists():
            state = read_status(folder)  # fails on half a file
            if not seen or seen[-1] != state:
                seen.append(state)
        return seen and ready(seen[-1])

    wait_until(process, see, "the state")
    return seen


@case("a finished job")
def _(folder):
    start(folder)
    render(folder, *JOB, "--line-width", 0.7, "-o", "a.h5", "--status", "status.json")
    state = read_status(folder)
    device = next(device for device in json.loads(run("/", "devices", "--json").out)["devices"] if device["default"])
    expected = {"state": "done", "done": 41, "images": 41, "eta_seconds": None, "output": "a.h5", "exit_code": 0,
                "device": device["name"], "device_type": device["type"], "warnings": 1}
    equal({name: state.get(name) for name in expected}, expected, "the status")
    contains(state["last_warning"], ["0.7 px"], "the warning")
    check("error" not in state, f"an error of a job that is done: {state}")
    for name in ("images_per_second", "elapsed_seconds", "setup_seconds", "pid"):
        check(state[name] > 0, f"{name} of {state}")
    check(state["started"] <= state["updated"], f"times of {state}")
    render(folder, *JOB, "-o", "null:", "--status", "status.json")
    equal(read_status(folder)["output"], "null:", "the next job's status replaces it")
    equal(sorted(listing(folder)), ["a.h5", "a.npy", "long.npy", "status.json"], "what is left")


@case("a running job, then an interrupted one")
def _(folder):
    start(folder)
    with launch(folder, *LONG, "-o", "null:") as process:
        seen = wait_for(folder, process, lambda state: state["done"] > 0 and state["eta_seconds"])
        equal({state["state"] for state in seen}, {"running"}, "states")
        state = seen[-1]
        equal((state["images"], state["pid"]), (IMAGES, process.pid), "images and process")
        check(0 < state["done"] < IMAGES and state["recent_images_per_second"] > 0, f"progress in {state}")
        later = wait_for(folder, process, lambda now: now["done"] > state["done"])[-1]
        check(later["updated"] > state["updated"] and later["elapsed_seconds"] - state["elapsed_seconds"] > 0.9,
              f"updates: {state} and {later}")
        process.send_signal(signal.SIGTERM)
        err = output_of(process)[1]
    equal(process.returncode, 130, f"exit code with {err}")
    state = read_status(folder)
    equal((state["state"], state["exit_code"], state["eta_seconds"]), ("cancelled", 130, None), "the last state")
    contains(state["error"], ["cancelled"], "why")
    equal(sorted(listing(folder)), ["a.npy", "long.npy", "status.json"], "what is left")


@case("a signal while the input is read")
def _(folder):
    large_table(folder / "long.csv.gz")
    with launch(folder, "long.csv.gz", "--column", "value", "--window", 3, "-o", "null:") as process:
        state = wait_for(folder, process, lambda state: True)[-1]
        equal((state["state"], state["done"], state["images"]), ("running", 0, None), "the first state")
        process.send_signal(signal.SIGINT)
        err = output_of(process)[1]
    equal((process.returncode, read_status(folder)["state"]), (130, "cancelled"), f"exit code and state, with {err}")


@case("a failed job")
def _(folder):
    start(folder)
    run(folder, "render", "none.csv", "-o", "a.h5", "--status", "status.json").need(2)
    state = read_status(folder)
    equal((state["state"], state["exit_code"], state["done"]), ("failed", 2, 0), "the status")
    contains(state["error"], ["none.csv", "no such file"], "the error")
    if os.path.exists("/dev/full"):
        arguments = ["render", *JOB, "-o", "-", "--format", "raw", "--status", "status.json"]
        with open("/dev/full", "wb") as full:
            code = subprocess.run([COMMAND, *map(str, arguments)], cwd=folder, env=environment(), stdout=full,
                                  stderr=subprocess.PIPE).returncode
        state = read_status(folder)
        equal((code, state["state"], state["exit_code"]), (1, "failed", 1), "the status of a full disk")
        contains(state["error"], ["No space left"], "the error")


@case("a status that cannot be written: refused at the start, a warning later")
def _(folder):
    start(folder)
    refuses(folder, ["render", *JOB, "-o", "a.h5", "--status", "no/such/file"],
            ["--status no/such/file", "no such folder: no/such"])
    (folder / "gone").mkdir()
    with launch(folder, *LONG, "-o", "null:", status="gone/status.json") as process:
        status = folder / "gone" / "status.json"
        wait_until(process, lambda: status.exists() and read_status(folder, "gone/status.json")["done"], "a status")
        (folder / "gone").rename(folder / "away")
        words = "warning: --status gone/status.json: "
        wait_for_line(process, words)
        time.sleep(1.2)  # the next is due, and no further warning
        process.send_signal(signal.SIGINT)
        err = output_of(process)[1]
    equal((process.returncode, err.count(words)), (130, 0), f"exit code, and warnings after the first in {err}")


@case("other files are not overwritten")
def _(folder):
    start(folder)
    (folder / "notes.json").write_text('{"mine": 1}\n')
    (folder / "empty").write_text("")
    for name, words in [("notes.json", ["was not written by this option"]), ("a.npy", ["is one of the inputs"]),
                        (".", ["was not written by this option"]), ("a.h5", ["is also the output"]),
                        ("/dev/null", ["was not written by this option"])]:
        refuses(folder, ["render", *JOB, "-o", "a.h5", "--status", name], [f"--status {name}", *words])
    for option in ["--log-file", "--status"]:
        refuses(folder, ["render", *JOB, "-o", "a.h5", option, "./a.npy"], [f"{option} ./a.npy", "one of the inputs"])
        refuses(folder, ["render", *JOB, "-o", "a.h5", option, "a.h5"], [f"{option} a.h5", "is also the output"])
    # The files do not exist yet, and their paths are spelled differently.
    (folder / "sub").mkdir()
    (folder / "link").symlink_to("sub")
    spellings = [("./a.h5", "a.h5"), (folder / "a.h5", "a.h5"), ("link/a.h5", "sub/../link//a.h5"),
                 ("link/a.h5", "sub/a.h5"), ("sub/pngs/", "link/pngs")]
    for output, other in spellings:
        for option in ["--log-file", "--status"]:
            refuses(folder, ["render", *JOB, "-o", output, "--format", "hdf5" if str(output).endswith("h5") else "png",
                             option, other], [f"{option} {other}", "is also the output"])
        refuses(folder, ["render", *JOB, "-o", "null:", "--log-file", output, "--status", other],
                [f"--status {other}", "is also the log file"])
    render(folder, *JOB, "-o", "link/a.h5", "--log-file", "a.h5.log", "--status", "link/a.h5.json")
    refuses(folder, ["render", *JOB, "-o", "a.h5", "--log-file", "notes.json"], ["exists and is not a log file"])
    for _ in range(2):
        render(folder, *JOB, "-o", "null:", "--log-file", "empty.log")
    run(folder, "render", *JOB, "-o", "a.h5", "--status", "log", "--log-file", "log").need(2)
    render(folder, *JOB, "-o", "a.h5", "--status", "empty")
    equal(read_status(folder, "empty")["state"], "done", "the status in a file that was empty")
    before = listing(folder)
    render(folder, *JOB, "--dry-run", "--status", "status.json")
    equal(listing(folder), before, "what a dry run leaves")


main()
