#!/usr/bin/python3
"""How --device, --fallback and --no-fallback handle a device that fails, and their messages. Prints TAP."""
import json
import resource

import numpy as np

import layered
from layered import GPU, IMAGES, JOB, content, fallbacks, prepare, remove, render
from harness import case, check, contains, equal, listing, main

# Three batches are under way at a time, and each is read back in two pieces or more; how often a kernel is launched
# before the first batch depends on how long that takes. So this one fails in the midst of the work.
LOST = "clEnqueueReadBuffer:7:-36:lost"


def outputs(folder):
    return {path.name: content(path) for path in folder.iterdir() if path.name != "a.npy"}


def whole(folder, *arguments):
    """The outputs of an undisturbed run, which are removed again."""
    prepare(folder)
    render(folder, *JOB, *arguments, env=GPU)[0].need()
    found = outputs(folder)
    check(found, "no output")
    for name in found:
        remove(folder / name)
    return found


def events(result):
    return json.loads(result.out)["fallback_events"]


def refused(folder, words, *arguments, code=1, **further):
    result = render(folder, *JOB, *arguments, **further)[0].need(code)
    contains(result.lines()[-1], ["plotmill: ", *words], "the error")
    equal(sorted(listing(folder)), ["a.npy"], f"files after {result.report()}")
    return result


for output in (["-o", "a.h5"], ["-o", "a.h5", "--chunk-images", 4], ["-o", "b.npy"], ["-o", "a.tar"], ["-o", "a_images.dat", "--format", "jkx"],
               ["-o", "b.npy", "--dtype", "f32", "--jobs", 3], ["-o", "pngs", "--format", "png", "--jobs", 3],
               ["-o", "a.h5", "--images-per-file", 5], ["-o", "a.h5", "--images-per-file", 3, "--shard", "2/3", "--batch", 2]):
    @case(f"auto: the CPU goes on for a lost GPU: {' '.join(map(str, output))}")
    def _(folder, output=output):
        expected = whole(folder, *output)
        result = render(folder, *JOB, *output, "--json", fault=LOST, env=GPU)[0].need()
        check(outputs(folder) == expected, "another output")
        lines, records = fallbacks(result), events(result)
        equal(len(lines), len(records), f"warnings and records of {result.report()}")
        contains(lines[0], ["plotmill: warning: device 0 (basic", "CL_INVALID_COMMAND_QUEUE"], "the first warning")
        contains(lines[-1], ["falling back to device 1, pthread"], "the last warning")
        equal(records[-1]["to_device"], 1, "the record's device")
        equal([record["hint"] for record in records], ["device 1 avoids it"] * len(records), "hint")
        contains(result.err, ["Rendering mode: GPU", "Rendering mode: CPU"], "the mode")


@case("what was stored is kept: both devices have their share")
def _(folder):
    # Three batches are under way at a time and each is read back in three pieces. So the tenth reading belongs to a job
    # whose fourth batch has begun, for which the first had to be stored; and what fails is not stored.
    prepare(folder)
    result = render(folder, *JOB, "-o", "a.h5", "--json", fault="clEnqueueReadBuffer:10:-36:lost", env=GPU)[0].need()
    found = json.loads(result.out)
    check(found["fallback_events"][0]["image"] in (4, 8, 12), f"image {found['fallback_events'][0]['image']}")
    shares = {share["device"]["index"]: share["images"] for share in found.get("shares", [])}
    equal(sum(shares.values()), IMAGES, "images of both")
    check(0 < shares[0] < IMAGES, f"images of the GPU: {shares}")


@case("gpu: exit 1, and the message suggests --fallback; with it the CPU continues")
def _(folder):
    expected = whole(folder, "-o", "a.h5")
    for options in (["--device", "gpu"], ["--device", "0"], ["--device", "auto", "--no-fallback"]):
        refused(folder, ["clCreateContext failed", "the option fallback would go on with device 1, pthread"], *options, "-o",
                "a.h5", fault=LOST, env=GPU)
    render(folder, *JOB, "--device", "gpu", "--fallback", "-o", "a.h5", fault=LOST, env=GPU)[0].need()
    check(outputs(folder) == expected, "another output")


@case("gpu: refused at once where there is none, also with --fallback")
def _(folder):
    prepare(folder)
    for options in ([], ["--fallback"]):
        result = refused(folder, ["device=gpu matches no device"], "--device", "gpu", *options, "-o", "a.h5", code=2)
        equal(fallbacks(result), [], "warnings")


@case("cpu: leaves the GPU alone")
def _(folder):
    prepare(folder)
    result = render(folder, *JOB, "--device", "cpu", "-o", "a.h5", "--json", fault="clCreateContext:1:-2:lost",
                    env=GPU)[0].need()
    equal((events(result), json.loads(result.out)["device"]["index"]), ([], 1), "fallbacks and device")


@case("several devices: those that are left do the work, unless --no-fallback")
def _(folder):
    expected = whole(folder, "-o", "b.npy")
    # The CPU holds three of the seven batches until the GPU has failed with one of the others.
    held = {**GPU, "PLOTMILL_FAULT_HOLD": "1"}
    job = ["--batch", 2, "-o", "b.npy"]
    for which in ("all", "0,1", "1,0"):
        result = render(folder, *JOB, *job, "--device", which, "--force", "--json", fault=LOST, env=held)[0].need()
        check(outputs(folder) == expected, f"another output of --device {which}")
        equal(events(result)[-1]["to_device"], 1, "who goes on")
        (folder / "b.npy").unlink()
    refused(folder, ["clCreateContext failed"], "--device", "all", "--no-fallback", *job, fault=LOST, env=held)


@case("a device with too little memory draws smaller batches, and the batch that fits is reported")
def _(folder):
    expected = whole(folder, "-o", "b.npy")
    room = {**GPU, "PLOTMILL_FAULT_ROOM": str(24 * 16 * 3)}  # the pixels of three images
    job = [*JOB[:-1], IMAGES, "--device", "gpu", "-o", "b.npy"]
    result = render(folder, *job, "--json", env=room)[0].need()
    check(outputs(folder) == expected, "another output")
    equal([(record["batch"], record["to_batch"], record["hint"]) for record in events(result)],
          [(14, 7, "batch 3 fits"), (7, 3, "batch 3 fits")], "records")
    contains(fallbacks(result)[1], ["CL_MEM_OBJECT_ALLOCATION_FAILURE", "falling back to batches of 3 images"],
             "the second warning")
    contains(result.err, ["continued with batches of 3 images; batch 3 fits"], "the last message")
    result = render(folder, *job, "--batch", 3, "--force", "--json", env=room)[0].need()
    equal((events(result), fallbacks(result)), ([], []), "fallbacks with the reported batch")
    # No room for one image: another device, or none.
    none = {**GPU, "PLOTMILL_FAULT_ROOM": "300"}
    (folder / "b.npy").unlink()
    refused(folder, ["clCreateBuffer failed"], "--device", "gpu", "-o", "b.npy", env=none)
    result = render(folder, *JOB, "-o", "b.npy", "--json", env=none)[0].need()
    equal([record["action"][:14] for record in events(result)],
          ["batches of 2 i", "batches of 1 i", "device 1, pthr"], "actions")
    check(outputs(folder) == expected, "another output on the CPU")


@case("kernels that do not build are built without optimization, draw the same, and are not cached")
def _(folder):
    expected = whole(folder, "-o", "b.npy")
    cache = {"PLOTMILL_CACHE_DIR": str(folder / "cache"), **GPU}
    for _ in range(2):
        result = render(folder, *JOB, "--device", "gpu", "-o", "b.npy", "--force", "--json",
                        fault="clBuildProgram:1:-11", env=cache)[0].need()
        check(outputs(folder) == expected, "another output")
        contains(result.err, ["compiling kernels", "CL_BUILD_PROGRAM_FAILURE; falling back to -cl-opt-disable"], "standard error")
        equal([record["action"] for record in events(result)], ["-cl-opt-disable"], "actions")
        contains(events(result)[0]["hint"], ["another version of the driver than"], "hint")


@case("a host that fails is no reason to go on elsewhere")
def _(folder):
    prepare(folder)
    render(folder, *JOB, "-o", "null:", env=GPU)[0].need()  # compiling, which needs more memory, is done here

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
    result = refused(folder, ["b.npy", "File too large"], "-o", "b.npy", "--fallback", env=GPU, preexec_fn=limit)
    equal(fallbacks(result), [], "warnings of a full disk")
    samples = np.load(folder / "a.npy")
    samples[30] = np.nan
    np.save(folder / "a.npy", samples)
    result = refused(folder, ["sample 30 is missing"], "--missing", "error", "-o", "b.npy", code=2, env=GPU)
    equal(fallbacks(result), [], "warnings of a bad input")


@case("--fallback and --no-fallback together are refused")
def _(folder):
    prepare(folder)
    refused(folder, ["fallback and no-fallback: expected only one of them"], "--fallback", "--no-fallback", "-o", "a.h5",
            code=2)


layered.needed()
main()
