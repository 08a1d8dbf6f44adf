#!/usr/bin/python3
"""Makes each OpenCL call of a render fail, one call per run, by the layer in this folder.

    faults.py [--most N] [WORD...]     N: the most calls per function, spread evenly (4). WORD: only cases whose names
                                       contain it

Each run must end with exit 0 and the output of an undisturbed one, or with exit 1 (2: no device was found) and one line
that names the call; never by a signal, never late, with nothing half-written and no OpenCL object left or released
twice. Every step of falling back is one warning and one record of --json. Prints TAP, and how many faults were tried."""
import argparse
import concurrent.futures
import contextlib
import json
import os
import sys

import layered
from layered import GPU, JOB, content, fallbacks, harness, prepare, render
from harness import Failure, case, check, contains, equal, listing

# CL_OUT_OF_RESOURCES, CL_INVALID_COMMAND_QUEUE, CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_HOST_MEMORY
CODES = [-5, -36, -4, -6]

tried = {"faults": 0, "survived": 0, "refused": 0, "of": 0}
most = 0


def judge(folder, name, result, report, outputs, expected, must):
    """Whether the job succeeded. An error must contain the name of the function."""
    check(report, f"the layer reports nothing of {result.report()}")
    equal({key: count for key, count in report.items() if " " in key}, {}, f"objects of {result.report()}")
    check(not must or result.code == 0, f"expected exit 0 of {result.report()}")
    if result.code == 0:
        for output, whole in zip(outputs, expected):
            check(content(folder / output) == whole, f"another {output} from {result.report()}")
        equal(len(fallbacks(result)), len(json.loads(result.out)["fallback_events"]), f"warnings of {result.report()}")
        return True
    errors = [line for line in result.lines() if line.startswith("plotmill: ") and "warning: " not in line]
    check(result.code in (1, 2), f"exit {result.code} of {result.report()}")
    equal((len(errors), result.out), (1, ""), f"errors and output of {result.report()}")
    if result.code == 1:
        contains(errors[0], ["kernels do not build" if name == "clBuildProgram" else
                             "the awaited command" if name == "execution" else name], "the error")
    equal(sorted(listing(folder)), ["a.npy"], f"files after {result.report()}")
    return False


@contextlib.contextmanager
def fresh_cache(env):
    """The variables of `env`; the cache "empty" becomes a new folder."""
    with harness.scratch() as cache:
        yield {name: str(cache) if value == "empty" else value for name, value in env.items()}


def spread(count):
    """The numbers of the calls to fail: at most `most`, including the first and the last, or the middle one."""
    if count <= most:
        return list(range(1, count + 1))
    if most == 1:
        return [(count + 1) // 2]
    return sorted({1 + round(i * (count - 1) / (most - 1)) for i in range(most)})


def one(name, number, how, arguments, outputs, expected, env, must):
    with harness.scratch() as folder:
        prepare(folder)
        code = -11 if name == "clBuildProgram" else -12 if name == "clEnqueueMapBuffer" else CODES[number % len(CODES)]
        fault = f"{name}:{number}:{code}" + (f":{how}" if how else "")
        with fresh_cache(env) as settings:
            result, report = render(folder, *arguments, fault=fault, env=settings)
        if report and not report["failed"]:
            return "not reached"
        try:
            return "survived" if judge(folder, name, result, report, outputs, expected, must(name)) else "refused"
        except Failure as failure:
            raise Failure(f"{fault}: {failure}") from None


def sweep(folder, arguments, outputs, env, how="", only=None, must=lambda name: False):
    """All faults of one job; prints one line per function."""
    prepare(folder)
    arguments = [*JOB, *arguments, "--json"]
    settings = {key: value for key, value in env.items() if value != "empty"}
    for _ in range(2):  # the first one may compile
        for output in outputs:
            (folder / output).unlink(missing_ok=True)
        result, report = render(folder, *arguments, env=settings)
        result.need()
    expected = [content(folder / output) for output in outputs]
    if any(value == "empty" for value in env.values()):
        with fresh_cache(env) as settings:
            result, report = render(folder, *arguments, "--force", env=settings)
            result.need()
    equal(fallbacks(result), [], "warnings without a fault")
    counts = {name: count for name, count in report.items() if name != "failed" and (not only or name in only)}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {name: [pool.submit(one, name, number, how, arguments, outputs, expected, env, must)
                       for number in spread(count)] for name, count in counts.items()}
        wrong = []
        for name, futures in runs.items():
            ends = []
            for future in futures:
                try:
                    ends.append(future.result())
                except Failure as failure:
                    wrong.append(str(failure))
                    ends.append("wrong")
            sums = {end: ends.count(end) for end in sorted(set(ends))}
            print(f"# {name}{' ' + how if how else ''}: {len(ends)} of {counts[name]} calls:",
                  ", ".join(f"{count} {end}" for end, count in sums.items()), flush=True)
            tried["faults"] += len(ends) - sums.get("not reached", 0)
            tried["survived"] += sums.get("survived", 0)
            tried["refused"] += sums.get("refused", 0)
            tried["of"] += counts[name]
    check(not wrong, f"{len(wrong)} went wrong:\n" + "\n".join(wrong[:5]))


# Calls that look for devices: without them there may be none.
DISCOVERY = {"clGetPlatformIDs", "clGetPlatformInfo", "clGetDeviceIDs", "clGetDeviceInfo"}


@case("one call fails, on the only device: finished streams")
def _(folder):
    sweep(folder, ["-o", "a.h5"], ["a.h5"], {})


@case("one call fails, on the only device: compiling")
def _(folder):
    sweep(folder, ["-o", "a.h5"], ["a.h5"], {"PLOTMILL_CACHE_DIR": "empty"},
          only={"clCreateProgramWithSource", "clBuildProgram", "clGetProgramInfo"})


@case("one call fails, on a GPU with a CPU: pixels")
def _(folder):
    sweep(folder, ["-o", "b.npy", "--dtype", "f32"], ["b.npy"], GPU, must=lambda name: name not in DISCOVERY)


@case("a GPU is lost permanently, with a CPU: pixels")
def _(folder):
    sweep(folder, ["-o", "b.npy", "--dtype", "f32"], ["b.npy"], GPU, how="lost", must=lambda name: name not in DISCOVERY)


@case("a GPU is lost permanently, with a CPU: jkx, three files in order")
def _(folder):
    outputs = ["a_images.dat", "a_images.dat.json", "a_labels.csv"]
    sweep(folder, ["-o", "a_images.dat", "--format", "jkx"], outputs, GPU, how="lost",
          must=lambda name: name not in DISCOVERY)


@case("a call fails from then on, on a GPU with a CPU: tar, in order")
def _(folder):
    sweep(folder, ["-o", "a.tar"], ["a.tar"], GPU, how="sticky", must=lambda name: name not in DISCOVERY)


def main():
    global most
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=4)
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    most = max(options.most, 1)
    sys.argv[1:] = options.words
    try:
        harness.main()
    finally:
        print(f"# note: {tried['faults']} faults tried, of {tried['of']} calls: {tried['survived']} survived with the same "
              f"output, {tried['refused']} ended with a clear line", flush=True)


layered.needed()
main()
