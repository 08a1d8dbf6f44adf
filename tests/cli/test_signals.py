"""SIGINT, SIGTERM and SIGHUP end the command within a second at any stage, and leave only complete files."""
import os
import resource
import signal
import time

import numpy as np

from harness import Failure, case, check, contains, equal, info_hash, launched, listing, main, output_of, render
from harness import run, wait_until
from harness import wait_for_line

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# One second is promised. Other processes may delay a run, but hardly every one of TRIES.
ALLOWED = float(os.environ.get("PLOTMILL_SIGNAL_SECONDS", "2.5"))
TRIES = 4
NOTHING = "plotmill: cancelled, nothing was kept"
RESUMES = "plotmill: cancelled, complete files are kept: add --resume to the same command to continue"


def end(process, number):
    """Seconds from the signal to the end, and the last line."""
    began = time.monotonic()
    process.send_signal(number)
    out, err = output_of(process)
    seconds = time.monotonic() - began
    equal((process.returncode, out), (130, ""), f"exit code and stdout after {number!r}: {err}")
    return seconds, err.splitlines()[-1]


def ends_promptly(folder, job, ready, number, expected):
    """Ends a job by a signal when it is ready. On a slow machine that may take up to a quarter of the time before, which
    includes a batch of the warm-up: no signal waits for the end of a batch."""
    before, found = listing(folder), []
    for _ in range(TRIES):
        with launched(folder, "render", *job) as process:
            began = time.monotonic()
            ready(process)
            allowed = max(ALLOWED, (time.monotonic() - began) / 4)
            seconds, last = end(process, number)
        equal(last, expected, f"the last line after {number!r}")
        equal(listing(folder), before, f"files after {number!r}")
        found.append(f"{seconds:.2f} s of {allowed:.2f}")
        if seconds < allowed:
            print(f"# {number.name}: {', '.join(found)}")
            return
    raise Failure(f"{number!r} took too long each time: {', '.join(found)}")


def slow_job(folder):
    """A batch takes many seconds: long, steep, antialiased lines, all windows in one batch."""
    np.save(folder / "walk.npy", np.random.default_rng(3).standard_normal(40000))
    return ["walk.npy", "--window", 20000, "--size", "2000x1500", "--line-width", 40, "--antialias", "--batch", 20,
            "--stride", 50]


@case("a signal does not wait for a batch of many seconds")
def _(folder):
    def at_work(process):
        wait_until(process, lambda: any(".partial-" in path.name for path in folder.iterdir()), "the output")
        time.sleep(0.1)  # into the first batch; every moment must work

    def made_ready(process):
        wait_for_line(process, "Rendering mode")
        time.sleep(1.5)  # into the warm-up; every moment must work

    job = slow_job(folder)
    ends_promptly(folder, [*job, "-o", "a.h5"], at_work, signal.SIGINT, NOTHING)
    ends_promptly(folder, [*job, "-o", "p", "--format", "png"], at_work, signal.SIGTERM, NOTHING)
    ends_promptly(folder, [*job, "-o", "b.h5", "--images-per-file", 400], made_ready, signal.SIGHUP, RESUMES)


@case("a signal does not wait for compilation")
def _(folder):
    ends_promptly(folder, [*slow_job(folder), "-o", "a.h5", "--no-cache"],
                  lambda process: wait_for_line(process, "compiling kernels"), signal.SIGTERM, NOTHING)


def cut(folder, job, number):
    """Ends the job when it has made two more files. False: it was finished before."""
    def finished():
        return len(list(folder.glob("cut-?????.h5")))
    before = finished()
    with launched(folder, "render", *job, "-o", "cut.h5", "--resume") as process:
        while process.poll() is None and finished() < before + 2:
            time.sleep(0.005)
        process.send_signal(number)
        out, err = output_of(process)
    if process.returncode == 0:
        return False
    equal((process.returncode, out, err.splitlines()[-1]), (130, "", RESUMES), f"the end after {number!r}")
    equal([path.name for path in folder.glob("*.partial-*")], [], "unfinished files")
    check(not (folder / "cut.h5").exists(), "what joins the files came before them")
    return True


@case("--resume continues an interrupted job")
def _(folder):
    np.save(folder / "walk.npy", np.cumsum(np.random.default_rng(5).standard_normal(30000)))
    job = ["walk.npy", "--window", 100, "--size", "300x200", "--batch", 64, "--images-per-file", 500]
    render(folder, *job, "-o", "whole.h5")
    for _ in range(20):
        if all(cut(folder, job, number) for number in SIGNALS):
            break
        for path in folder.glob("cut*"):  # from the beginning again
            path.unlink()
    else:
        raise Failure("20 times the job was done before a signal came")
    render(folder, *job, "-o", "cut.h5", "--resume")
    equal(info_hash(folder, "cut.h5"), info_hash(folder, "whole.h5"), "hash")


@case("the message of a failure explains how to continue")
def _(folder):
    np.save(folder / "walk.npy", np.cumsum(np.random.default_rng(5).standard_normal(1000)))
    job = ["walk.npy", "--window", 100, "--size", "300x200", "--images-per-file", 500]
    render(folder, *job, "-o", "first.h5")  # what is compiled is kept, and needs more room
    done = run(folder, "render", *job, "-o", "a.h5",
               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9999, 9999))).need(1)
    contains(done.err, ["complete files of a.h5 are kept: add --resume to the same command to continue",
                        "a-00000.h5: cannot be written"], "the error")


main()
