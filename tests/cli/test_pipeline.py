"""Threads, batch sizes and batches in flight do not affect the output: the same images, the same files."""
import json
import os
import shutil
import signal
import subprocess

import h5py
import numpy as np

from harness import COMMAND, DATA, SECONDS, Skip, case, check, contains, environment, equal, hash_of, info_hash, listing, main
from harness import render, run

WINDOW, IMAGES = 25, 41
OPTIONS = ["--window", WINDOW, "--size", "61x40", "--background", 250, "--foreground", 10]
SERIES = np.random.default_rng(15).standard_normal(WINDOW + IMAGES - 1).cumsum()
TWO = {"POCL_DEVICES": "pthread basic"}

# Every way to store images; bits need binary images.
STORED = [["a.h5"], ["a.h5", "--compress", "none"], ["a.h5", "--chunk-images", 4],
          ["a.h5", "--dtype", "f32", "--layout", "NCHW", "--channels", 3, "--chunk-images", 3],
          ["a.h5", "--dtype", "f16", "--layout", "NHWC", "--channels", 3],
          ["a.h5", "--layout", "NHWC", "--channels", 3, "--compress", "none", "--chunk-images", 50],
          ["a.npy"], ["a.npy", "--dtype", "f32", "--layout", "NHWC", "--channels", 3], ["a.npy", "--dtype", "f16"],
          ["a.dat"], ["a.dat", "--dtype", "f32", "--layout", "NCHW", "--channels", 3],
          ["a.dat", "--layout", "NHWC", "--channels", 3], ["a.tar"], ["a", "--format", "png"],
          ["a", "--format", "png", "--compress", "none"], ["a", "--format", "jpeg"],
          ["a_images.dat", "--format", "jkx"]]
BITS = [["a.h5", "--dtype", "bits", "--chunk-images", 4], ["a.h5", "--dtype", "bits", "--compress", "none"],
        ["a.npy", "--dtype", "bits"], ["a.dat", "--dtype", "bits", "--layout", "NCHW"]]


def channels_of(how):
    return how[how.index("--channels") + 1] if "--channels" in how else 1


def start(folder, *further):
    np.save(folder / "a-series.npy", SERIES)
    return ["a-series.npy", *OPTIONS, *further]


def store(folder, job, output, *further, **keywords):
    """Stores the job in a new folder; returns the listing of its files."""
    place = folder / "out"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    render(folder, *job, "-o", f"out/{output}", *further, **keywords)
    return listing(place)


for mode, further, outputs in [("plain", [], [*STORED, *BITS]), ("antialiased", ["--antialias"], STORED)]:
    @case(f"info --hash of every stored format is that of -o hash:, {mode}")
    def _(folder, further=further, outputs=outputs):
        job = start(folder, *further)
        expected = {channels: hash_of(folder, *job, "--channels", channels) for channels in (1, 3)}
        for output, *how in outputs:
            store(folder, job, output, *how)
            equal(info_hash(folder, f"out/{output}"), expected[channels_of(how)], f"hash of {output} {how}")


@case("--images-per-file: each file is a data set with the hash of its images")
def _(folder):
    job = start(folder)
    render(folder, *job, "-o", "whole.npy")
    whole = np.load(folder / "whole.npy")
    for output, *how in [*STORED[:13], *BITS]:
        store(folder, job, output, *how, "--images-per-file", 12)
        stem, extension = output.split(".")
        for number, first in enumerate(range(0, IMAGES, 12)):
            name = f"out/{stem}-{number:05d}.{extension}"
            part = whole[first:first + 12]
            np.save(folder / "part.npy", part if channels_of(how) == 1 else np.stack([part] * 3, axis=-1))
            equal(info_hash(folder, name), info_hash(folder, "part.npy"), f"hash of {name} {how}")


@case("every --jobs and --batch gives the same hash and the same files, byte by byte")
def _(folder):
    job = start(folder, "--antialias")
    expected = hash_of(folder, *job)
    outputs = [["a.h5"], ["a.h5", "--compress", "none"], ["a.h5", "--chunk-images", 4],
               ["a.h5", "--compress", "none", "--chunk-images", 4], ["a.npy"], ["a.dat"], ["a.tar"],
               ["a", "--format", "png"], ["a", "--format", "jpeg"], ["a.npy", "--dtype", "f16"], ["a_images.dat", "--format", "jkx"]]
    files = {}
    for jobs in (1, 2, 5):
        for batch in (1, 7, "auto"):
            how = ["--jobs", jobs, "--batch", batch]
            equal(hash_of(folder, *job, *how), expected, f"hash with {how}")
            for output in outputs:
                found = store(folder, job, *output, *how)
                equal(found, files.setdefault(str(output), found), f"files of {output} with {how}")
    equal(len(files), len(outputs), "outputs")


@case("HDF5 compressed by the host holds the same numbers with every --jobs and --batch")
def _(folder):
    job = start(folder, "--antialias", "--dtype", "f32", "--layout", "NCHW", "--channels", 3)
    render(folder, *job, "-o", "a.npy")
    expected = np.load(folder / "a.npy")
    for jobs in (1, 2, 5):
        for batch in (1, 7, "auto"):
            for chunk in (1, 4):
                render(folder, *job, "-o", "a.h5", "--force", "--jobs", jobs, "--batch", batch, "--chunk-images", chunk)
                with h5py.File(folder / "a.h5") as file:
                    check((file["images"][:] == expected).all(), f"jobs {jobs}, batch {batch}, chunks of {chunk}")
                    equal(file["window_start"][:].tolist(), list(range(IMAGES)), "window_start")


@case("the JSON summary has batch, in_flight, jobs and the share of each device")
def _(folder):
    job = start(folder)

    def summary(*further, **keywords):
        return json.loads(render(folder, *job, "--json", "--force", *further, **keywords).out)

    found = summary("-o", "null:", "--batch", 7)
    equal((found["images"], found["batch"], found["in_flight"], found["jobs"]), (IMAGES, 7, 3, 1), "a serial output")
    found = summary("-o", "null:", "--batch", 1000)
    equal((found["batch"], found["in_flight"]), (IMAGES, 1), "a batch that holds all")
    found = summary("-o", "null:", "--batch", 21)
    equal((found["batch"], found["in_flight"]), (21, 2), "two batches")
    for jobs in (1, 2, 5):
        equal(summary("-o", "a", "--format", "png", "--jobs", jobs)["jobs"], jobs, "jobs of a PNG folder")
    found = summary("-o", "a", "--format", "png", "--jobs", "auto")
    equal(found["jobs"], len(os.sched_getaffinity(0)), "jobs by default")
    check(1 <= found["batch"] <= IMAGES, f"an automatic batch of {found['batch']}")
    contains(render(folder, *job, "-o", "null:", "--batch", 7, "--verbose").err,
             ["device 0: batches of 7 images, 3 at a time"], "--verbose")
    if len(json.loads(run("/", "devices", "--json", env=TWO).need().out)["devices"]) < 2:
        raise Skip("pocl: no two devices from it")
    found = summary("-o", "null:", "--batch", 2, "--device", "0,1", env=TWO)
    equal([share["batch"] for share in found["shares"]], [2, 2], "batches of two devices")
    equal([share["device"]["index"] for share in found["shares"]], [0, 1], "the devices")
    equal(sum(share["images"] for share in found["shares"]), IMAGES, "images of two devices")


@case("two devices store the same files as one")
def _(folder):
    job = start(folder, "--antialias")
    if len(json.loads(run("/", "devices", "--json", env=TWO).need().out)["devices"]) < 2:
        raise Skip("pocl: no two devices from it")
    for output in (["a.h5"], ["a.npy"], ["a.tar"], ["a", "--format", "png"], ["a_images.dat", "--format", "jkx"]):
        files = [store(folder, job, *output, "--device", which, "--batch", 3, env=TWO) for which in ("0", "0,1")]
        equal(files[0], files[1], f"files of {output}")


@case("SIGINT while images are written to standard output: exit 130")
def _(folder):
    process = subprocess.Popen([str(COMMAND), "render", str(DATA / "ecg.npy"), "--window", "360", "-o", "-", "--format",
                                "raw"], cwd=folder, env=environment(), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        process.stdout.read(1 << 20)  # it writes
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    equal((process.returncode, err.decode().splitlines()[-1]), (130, "plotmill: cancelled, nothing was kept"), "the end")
    equal(listing(folder), {}, "files")


main()
