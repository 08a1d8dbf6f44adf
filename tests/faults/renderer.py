#!/usr/bin/python3
"""Makes each OpenCL call of a renderer fail, one call per run, by the layer in this folder (renderer.c is the program).

A step that fails names the call, and succeeds when it is tried again with the same handles: the images are those of an
undisturbed run, and no OpenCL object is left or released twice. Prints TAP."""
import concurrent.futures
import os
import pathlib
import subprocess

import layered
from layered import LAYER, VENDORS
from harness import case, check, contains, environment, equal, main

PROGRAM = LAYER.with_name("fault_renderer")
CODES = [-5, -36, -4, -6]
MOST = 6  # calls per function, spread evenly
# Named otherwise in messages.
OTHERWISE = {"clBuildProgram": "kernels do not build", "clGetEventInfo": "the awaited command"}
# Found out before there is a device to name.
DISCOVERY = {"clGetPlatformIDs", "clGetPlatformInfo", "clGetDeviceIDs", "clGetDeviceInfo"}


def run(folder, number, fault, env):
    report = folder / f"report-{number}"
    settings = {"OPENCL_LAYERS": str(LAYER), "OCL_ICD_VENDORS": VENDORS, "PLOTMILL_FAULT_REPORT": str(report),
                "PLOTMILL_FAULT": fault, **env}
    done = subprocess.run([PROGRAM], env=environment(**settings), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120)
    counts = {}
    for line in report.read_text().splitlines() if report.exists() else []:
        name, count = line.rsplit(" ", 1)
        counts[name] = int(count)
    return done, counts


def judge(name, fault, done, counts, expected):
    text = f"{fault}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    check(counts, f"the layer reports nothing of {text}")
    equal({key: count for key, count in counts.items() if " " in key}, {}, f"objects of {text}")
    equal((done.returncode, done.stdout), (0, expected), f"the images of {text}")
    for line in done.stderr.splitlines():
        contains(line, [" failed: "], text)
        check(name in DISCOVERY or OTHERWISE.get(name, name) in line,
              f"the call is not named: {text}")


def sweep(folder, env):
    whole, counts = run(folder, 0, None, env)
    equal((whole.returncode, whole.stderr), (0, ""), "an undisturbed run")
    faults = []
    for name, count in sorted(counts.items()):
        if name.startswith("cl") and "Release" not in name and " " not in name:
            places = sorted({1 + (count - 1) * k // max(MOST - 1, 1) for k in range(MOST)})
            faults += [(name, f"{name}:{place}:{CODES[len(faults) % 4]}") for place in places]
    check(len(faults) > 60, f"{len(faults)} faults")
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        runs = [pool.submit(run, folder, number, fault, env) for number, (_, fault) in enumerate(faults, 1)]
        for (name, fault), future in zip(faults, runs):
            judge(name, fault, *future.result(), whole.stdout)


@case("a renderer on a CPU")
def _(folder):
    sweep(folder, {})


@case("a renderer on a GPU")
def _(folder):
    sweep(folder, {"PLOTMILL_FAULT_GPU": "pthread", "PLOTMILL_FAULT_DISCRETE": "1"})


layered.needed()
check(pathlib.Path(PROGRAM).exists(), f"{PROGRAM}: not built")
main()
