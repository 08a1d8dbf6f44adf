"""kill -9 at random moments, then --resume: the output equals that of an undisturbed run.

    /usr/bin/python3 tests/cli/test_resume.py                  3 kills of 5,000 images
    PLOTMILL_KILLS=20 PLOTMILL_KILL_IMAGES=50000 ...           as scripts/test --long does
    PLOTMILL_SEED=N ...                                        the moments of an earlier run
"""
import os
import pathlib
import random
import signal
import subprocess
import time

import numpy as np

from harness import COMMAND, SECONDS, Failure, Skip, case, check, contains, environment, equal, info_hash, listing, main, render
from harness import run, size_of

KILLS = int(os.environ.get("PLOTMILL_KILLS", "3"))
IMAGES = int(os.environ.get("PLOTMILL_KILL_IMAGES", "5000"))
SEED = int(os.environ.get("PLOTMILL_SEED", random.SystemRandom().randrange(1 << 32)))
EACH = IMAGES // 50
WINDOW = 40


def job(folder, images=IMAGES):
    """Small images in many small files; batches that end within files."""
    np.save(folder / "walk.npy", np.cumsum(np.random.default_rng(5).standard_normal(images + WINDOW - 1)))
    return ["walk.npy", "--window", WINDOW, "--size", "200x120", "--batch", 37, "--images-per-file", EACH]


def start(folder, *arguments):
    return subprocess.Popen([str(COMMAND), "render", *[str(argument) for argument in arguments]], cwd=folder,
                            env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)


def finished(folder):
    return len(list(folder.glob("images-?????.h5")))


def leftovers(folder):
    return sorted(path.name for path in folder.glob("*.partial-*"))


def kill_after(process, seconds, ready=lambda: False):
    """Kills the process; returns whether it was still running."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None and not ready():
        time.sleep(0.002)
    process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


def undisturbed(folder):
    """The files of an undisturbed run, and the seconds from its first file to the end."""
    whole = folder / "whole"
    whole.mkdir()
    process = start(whole, *job(whole), "-o", "images.h5")
    began = None
    while process.poll() is None:
        if began is None and finished(whole):
            began = time.monotonic()
        time.sleep(0.002)
    equal(process.returncode, 0, f"exit code; {process.stderr.read()}")
    process.stderr.close()
    return whole, time.monotonic() - (began or time.monotonic())


@case(f"{KILLS} kills of {IMAGES} images, at random moments (PLOTMILL_SEED={SEED}), then the undisturbed hash")
def _(folder):
    chance = random.Random(SEED)
    whole, seconds = undisturbed(folder)
    parts = folder / "parts"
    parts.mkdir()
    command = [*job(parts), "-o", "images.h5", "--resume"]
    kills, cut = 0, 0
    while kills < KILLS:
        before = finished(parts)
        if before == 50:  # the job finished before it was killed: start over
            for path in parts.glob("images*"):
                path.unlink()
            before = 0
        process = start(parts, *command)
        # A random moment after the first file of this run; the remaining kills share the rest of the job.
        wait_for_file(process, parts, before)
        killed = kill_after(process, chance.random() * seconds / (KILLS - kills + 1))
        kills += killed
        cut += bool(leftovers(parts))
        check((parts / "images.h5").exists() <= (finished(parts) == 50), "the virtual data set came before its files")
    print(f"# {kills} kills, {cut} of them left an unfinished file; {finished(parts)} files of 50 were complete")
    result = render(parts, *command[:-1], "--resume")
    equal(leftovers(parts), [], f"what the killed runs left, after {result.report()}")
    equal(info_hash(parts, "images.h5"), info_hash(whole, "images.h5"), "hash")
    equal(listing(parts), listing(whole), "files")


def wait_for_file(process, folder, before):
    end = time.monotonic() + SECONDS
    while process.poll() is None and finished(folder) == before:
        check(time.monotonic() < end, f"no file came within {SECONDS} s")
        time.sleep(0.002)


def held(process, folder):
    """Stops the process; returns whether exactly one file is unfinished and not empty, and it is not the last one."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    files = list(folder.glob("*.partial-*"))
    known = len(files) == 1 and files[0].name.startswith("images-") and files[0].name < "images-00049" and size_of(files[0])
    if process.poll() is None and known:
        return True
    process.send_signal(signal.SIGCONT)
    return False


def start_and_hold(folder, command):
    """Returns a process that is stopped while it writes a file."""
    for _ in range(50):
        process = start(folder, *command, "--force")
        while process.poll() is None:
            if any(map(size_of, folder.glob("images-*.partial-*"))) and held(process, folder):
                return process
            time.sleep(0.001)
        _, err = process.communicate()
        equal(process.returncode, 0, f"exit code with {err}")
    raise Failure("50 times no unfinished file was caught")


@case("an unfinished file is refused while another process writes it, and removed afterwards")
def _(folder):
    command = [*job(folder, 5000), "-o", "images.h5"]
    process = start_and_hold(folder, command)
    try:
        left = leftovers(folder)
        result = run(folder, "render", *command, "--resume").need(2)
        contains(result.err, [f"plotmill: {left[0]}: is being written: another process is making the same files"], "the error")
        equal(leftovers(folder), left, "unfinished files")
        # Another shard does not touch it.
        render(folder, *command, "--resume", "--shard", "50/50")
        equal(leftovers(folder), left, "unfinished files, after another shard")
    finally:
        process.kill()
        process.communicate()
    strange = ["images-00000.h5.partial-1", "images-00000.h5.partial-1-2x", "other-00000.h5.partial-1-2",
               "images-0.h5.partial-1-2", "images-00050.h5.partial-1-2", "images.h5.partial-"]
    for name in strange:
        (folder / name).write_text("mine")
    (folder / "images.h5.partial-7-7").write_text("plotmill's")
    result = render(folder, *command, "--resume")
    contains(result.err, [f"{left[0]}: removed: a killed run left it", "images.h5.partial-7-7: removed"],
             "--resume")
    equal(leftovers(folder), sorted(strange), "files that are not plotmill's, or not of this job")


CONTAINER = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]


def contained(folder, command):
    """plotmill in a namespace of its own, where it is process 1, on a file system without locks."""
    env = environment(LD_PRELOAD=str(COMMAND.parent.parent / "tests/cli/no_locks.so"))
    return subprocess.Popen([*CONTAINER, str(COMMAND), "render", *map(str, command)], cwd=folder, env=env,
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def hold_inner(outer, folder):
    """Stops what the process started while a file is unfinished; returns its number, or None if it ended before."""
    while outer.poll() is None:
        inner = pathlib.Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
        if inner and any(map(size_of, folder.glob("images-*.partial-*"))):
            os.kill(int(inner[0]), signal.SIGSTOP)
            while pathlib.Path(f"/proc/{inner[0]}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "TZ":
                time.sleep(0.001)
            if any(map(size_of, folder.glob("images-000[0-3]?.h5.partial-*"))):
                return int(inner[0])
            os.kill(int(inner[0]), signal.SIGCONT)
        time.sleep(0.001)
    return None


@case("two containers with equal process numbers make the same files, without locks: no byte changes")
def _(folder):
    if subprocess.run([*CONTAINER, "true"], capture_output=True, check=False).returncode:
        raise Skip("unshare: this system allows no namespaces")
    whole, parts = folder / "whole", folder / "parts"
    whole.mkdir()
    parts.mkdir()
    command = [*job(whole), "-o", "images.h5", "--resume"]
    render(whole, *command)
    job(parts)
    for _ in range(50):
        first = contained(parts, command)
        stopped = hold_inner(first, parts)
        if stopped:
            break
        first.communicate()
        for path in parts.glob("images*"):
            path.unlink()
    check(stopped, "50 times no unfinished file was caught")
    try:
        left = leftovers(parts)
        second = contained(parts, command)
        _, err = second.communicate(timeout=SECONDS)
        equal(second.returncode, 0, f"exit code of the second with {err}")
        contains(err, [f"{left[0]}: not removed: this file system cannot say"], "the second")
        equal(leftovers(parts), left, "unfinished files after the second")
    finally:
        os.kill(stopped, signal.SIGCONT)
        _, err = first.communicate(timeout=SECONDS)
    check(first.returncode in (0, 1, 2), f"exit {first.returncode} of the first with {err}")
    print(f"# the first ended with exit {first.returncode}: {err.splitlines()[-1:]}")
    equal(listing(parts), listing(whole), "files")


@case("a full disk, then --resume with more room")
def _(folder):
    def small():
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (size - 1, size - 1))
    whole = folder / "whole"
    whole.mkdir()
    command = [*job(whole, 500), "-o", "images.h5"]
    render(whole, *command)
    sizes = [path.stat().st_size for path in sorted(whole.glob("images-*.h5"))]
    size = max(sizes)
    parts = folder / "parts"
    parts.mkdir()
    command = [*job(parts, 500), "-o", "images.h5"]
    result = run(parts, "render", *command, preexec_fn=small).need(1)
    contains(result.err, ["cannot be written: File too large"], "the error")
    equal(leftovers(parts), [], "unfinished files")
    check(finished(parts) == sizes.index(size), f"{finished(parts)} files complete")
    render(parts, *command, "--resume")
    equal(listing(parts), listing(whole), "files")


main()
