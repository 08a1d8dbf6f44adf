"""Failures while rendering: exit 1 (disk full, folder not writable) or 130 (interrupted). No partial output remains."""
import contextlib
import os
import pty
import re
import resource
import shutil
import signal
import subprocess
import threading
import time

import numpy as np

from harness import COMMAND, DATA, SECONDS, Failure, Skip, case, check, contains, environment, equal, holds_open, large_table
from harness import launched, listing, main, output_of, refuses, render, run, size_of, wait_until

OUTPUTS = [["a.h5"], ["a.h5", "--compress", "none"], ["a.h5", "--dtype", "f32", "--chunk-images", "4"], ["a.npy"],
           ["a.dat", "--dtype", "f16"], ["a.npy", "--dtype", "bits"], ["a.tar"], ["pngs", "--format", "png"],
           ["jpegs", "--format", "jpeg"], ["a_images.dat", "--format", "jkx"]]
# 40 MB of pixels, or 300 kB of PNG files for the small disk.
JOB = ["render", str(DATA / "ecg.npy"), "--window", "100", "--limit", "100", "-o"]


def with_parts(images):
    """All outputs, also split into files of `images` images, so many that no file is complete at the failure."""
    return [*OUTPUTS, ["a.tar", "--images-per-file", str(images)], ["a.h5", "--images-per-file", str(images)]]


@contextlib.contextmanager
def mounted(folder, options):
    """Mounts a tmpfs on `folder`. Yields False if the user may not mount."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", folder], check=True)


def file_of(output, further):
    """The path that a message names: the first file of a split output."""
    return output.replace(".", "-00000.") if "--images-per-file" in further else output


def leaves_nothing(folder, code, words, arguments, where, **further):
    result = run(folder, *arguments, **further).need(code)
    contains(result.lines()[-1], ["plotmill: ", *words], "the error")
    equal([line for line in result.lines() if line.startswith("plotmill: ")], result.lines()[-1:], "errors")
    equal(result.out, "", "stdout")
    equal(listing(where), {}, f"files after {result.report()}")


@case("a full disk: exit 1, the message names the file, and no partial output remains")
def _(folder):
    full = folder / "full"
    full.mkdir()
    with mounted(full, "size=200k") as is_small:
        if not is_small:
            raise Skip("small disk: a tmpfs cannot be mounted here")
        for output, *further in with_parts(90):
            leaves_nothing(folder, 1, [f"full/{file_of(output, further)}", "cannot be written", "No space left"],
                           [*JOB, f"full/{output}", *further], full)
        # With free space a job succeeds.
        render(folder, *JOB[1:4], "--limit", "2", "--size", "20x20", "-o", "full/a.h5")


@case("an output larger than the free space is refused before rendering, with both sizes")
def _(folder):
    full = folder / "full"
    full.mkdir()
    big = ["render", DATA / "ecg.npy", "--window", "100", "--limit", "1000", "-o"]
    with mounted(full, "size=100m") as is_small:
        if not is_small:
            raise Skip("small disk: a tmpfs cannot be mounted here")
        for output, *further in (["a.npy"], ["a.dat"], ["a_images.dat", "--format", "jkx"], ["a.h5", "--compress", "none"],
                                 ["a.h5", "--compress", "none", "--images-per-file", 100],
                                 ["a.npz", "--compress", "none"], ["pngs", "--format", "png", "--compress", "none"],
                                 ["a.npz", "--compress", "none", "--images-per-file", 100],
                                 ["a.npy", "--images-per-file", 100]):
            leaves_nothing(folder, 2, [f"full/{output}: will take 0.4 GB, but 0.1 GB are free there"],
                           [*big, f"full/{output}", *further], full)
        render(folder, *big[1:], "full/a.npy", "--images-per-file", 100, "--shard", "1/10")
        render(folder, *big[1:], "full/a.h5")
        # A compressed output may fit although the pixels would not.
        render(folder, *big[1:], "full/b.npz", "--images-per-file", 500)
        for made in full.iterdir():
            made.unlink()
        # The size of a compressed output is estimated from a sample of the images.
        np.save(folder / "long.npy", np.random.default_rng(5).standard_normal(60099).cumsum())
        for output, *further in (["a.h5"], ["a.tar"], ["pngs", "--format", "png"], ["a.h5", "--images-per-file", 5000],
                                 ["a.npz"], ["a.npz", "--images-per-file", 5000], ["jpegs", "--format", "jpeg"],
                                 ["a.h5", "--layout", "NHWC", "--channels", 3]):
            job = ["render", "long.npy", "--window", "100", "-o", f"full/{output}", *further]
            leaves_nothing(folder, 2, [f"full/{output}: will take ", " GB, but 0.1 GB are free there"], job, full)
            reported = float(re.search(r"will take ([0-9.]+) GB", run(folder, *job).need(2).err)[1])
            run(folder, *job, "--stride", 300).need()
            made = [path.stat() for path in full.rglob("*") if path.is_file()]
            room = sum(file.st_blocks * 512 for file in made) * 60_000 / 200 / 1e9
            check(abs(reported - room) < 0.05 + 0.2 * room, f"{output}: reported {reported} GB, 200 images make {room} of 60,000")
            subprocess.run(["rm", "-rf", *full.iterdir()], check=True)
        for output, *further in (["a.npz", "--compress", "none"], ["pngs", "--format", "png", "--compress", "none"]):
            leaves_nothing(folder, 2, [f"full/{output}: will take 24.", "GB, but 0.1 GB are free there"],
                           ["render", "long.npy", "--window", "100", "-o", f"full/{output}", *further], full)


@case("the estimated size of small compressed images is right within 10 %")
def _(folder):
    full = folder / "full"
    full.mkdir()
    images, some = 4_000_000, 20_000
    np.save(folder / "long.npy", np.random.default_rng(5).standard_normal(images + 63).cumsum())
    with mounted(full, "size=100m") as is_small:
        if not is_small:
            raise Skip("small disk: a tmpfs cannot be mounted here")
        for output in "a.npz", "a.tar":
            job = ["render", "long.npy", "--window", 64, "--size", "32x32", "-o", f"full/{output}"]
            reported = float(re.search(r"will take ([0-9.]+) GB", run(folder, *job).need(2).err)[1])
            run(folder, *job, "--limit", some).need()
            room = size_of(full / output) * images / some / 1e9
            check(abs(reported - room) < 0.05 + 0.1 * room, f"{output}: reported {reported} GB, {some} images make {room} of all")
            (full / output).unlink()


@case("the file size limit is reached: exit 1, and no partial output remains")
def _(folder):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 20, 16 << 20))
    for output, *further in [OUTPUTS[1], OUTPUTS[3]]:
        leaves_nothing(folder, 1, [output, "cannot be written", "File too large"], [*JOB, output, *further], folder,
                       preexec_fn=limit)


@case("a folder that is not writable: exit 1")
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


def cancelled(output, further):
    if "--images-per-file" not in further:
        return "cancelled, nothing was kept"
    kept = "cancelled, complete files are kept"
    return f"{kept}: add --resume to the same command to continue" if output.endswith(".h5") else kept


def until_one(description, attempt):
    """Repeats an attempt that fails because the job ended before the signal."""
    for _ in range(20):
        if attempt():
            return
    raise Failure(f"in 20 attempts the job ended before the signal: {description}")


# Many samples and few pixels per image: the job takes many seconds, and its output is small in every format.
LONG = ["render", DATA / "ecg.npy", "--window", 20000, "--size", "200x125", "--batch", 16, "--limit", 10_000]


def interrupted(folder, output, further, number):
    with launched(folder, *LONG, "-o", output, *further) as process:
        # Wait for the first images.
        while process.poll() is None and not any(path.is_file() and size_of(path) > 500 for path in folder.rglob("*")):
            time.sleep(0.005)
        process.send_signal(number)
        out, err = output_of(process)
    if process.returncode == 0:
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return False
    equal(process.returncode, 130, f"exit code after {number!r}, {err}")
    equal((out, err.splitlines()[-1]), ("", f"plotmill: {cancelled(output, further)}"), "stdout and the last line of stderr")
    equal(listing(folder), {}, f"files of {output}")
    return True


for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    @case(f"{number.name} while rendering: exit 130, and no partial output remains")
    def _(folder, number=number):
        for output, *further in with_parts(100_000) if number == signal.SIGINT else OUTPUTS[:1]:
            until_one(output, lambda: interrupted(folder, output, further, number))


@case("SIGINT while the input is read: exit 130")
def _(folder):
    large_table(folder / "long.csv.gz")
    with launched(folder, "render", "long.csv.gz", "--column", "value", "--window", 3, "-o", "a.h5") as process:
        wait_until(process, lambda: holds_open(process, folder / "long.csv.gz"), "the reading")
        time.sleep(0.1)  # the moment does not matter
        process.send_signal(signal.SIGINT)
        _, err = output_of(process)
    equal((process.returncode, err), (130, "plotmill: cancelled, nothing was kept\n"), "exit code and stderr")
    equal(sorted(listing(folder)), ["long.csv.gz"], "files")


@case("an interrupted --force keeps the old output unchanged")
def _(folder):
    (folder / "old").mkdir()
    np.save(folder / "a.npy", np.arange(400.0))

    def attempt():
        render(folder, "a.npy", "--window", "50", "--size", "16x16", "-o", "old/a.h5", "--force")
        before = listing(folder)
        with launched(folder, *LONG, "-o", "old/a.h5", "--force") as process:
            while process.poll() is None and len(list((folder / "old").iterdir())) < 2:
                time.sleep(0.005)
            process.send_signal(signal.SIGINT)
            _, err = output_of(process)
        if process.returncode:
            equal(process.returncode, 130, f"exit code with {err}")
            equal(listing(folder), before, "files")
        return process.returncode

    until_one("old/a.h5", attempt)


@case("render continues when standard error is closed by its reader")
def _(folder):
    read, write = os.pipe()
    process = subprocess.Popen([str(COMMAND), *JOB, "a.h5"], cwd=folder, env=environment(), stderr=write,
                               stdin=subprocess.DEVNULL)
    os.close(write)
    os.close(read)
    equal(process.wait(SECONDS), 0, "exit code")
    equal(sorted(listing(folder)), ["a.h5"], "files")


@case("standard output cannot be written: exit 1")
def _(folder):
    for arguments in (["devices"], [*JOB, "hash:"], ["help"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([str(COMMAND), *arguments], cwd=folder, env=environment(), stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=SECONDS)
        equal(done.returncode, 1, f"exit code of {arguments[0]}")
        equal(done.stderr.splitlines()[-1], "plotmill: standard output: No space left on device", "stderr")


@case("on a terminal a progress bar of one line is drawn, and erased at the end")
def _(folder):
    np.save(folder / "a.npy", np.random.default_rng(3).standard_normal(1249))
    master, slave = pty.openpty()
    received = []

    def listen():
        with contextlib.suppress(OSError):  # the other side is closed
            while piece := os.read(master, 65536):
                received.append(piece)

    def drawn():
        return [bar for bar in b"".join(received).decode().replace("\n", "\r").split("\r") if bar.startswith("[")]

    # The pipe is not read at first, so the job cannot end before the bar appears.
    with launched(folder, "render", "a.npy", "--window", "50", "--size", "160x100", "--batch", "40", "--format",
                  "raw", "-o", "-", env={"TERM": "xterm", "COLUMNS": "90"}, stderr=slave) as process:
        os.close(slave)
        listener = threading.Thread(target=listen)
        listener.start()
        taken = 0
        while taken < 40 * 160 * 100:  # the first batch: from then on the bar shows the remaining time
            piece = os.read(process.stdout.fileno(), 4096)
            check(piece, "standard output ended early")
            taken += len(piece)
        wait_until(process, lambda: any("ETA" in bar for bar in drawn()), "a bar with the remaining time")
        out, _ = process.communicate(timeout=SECONDS)
    listener.join()
    os.close(master)
    equal((process.returncode, taken + len(out)), (0, 1200 * 160 * 100), "exit code, and bytes of all images")
    bars = drawn()
    for bar in bars:
        contains(bar, ["%", "/1200"], "a bar")
        check(len(bar) < 90, f"too long for the terminal: {bar!r}")
    contains(bars[-1], ["images/s"], "the last bar")
    after = b"".join(received).decode().rsplit("]", 1)[1]
    check("\r" + " " * (len(bars[-1].rstrip())) in after, f"the bar is not erased: {after!r}")


main()
