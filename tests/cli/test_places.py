"""Where outputs go: symbolic links, existing folders, files that others have open, file systems without locks."""
import contextlib
import fcntl
import json
import os
import pathlib

import h5py
import numpy as np

from harness import (COMMAND, Skip, case, check, contains, equal, hash_of, info_hash, listing, main, refuses, render,
                     run, unchanged)

NO_LOCKS = COMMAND.parent.parent / "tests" / "cli" / "no_locks.so"
ERRNOS = (37, 524, 22, 30, 95, 38)
VALUES = np.random.default_rng(6).standard_normal(60).cumsum()
JOB = ["a.npy", "--window", 20, "--size", "30x20"]


def start(folder):
    np.save(folder / "a.npy", VALUES)
    return hash_of(folder, *JOB)


def without_locks(number):
    check(NO_LOCKS.exists(), f"{NO_LOCKS}: not built")
    return {"LD_PRELOAD": str(NO_LOCKS), "PLOTMILL_TEST_LOCK_ERRNO": str(number)}


@contextlib.contextmanager
def locked(path, how):
    """As a program with HDF5 that has the file open."""
    with open(path, "rb") as file:
        fcntl.flock(file, how | fcntl.LOCK_NB)
        yield


@case("-o on a symbolic link writes through it; the link stays, also one that led nowhere")
def _(folder):
    wanted = start(folder)
    (folder / "far").mkdir()
    for name in ("b.h5", "b.npy", "b.tar", "b.npz"):
        (folder / name).symlink_to(f"far/{name}")
        render(folder, *JOB, "-o", name)
        check((folder / name).is_symlink(), f"{name} is no link any more")
        check((folder / "far" / name).is_file(), f"far/{name} was not made")
        equal(info_hash(folder, name), wanted, name)
        refuses(folder, ["render", *JOB, "-o", name], [f"{name}: exists already"])
        render(folder, *JOB, "--background", 9, "-o", name, "--force")
        check((folder / name).is_symlink() and info_hash(folder, name) != wanted, f"{name}, forced")
    (folder / "deep").symlink_to("far/pngs")
    render(folder, *JOB, "-o", "deep", "--format", "png")
    check((folder / "deep").is_symlink() and (folder / "far/pngs/plotmill.json").is_file(), "a folder through a link")
    equal(info_hash(folder, "deep"), wanted, "the folder")
    render(folder, *JOB, "-o", "deep", "--format", "png", "--force")
    check((folder / "deep").is_symlink(), "a folder, forced")
    (folder / "lost.h5").symlink_to("nowhere/lost.h5")
    refuses(folder, ["render", *JOB, "-o", "lost.h5"], ["lost.h5: no such folder", "nowhere"])
    (folder / "round.h5").symlink_to("round.h5")
    check(run(folder, "render", *JOB, "-o", "round.h5").code in (1, 2), "a link to itself")


@case("links with several files, resumed and forced")
def _(folder):
    start(folder)
    (folder / "far").mkdir()
    (folder / "b.h5").symlink_to("far/b.h5")
    (folder / "b-00001.h5").symlink_to("far/one.h5")
    job = [*JOB, "--images-per-file", 20, "-o", "b.h5"]
    render(folder, *job)
    for name in ("b.h5", "b-00001.h5"):
        check((folder / name).is_symlink(), f"{name} is no link any more")
    first = info_hash(folder, "b.h5")
    (folder / "far/one.h5").write_bytes((folder / "far/one.h5").read_bytes()[:-100])
    result = run(folder, "render", *job, "--resume").need()
    contains(result.err, ["b-00001.h5: is damaged"], "resume")
    check((folder / "b-00001.h5").is_symlink(), "the link of a damaged file")
    equal(info_hash(folder, "b.h5"), first, "resumed")
    render(folder, *job, "--force")
    for name in ("b.h5", "b-00001.h5"):
        check((folder / name).is_symlink(), f"{name}: forced, no link any more")
    equal(info_hash(folder, "b.h5"), first, "forced")


@case("an existing empty folder is filled and stays itself; one with files is not")
def _(folder):
    wanted = start(folder)
    for name in ("out", "mount"):
        (folder / name).mkdir()
    (folder / "mount/lost+found").mkdir()
    for name in ("out", "mount"):
        before = (folder / name).stat().st_ino
        render(folder, *JOB, "-o", name, "--format", "png")
        equal((folder / name).stat().st_ino, before, f"the folder {name}")
        equal(info_hash(folder, name), wanted, name)
        check(not list((folder / name).glob(".partial*")), "something was left")
    check((folder / "mount/lost+found").is_dir(), "lost+found is gone")
    (folder / "mine").mkdir()
    (folder / "mine/letter.txt").write_text("dear")
    refuses(folder, ["render", *JOB, "-o", "mine", "--format", "png"], ["mine: exists already"])
    refuses(folder, ["render", *JOB, "-o", "mine", "--format", "png", "--force"], ["mine: not a folder that plotmill made"])


@case("a folder that is a mount point is filled, and with --force replaced inside")
def _(folder):
    wanted = start(folder)
    (folder / "disk").mkdir()
    if os.system(f"mount -t tmpfs none {folder}/disk 2>/dev/null"):
        raise Skip("mount: not allowed here")
    try:
        render(folder, *JOB, "-o", "disk", "--format", "png")
        equal(info_hash(folder, "disk"), wanted, "on a mount point")
        render(folder, *JOB, "--background", 9, "-o", "disk", "--format", "png", "--force")
        check(info_hash(folder, "disk") != wanted, "forced")
        equal(len(list((folder / "disk").iterdir())), len(list((folder / "disk").glob("[!.]*"))), "leftovers")
        check(os.path.ismount(folder / "disk"), "no mount point any more")
    finally:
        os.system(f"umount {folder}/disk")


@case("a file that another program has open and locked is not replaced: --force, --resume, parts, link")
def _(folder):
    start(folder)
    render(folder, *JOB, "-o", "one.h5")
    job = [*JOB, "--images-per-file", 20, "-o", "b.h5"]
    render(folder, *job)
    for how in (fcntl.LOCK_SH, fcntl.LOCK_EX):
        with locked(folder / "one.h5", how):
            refuses(folder, ["render", *JOB, "-o", "one.h5", "--force"], ["one.h5: another program has it open"])
        with locked(folder / "b-00001.h5", how):
            refuses(folder, ["render", *job, "--force", "--quiet"], ["b-00001.h5: another program has it open"])
    with locked(folder / "b-00001.h5", fcntl.LOCK_EX):
        words = ["b-00001.h5: cannot be opened: another program has it open for writing", "close it there"]
        refuses(folder, ["render", *job, "--resume", "--quiet"], words)
        refuses(folder, ["link", "b.h5", "--force"], words)
        refuses(folder, ["info", "b-00001.h5"], words)
        refuses(folder, ["render", "b-00001.h5", "--dataset", "y_range", "--axes", "TF", "--column", "0", "--window", 5,
                         "-o", "c.h5"], words)
    with locked(folder / "b-00001.h5", fcntl.LOCK_SH):
        run(folder, "render", *job, "--resume").need()
    with h5py.File(folder / "b.h5") as file:
        check(file["images"][25].any(), "an image")
        run(folder, "render", *job, "--resume").need()
        refuses(folder, ["render", *job, "--force", "--quiet"], ["b.h5: another program has it open"])
        refuses(folder, ["link", "b.h5", "--force"], ["b.h5: another program has it open"])
    damaged = (folder / "b-00001.h5").read_bytes()[:-200]
    (folder / "b-00001.h5").write_bytes(damaged)
    with locked(folder / "b-00001.h5", fcntl.LOCK_SH):
        result = run(folder, "render", *job, "--resume").need(2)
        contains(result.err, ["b-00001.h5: another program has it open"], "a damaged part that is read")
    equal((folder / "b-00001.h5").read_bytes(), damaged, "the damaged part")
    run(folder, "render", *job, "--resume").need()


@case("a file that h5py has open for writing is not replaced, nor called damaged")
def _(folder):
    start(folder)
    job = [*JOB, "--images-per-file", 20, "-o", "b.h5"]
    render(folder, *job)
    with h5py.File(folder / "b-00000.h5", "r+"):
        refuses(folder, ["render", *job, "--resume", "--quiet"], ["b-00000.h5: cannot be opened: another program"])
        refuses(folder, ["link", "b.h5", "--force"], ["b-00000.h5: cannot be opened: another program"])
        refuses(folder, ["render", *job, "--force", "--quiet"], ["b-00000.h5: another program has it open"])


@case("no permission and too many open files are not damage")
def _(folder):
    start(folder)
    job = [*JOB, "--images-per-file", 20, "-o", "b.h5"]
    render(folder, *job)
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid", "65534", "--clear-groups"]
        os.chmod(folder, 0o777)
        if os.system("setpriv --reuid 65534 --clear-groups true 2>/dev/null"):
            raise Skip("setpriv: cannot become another user here")
    else:
        command = []
    (folder / "b-00001.h5").chmod(0)
    import subprocess
    for arguments in (["render", *job, "--resume", "--quiet"], ["info", "b-00001.h5"], ["link", "b.h5", "--force"]):
        done = subprocess.run([*command, str(COMMAND), *(str(a) for a in arguments)], cwd=folder, text=True,
                              stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        equal(done.returncode, 2, f"exit of {arguments}: {done.stderr}")
        contains(done.stderr, ["b-00001.h5: cannot be opened: Permission denied"], f"{arguments}")
    (folder / "b-00001.h5").chmod(0o644)


@case("file systems without locks: everything is read and written")
def _(folder):
    wanted = start(folder)
    with h5py.File(folder / "in.h5", "w") as file:
        file["x"] = VALUES
    layout = h5py.VirtualLayout((60,), "<f8")
    layout[:] = h5py.VirtualSource("in.h5", "x", (60,))
    with h5py.File(folder / "virt.h5", "w") as file:
        file.create_virtual_dataset("v", layout)
        file["link"] = h5py.ExternalLink("in.h5", "/x")
    for number in ERRNOS:
        env = without_locks(number)
        job = [*JOB, "--images-per-file", 20, "-o", f"{number}.h5"]
        render(folder, *job, env=env)
        run(folder, "render", *job, "--resume", env=env).need()
        render(folder, *job, "--force", env=env)
        found = run(folder, "info", f"{number}.h5", "--hash", env=env).need().out
        contains(found, [wanted], f"info with errno {number}")
        run(folder, "link", f"{number}.h5", "--force", env=env).need()
        for source in (["in.h5", "--dataset", "x"], ["virt.h5", "--dataset", "v"], ["virt.h5", "--dataset", "link"]):
            equal(hash_of(folder, *source, *JOB[1:], env=env), wanted, f"{source} with errno {number}")
        (folder / f"{number}-00001.h5").write_bytes((folder / f"{number}-00001.h5").read_bytes()[:-100])
        contains(run(folder, "render", *job, "--resume", env=env).need().err, ["is damaged"], f"damage, errno {number}")
        equal(info_hash(folder, f"{number}.h5"), wanted, f"resumed with errno {number}")


@case("doctor names a file system without locks, for the folder and for the cache")
def _(folder):
    found = json.loads(run(folder, "doctor", "--json", env={"PLOTMILL_CACHE_DIR": str(folder / "cache")}).out)
    notes = [entry for entry in found["findings"] if entry["check"] == "locks"]
    equal([entry["severity"] for entry in notes], ["ok", "ok"], "with locks")
    for number in ERRNOS:
        env = {"PLOTMILL_CACHE_DIR": str(folder / "cache"), **without_locks(number)}
        found = json.loads(run(folder, "doctor", "--json", env=env).out)
        notes = [entry for entry in found["findings"] if entry["check"] == "locks"]
        equal([entry["severity"] for entry in notes], ["note", "note"], f"errno {number}")
        contains(notes[0]["found"], ["cannot be locked", os.strerror(number)], "the note")
        contains(notes[0]["fix"], ["HDF5_USE_FILE_LOCKING=FALSE"], "what to do")
    equal([path.name for path in folder.iterdir() if path.name.startswith(".")], [], "files that were left")


main()
