"""One job on several devices. PoCL offers one CPU as two; with rusticl there are three of that chip."""
import json

import numpy as np

from harness import Skip, case, check, contains, equal, info_hash, main, refuses, run

TWO = {"POCL_DEVICES": "pthread basic"}


def start(folder):
    np.save(folder / "a.npy", np.random.default_rng(8).standard_normal(400).cumsum())
    return ["a.npy", "--window", 20, "--size", "40x30"]


def devices(env=TWO):
    found = json.loads(run("/", "devices", "--json", env=env).need().out)["devices"]
    if len(found) < 2 or found[0]["platform"] != found[1]["platform"] or found[1]["type"] != "CPU":
        raise Skip("pocl: no two devices from it")
    return found


def draw(folder, which, *options, env=TWO):
    """The hash, and the lines that name the devices and why."""
    result = run(folder, "render", *start(folder), "--device", which, "--batch", 5, "-o", "hash:", *options,
                 env=env).need()
    return result.out.strip(), [line for line in result.lines() if "selected by" in line]


@case("two devices give the images of one device with every batch size, and are listed in order")
def _(folder):
    names = [device["name"] for device in devices()]
    expected = draw(folder, "0")[0]
    for which, order in [("0,1", (0, 1)), ("1,0", (1, 0)), (f"{names[1]}, 0", (1, 0))]:
        found, lines = draw(folder, which)
        equal(found, expected, f"hash of --device {which}")
        equal(len(lines), 2, f"devices named for --device {which}")
        for line, index in zip(lines, order):
            contains(line, [f"device {index}: {names[index]} (", f"in device={which}"], "a device")
    run(folder, "render", *start(folder), "--device", "0,1", "--batch", 3, "-o", "a.h5", env=TWO).need()
    equal(info_hash(folder, "a.h5"), expected, "hash of the file")


@case("--device all selects each chip once, even if it appears as several devices")
def _(folder):
    for env in (TWO, {**TWO, "RUSTICL_ENABLE": "llvmpipe"}):
        processors = sum(device["type"] == "CPU" for device in devices(env))
        check(processors >= 2, "fewer than two devices of the CPU")
        named = draw(folder, "all", env=env)[1]
        others = {device["name"] for device in devices(env) if device["type"] != "CPU"}
        equal(len([line for line in named if not any(name in line for name in others)]), 1, f"processors in {named}")


@case("rusticl and PoCL share a job")
def _(folder):
    env = {**TWO, "RUSTICL_ENABLE": "llvmpipe"}
    others = [device for device in devices(env) if "llvmpipe" in device["name"]]
    if not others:
        raise Skip("rusticl: mesa-opencl-icd is not installed")
    # Its name contains a comma.
    found, lines = draw(folder, f"0,{others[0]['name']}", env=env)
    equal(len(lines), 2, "devices named")
    contains(lines[1], [others[0]["name"]], "the second")
    equal(found, draw(folder, "0")[0], "hash")


@case("PLOTMILL_DEVICE may name several; commands for one device use the first")
def _(folder):
    devices()
    env = {**TWO, "PLOTMILL_DEVICE": "1,0"}
    result = run(folder, "render", *start(folder), "-o", "null:", env=env).need()
    contains(result.err, ["in PLOTMILL_DEVICE=1,0", "device 1: ", "device 0: "], "the message of render")
    result = run(folder, "verify", env=env).need()
    equal([line[:9] for line in result.lines() if line.startswith("device ")], ["device 1:"], "devices of verify")


@case("devices that cannot share a job are refused in one line")
def _(folder):
    names = [device["name"] for device in devices()]
    job = ["render", *start(folder), "-o", "a.h5", "--device"]
    for which, words in [("0,0", ["device=0,0 selects device 0", names[0], "twice"]),
                         (f"0,{names[0]}", ["twice"]), ("0,,1", ["device=0,,1", "entry 2 is empty"]),
                         ("0,", ["entry 2 is empty"]), ("0,99", ["99 matches no device", names[0]]),
                         ("nothing,0", ["nothing matches no device"])]:
        refuses(folder, [*job, which], words, env=TWO)
    refuses(folder, ["verify", "--device", "0,1"], ["device=0,1 selects more than 1"], env=TWO)


main()
