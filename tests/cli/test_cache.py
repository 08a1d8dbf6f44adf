"""The kernel cache: stored kernels are used again, wrong ones never; an unusable cache only costs time."""
import os
import pathlib
import re
import shutil
import subprocess

import numpy as np

from harness import COMMAND, SECONDS, case, check, contains, environment, equal, main, run

COMPILING = "compiling kernels"


def job(folder, *options, **env):
    """Renders to hash:; returns the hash and whether kernels were compiled."""
    series = folder / "a.npy"
    if not series.exists():
        np.save(series, np.random.default_rng(5).standard_normal(60).cumsum())
    env.setdefault("PLOTMILL_CACHE_DIR", str(folder / "cache"))
    result = run(folder, "render", "a.npy", "--window", 20, "--size", "40x30", *options, "-v", "-o", "hash:",
                 env=env).need()
    lines = [re.sub(r" for .+", "", line) for line in result.lines() if re.match("compil.* kernels for ", line)]
    check(lines in ([], ["compiling kernels", "compiled kernels"]), f"lines about compiling: {result.report()}")
    return result.out.strip(), COMPILING in result.err, result


def cached(folder, name="cache"):
    return sorted(folder.glob(f"{name}/*"))


@case("the second run compiles nothing and gives the same images")
def _(folder):
    first, compiled, _ = job(folder)
    check(compiled, "the first start did not say that it compiles")
    equal(len(cached(folder)), 1, "cached files")
    for options in ([], ["--batch", 3], ["--limit", 41]):
        again, compiled, result = job(folder, *options)
        equal((again, compiled), (first, False), f"hash and whether compiled {result.report()}")
    equal(cached(folder)[0].stat().st_mode & 0o022, 0, "rights of others to write")
    equal((folder / "cache").stat().st_mode & 0o777, 0o700, "rights to the folder")


@case("other kernels are stored in other files; another image size needs no new kernels")
def _(folder):
    job(folder)
    smooth, compiled, _ = job(folder, "--antialias")
    check(compiled, "antialiased images came from the kernels of others")
    equal(len(cached(folder)), 2, "cached files")
    equal(job(folder, "--antialias")[:2], (smooth, False), "the second antialiased start")


@case("a damaged file is not used, and is replaced")
def _(folder):
    first = job(folder)[0]
    path, = cached(folder)
    whole = path.read_bytes()
    for damaged in (b"", whole[:1000], whole[:-1], whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:],
                    whole[:len(whole) // 2] + b"damaged" + whole[len(whole) // 2 + 7:], b"#!/bin/sh\n" * 50):
        path.write_bytes(damaged)
        again, compiled, result = job(folder)
        equal((again, compiled), (first, True), f"hash and whether compiled {result.report()}")
        contains(result.err, [path.name, "not used"], "the message")
        equal(job(folder)[:2], (first, False), "the start after that")
    equal(cached(folder), [path], "cached files")


@case("several processes at once store one intact file")
def _(folder):
    job(folder, PLOTMILL_CACHE_DIR=str(folder / "other"))
    processes = [subprocess.Popen([str(COMMAND), "render", "a.npy", "--window", "20", "--size", "40x30", "-o", "hash:"],
                                  cwd=folder, env=environment(PLOTMILL_CACHE_DIR=str(folder / "cache")),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                 for _ in range(3)]
    hashes = {process.communicate(timeout=SECONDS)[0] for process in processes}
    equal([process.returncode for process in processes], [0] * 3, "exit codes")
    equal(len(hashes), 1, "hashes")
    equal(len(cached(folder)), 1, "cached files")
    again, compiled, _ = job(folder)
    equal((again.encode() + b"\n", compiled), (hashes.pop(), False), "the start after that")


@case("--no-cache compiles and stores nothing")
def _(folder):
    first, compiled, _ = job(folder, "--no-cache")
    check(compiled and not (folder / "cache").exists(), "something was cached")
    job(folder)
    equal(job(folder, "--no-cache")[:2], (first, True), "with kernels there")


@case("without PLOTMILL_CACHE_DIR kernels are cached in the user's cache folder, or not at all")
def _(folder):
    (folder / "home").mkdir()
    # PoCL also caches its kernels below HOME.
    there = {"PLOTMILL_CACHE_DIR": "", "XDG_CACHE_HOME": "", "HOME": str(folder / "home"), "POCL_CACHE_DIR":
             str(pathlib.Path(environment()["PLOTMILL_CACHE_DIR"]).parent / "test-cache-pocl")}
    os.makedirs(there["POCL_CACHE_DIR"], exist_ok=True)
    first, compiled, _ = job(folder, **there)
    equal((compiled, len(cached(folder, "home/.cache/plotmill"))), (True, 1), "cached below HOME")
    equal(job(folder, **there)[:2], (first, False), "the second start")
    there["XDG_CACHE_HOME"] = str(folder / "xdg")
    equal(job(folder, **there)[:2], (first, True), "with XDG_CACHE_HOME")
    equal(len(cached(folder, "xdg/plotmill")), 1, "cached below XDG_CACHE_HOME")
    there.update(HOME="", XDG_CACHE_HOME="")
    equal(job(folder, **there)[:2], (first, True), "without HOME")


@case("an unusable folder only costs time, and --verbose reports it in one line")
def _(folder):
    (folder / "file").write_text("not a folder")
    unusable = [str(folder / "file"), str(folder / "file" / "below"), "/proc/plotmill"]
    if os.geteuid():  # what root may not do is little
        (folder / "closed").mkdir(mode=0o500)
        unusable.append(str(folder / "closed"))
    first = job(folder)[0]
    for path in unusable:
        again, compiled, result = job(folder, PLOTMILL_CACHE_DIR=path)
        equal((again, compiled), (first, True), f"with {path}")
        equal(len([line for line in result.lines() if "kernel cache not used" in line]), 1, f"lines {result.report()}")
        quiet = run(folder, "render", "a.npy", "--window", 20, "-q", "-o", "null:", env={"PLOTMILL_CACHE_DIR": path})
        equal(quiet.need().err, "", "stderr of --quiet")


@case("verify uses the cache too")
def _(folder):
    env = {"PLOTMILL_CACHE_DIR": str(folder / "cache")}
    first, second = (run(folder, "verify", env=env).need() for _ in range(2))
    check(COMPILING in first.err and COMPILING not in second.err, f"found {second.report()}")
    equal(second.out, first.out, "what verify prints")

@case("a compiler prints nothing to standard error")
def _(folder):
    library = next(pathlib.Path("/usr/lib").glob("**/liboclgrind-rt-icd.so"), None)
    expected = re.compile(r"device \d+: .+|Rendering mode: .+|compil(ing|ed) kernels for .+|Processed .+|"
                          r"storing the compiled kernels for later runs|41 images in .+")
    for number, env in enumerate([{}, {"RUSTICL_ENABLE": "llvmpipe", "PLOTMILL_DEVICE": "llvmpipe"},
                                  {"OCL_ICD_VENDORS": str(library)}]):
        if (number == 1 and "llvmpipe" not in run("/", "devices", env=env).out) or (number == 2 and not library):
            continue
        (folder / "pocl").mkdir()
        _, compiled, result = job(folder, "--antialias", **env, POCL_CACHE_DIR=str(folder / "pocl"))
        check(compiled, f"nothing was compiled: {result.report()}")
        for line in result.lines():
            check(expected.fullmatch(line), f"unexpected line {line!r} of {result.report()}")
        shutil.rmtree(folder / "pocl")


main()
