"""SIGINT, SIGTERM and SIGHUP end the command within a second, at any stage, and leave nothing that is not complete."""
import os
import signal
import subprocess
import time

import numpy as np

from harness import COMMAND, Failure, case, check, contains, environment, equal, info_hash, listing, main, render

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PROMISED = 1.0
# The machine of a test is busy with others: what is above it was not waiting for a batch of several seconds.
ALLOWED = float(os.environ.get("PLOTMILL_SIGNAL_SECONDS", "2.5"))
RESUMES = "plotmill: cancelled, files that are complete are kept: with --resume the same command goes on"


def start(folder, *arguments):
    def heed():  # also where the tests run under nohup
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    return subprocess.Popen([str(COMMAND), "render", *[str(argument) for argument in arguments]], cwd=folder,
                            env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, preexec_fn=heed)


def until(process, ready, what):
    end = time.monotonic() + 60
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise Failure(f"{what}: did not come; exit {process.poll()}: {process.communicate()[1]}")
        time.sleep(0.005)


def end(process, number):
    """Seconds from the signal to the end, and the last line."""
    began = time.monotonic()
    process.send_signal(number)
    try:
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    seconds = time.monotonic() - began
    equal((process.returncode, out), (130, ""), f"exit code and stdout after {number!r}: {err}")
    check(seconds < ALLOWED, f"{number!r}: {seconds:.2f} s, promised {PROMISED}, allowed on a busy machine {ALLOWED}")
    return err.splitlines()[-1]


def slow_job(folder):
    """A batch takes many seconds: long, steep, antialiased lines, all windows in one batch."""
    np.save(folder / "walk.npy", np.random.default_rng(3).standard_normal(40000))
    return ["walk.npy", "--window", 20000, "--size", "2000x1500", "--line-width", 40, "--antialias", "--batch", 20,
            "--stride", 50]


@case("a batch of many seconds does not hold a signal up")
def _(folder):
    job = slow_job(folder)
    before = listing(folder)
    for number, (output, *further) in zip(SIGNALS, (["a.h5"], ["p", "--format", "png"], ["b.h5", "--images-per-file", 60])):
        process = start(folder, *job, "-o", output, *further)
        until(process, lambda: any(".partial-" in path.name for path in folder.iterdir()) or output == "b.h5", output)
        time.sleep(1.5 if output == "b.h5" else 0.1)
        last = end(process, number)
        expected = RESUMES if "--images-per-file" in further else "plotmill: cancelled, nothing was kept"
        equal(last, expected, f"the last line, {output}")
        equal(listing(folder), before, f"files after {number!r}, {output}")


@case("kernels that are being compiled do not hold a signal up")
def _(folder):
    job = slow_job(folder)
    before = listing(folder)
    process = start(folder, *job, "-o", "a.h5", "--no-cache")
    time.sleep(0.3)
    equal(end(process, signal.SIGTERM), "plotmill: cancelled, nothing was kept", "the last line")
    equal(listing(folder), before, "files")


@case("what a signal cut off goes on with --resume")
def _(folder):
    np.save(folder / "walk.npy", np.cumsum(np.random.default_rng(5).standard_normal(30000)))
    job = ["walk.npy", "--window", 100, "--size", "300x200", "--batch", 64, "--images-per-file", 500]
    render(folder, *job, "-o", "whole.h5")
    for number in SIGNALS:
        before = len(list(folder.glob("cut-?????.h5")))
        process = start(folder, *job, "-o", "cut.h5", "--resume")
        until(process, lambda: len(list(folder.glob("cut-?????.h5"))) > before + 1, "a file")
        equal(end(process, number), RESUMES, "the last line")
        equal([path.name for path in folder.glob("*.partial-*")], [], "unfinished files")
        check(not (folder / "cut.h5").exists(), "what joins the files came before them")
    render(folder, *job, "-o", "cut.h5", "--resume")
    equal(info_hash(folder, "cut.h5"), info_hash(folder, "whole.h5"), "hash")


@case("a failure says how to go on")
def _(folder):
    import resource
    np.save(folder / "walk.npy", np.cumsum(np.random.default_rng(5).standard_normal(1000)))
    job = ["walk.npy", "--window", 100, "--size", "300x200", "-o", "a.h5", "--images-per-file", 500]
    done = subprocess.run([str(COMMAND), "render", *map(str, job)], cwd=folder, env=environment(), text=True,
                          capture_output=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9999, 9999)))
    equal(done.returncode, 1, "exit code")
    contains(done.stderr, ["files of a.h5 that are complete are kept: with --resume the same command goes on",
                           "a-00000.h5: cannot be written"], "the error")


main()
