"""Failures in the middle: exit 1 (disk full, folder that takes nothing) or 130 (interrupted), nothing left behind."""
import contextlib
import os
import pty
import resource
import select
import signal
import subprocess
import time

import numpy as np

from harness import COMMAND, DATA, SECONDS, Failure, Skip, case, check, contains, environment, equal, listing, main
from harness import refuses, render, run

OUTPUTS = [["a.h5"], ["a.h5", "--compress", "none"], ["a.h5", "--dtype", "f32", "--chunk-images", "4"], ["a.npy"],
           ["a.dat", "--dtype", "f16"], ["a.npy", "--dtype", "bits"], ["a.tar"], ["pngs", "--format", "png"],
           ["jpegs", "--format", "jpeg"]]
# 40 MB of pixels, or 300 kB of PNG files for the small disk.
JOB = ["render", str(DATA / "ecg.npy"), "--window", "100", "--limit", "100", "-o"]


def with_parts(images):
    """All outputs, and those in several files, none of which is complete when the failure comes."""
    return [*OUTPUTS, ["a.tar", "--images-per-file", str(images)], ["a.h5", "--images-per-file", str(images)]]


@contextlib.contextmanager
def mounted(folder, options):
    """A file system of its own in `folder`, for those who may mount one."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", folder], check=True)


def file_of(output, further):
    """What a message names: of several files the first one."""
    return output.replace(".", "-00000.") if "--images-per-file" in further else output


def leaves_nothing(folder, code, words, arguments, where, **further):
    result = run(folder, *arguments, **further).need(code)
    contains(result.lines()[-1], ["plotmill: ", *words], "the error")
    equal([line for line in result.lines() if line.startswith("plotmill: ")], result.lines()[-1:], "errors")
    equal(result.out, "", "stdout")
    equal(listing(where), {}, f"what is left after {result.told()}")


@case("a full disk ends in exit 1 with its name, and nothing is left on it")
def _(folder):
    full = folder / "full"
    full.mkdir()
    with mounted(full, "size=200k") as is_small:
        if not is_small:
            raise Skip("small disk: a tmpfs cannot be mounted here")
        for output, *further in with_parts(90):
            leaves_nothing(folder, 1, [f"full/{file_of(output, further)}", "cannot be written", "No space left"],
                           [*JOB, f"full/{output}", *further], full)
        # Once there is room again the same command succeeds.
        render(folder, *JOB[1:4], "--limit", "2", "--size", "20x20", "-o", "full/a.h5")


@case("what cannot fit on the disk is refused before the work begins, with both figures")
def _(folder):
    full = folder / "full"
    full.mkdir()
    big = ["render", DATA / "ecg.npy", "--window", "100", "--limit", "1000", "-o"]
    with mounted(full, "size=100m") as is_small:
        if not is_small:
            raise Skip("small disk: a tmpfs cannot be mounted here")
        for output, *further in (["a.npy"], ["a.dat"], ["a.h5", "--compress", "none"],
                                 ["a.h5", "--compress", "none", "--images-per-file", 100],
                                 ["a.npy", "--images-per-file", 100]):
            leaves_nothing(folder, 2, [f"full/{output}: will take 0.4 GB, but 0.1 GB are free there"],
                           [*big, f"full/{output}", *further], full)
        render(folder, *big[1:], "full/a.npy", "--images-per-file", 100, "--shard", "1/10")
        render(folder, *big[1:], "full/a.h5")
        for made in full.iterdir():
            made.unlink()
        # What is compressed is estimated by drawing the first images.
        np.save(folder / "long.npy", np.random.default_rng(5).standard_normal(60099).cumsum())
        for output, *further in (["a.h5"], ["a.tar"], ["pngs", "--format", "png"], ["a.h5", "--images-per-file", 5000]):
            leaves_nothing(folder, 2, [f"full/{output}: will take 0.", "GB, but 0.1 GB are free there"],
                           ["render", "long.npy", "--window", "100", "-o", f"full/{output}", *further], full)


@case("a file that may not grow further ends in exit 1, and nothing is left")
def _(folder):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 20, 16 << 20))
    for output, *further in [OUTPUTS[1], OUTPUTS[3]]:
        leaves_nothing(folder, 1, [output, "cannot be written", "File too large"], [*JOB, output, *further], folder,
                       preexec_fn=limit)


@case("a folder that takes no file ends in exit 1")
def _(folder):
    closed = folder / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    with contextlib.ExitStack() as stack:
        if os.access(closed, os.W_OK) and not stack.enter_context(mounted(closed, "ro")):
            raise Skip("read-only folder: root may write everywhere, and a tmpfs cannot be mounted here")
        for output, *further in with_parts(90):
            leaves_nothing(folder, 1, [f"closed/{file_of(output, further)}", "cannot be"], [*JOB, f"closed/{output}", *further], closed)
        result = run(folder, "preview", DATA / "ecg.npy", "--window", "100", "-o", "closed/sheet.png").need(1)
        contains(result.err, ["plotmill: closed/sheet.png"], "preview")


@case("a log file that cannot be written is refused at once")
def _(folder):
    refuses(folder, [*JOB, "a.h5", "--log-file", "no/such/log"], ["--log-file no/such/log", "No such file"], code=2)


def start(folder, *arguments, **further):
    """A long render that runs on by itself."""
    def heed():  # also where the tests run under nohup
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    return subprocess.Popen([str(COMMAND), *[str(argument) for argument in arguments]], cwd=folder, env=environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            preexec_fn=heed, **further)


def wait_until(ready, process, what):
    for _ in range(60 * 50):
        if ready():
            return
        check(process.poll() is None, f"{what}: the command ended by itself with {process.poll()}")
        time.sleep(0.02)
    raise Failure(f"{what}: waited in vain")


def cancelled(output, further):
    if "--images-per-file" not in further:
        return "cancelled, nothing was kept"
    kept = "cancelled, files that are complete are kept"
    return f"{kept}: with --resume the same command goes on" if output.endswith(".h5") else kept


def interrupted(folder, output, further, number):
    # 10,000 images of 800x500 take a second at least, and have room on the disk in every form.
    process = start(folder, "render", DATA / "ecg.npy", "--window", "360", "--limit", 10_000, "-o", output, *further)
    try:
        # The first images are there: the device works, the output is open.
        wait_until(lambda: any(path.is_file() and path.stat().st_size > 1000 for path in folder.rglob("*")), process,
                   output)
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    check(time.monotonic() - began < 20, "it took over 20 s to end")
    equal(process.returncode, 130, f"exit code after {number!r}, {err}")
    equal((out, err.splitlines()[-1]), ("", f"plotmill: {cancelled(output, further)}"), "what was said")
    equal(listing(folder), {}, f"what is left of {output}")


for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    @case(f"{number.name} in the middle ends in exit 130, and nothing is left")
    def _(folder, number=number):
        for output, *further in with_parts(100_000) if number == signal.SIGINT else OUTPUTS[:1]:
            interrupted(folder, output, further, number)


@case("SIGINT while the input is read ends in exit 130 too")
def _(folder):
    (folder / "long.csv").write_bytes(b"value\n" + b"1.25\n2.5\n" * 3_000_000)
    process = start(folder, "render", "long.csv", "--window", "3", "-o", "a.h5")
    try:
        time.sleep(0.15)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    equal((process.returncode, err), (130, "plotmill: cancelled, nothing was kept\n"), "exit code and stderr")
    equal(sorted(listing(folder)), ["long.csv"], "what is left")


@case("an interrupted --force leaves the old output as it was")
def _(folder):
    (folder / "old").mkdir()
    np.save(folder / "a.npy", np.arange(400.0))
    render(folder, "a.npy", "--window", "50", "--size", "16x16", "-o", "old/a.h5")
    before = listing(folder)
    process = start(folder, "render", DATA / "ecg.npy", "--window", "360", "-o", "old/a.h5", "--force")
    try:
        wait_until(lambda: len(list((folder / "old").iterdir())) > 1, process, "the new output")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    finally:
        process.kill()
    equal(process.returncode, 130, "exit code")
    equal(listing(folder), before, "what is there")


@case("render goes on when the reader of its standard error has gone")
def _(folder):
    read, write = os.pipe()
    process = subprocess.Popen([str(COMMAND), *JOB, "a.h5"], cwd=folder, env=environment(), stderr=write,
                               stdin=subprocess.DEVNULL)
    os.close(write)
    os.close(read)
    equal(process.wait(SECONDS), 0, "exit code")
    equal(sorted(listing(folder)), ["a.h5"], "what is there")


@case("a standard output that cannot be written ends in exit 1")
def _(folder):
    for arguments in (["devices"], [*JOB, "hash:"], ["help"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([str(COMMAND), *arguments], cwd=folder, env=environment(), stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=SECONDS)
        equal(done.returncode, 1, f"exit code of {arguments[0]}")
        equal(done.stderr.splitlines()[-1], "plotmill: standard output: No space left on device", "stderr")


@case("on a terminal a bar is drawn in one line, and is gone at the end")
def _(folder):
    master, slave = pty.openpty()
    np.save(folder / "a.npy", np.random.default_rng(3).standard_normal(1249))
    # PNG files take a while on any machine: a bar is drawn ten times a second.
    process = subprocess.Popen([str(COMMAND), "render", "a.npy", "--window", "50", "--batch", "40", "--format", "png",
                                "-o", "pngs"], cwd=folder, env=environment(TERM="xterm", COLUMNS="90"),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave)
    os.close(slave)
    said = b""
    while select.select([master], [], [], 60)[0]:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        said += piece
    os.close(master)
    equal(process.wait(SECONDS), 0, "exit code")
    bars = [bar for bar in said.decode().replace("\n", "\r").split("\r") if bar.startswith("[")]
    check(bars, f"no bar in {said!r}")
    for bar in bars:
        contains(bar, ["%", "/1200"], "a bar")
        check(len(bar) < 90, f"too long for the terminal: {bar!r}")
    contains(bars[-1], ["images/s"], "the last bar")
    check(any("ETA" in bar for bar in bars), f"no ETA in {bars}")
    after = said.decode().rsplit("]", 1)[1]
    check("\r" + " " * (len(bars[-1].rstrip())) in after, f"the bar is not wiped: {after!r}")


main()
