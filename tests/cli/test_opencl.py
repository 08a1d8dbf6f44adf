"""OpenCL is opened at run time: which libraries are found, and what works without any. tests/unit/test_driver_paths.c
has more of the search, tests/suites/intel a driver that Python's packages install."""
import json
import os
import pathlib
import re
import shutil
import subprocess

import numpy as np

from harness import COMMAND, SECONDS, Skip, case, check, contains, environment, equal, main, run

NO_LOADER = COMMAND.parent.parent / "tests" / "cli" / "no_loader.so"
WITHOUT_LOADER = {"LD_PRELOAD": str(NO_LOADER)}
WITHOUT_OPENCL = {**WITHOUT_LOADER, "OCL_ICD_VENDORS": "/nonexistent"}
JOB = ["a.npy", "--window", 20, "--size", "24x16"]


def start(folder):
    np.save(folder / "a.npy", np.random.default_rng(3).standard_normal(200).cumsum())
    return JOB


def devices(folder, **env):
    return json.loads(run(folder, "devices", "--json", env=env).need().out)["devices"]


def image_hash(folder, **env):
    return run(folder, "render", *JOB, "-o", "hash:", env=env).need().out


def pocl_library():
    """PoCL's driver, as its .icd file names it."""
    for icd in sorted(pathlib.Path("/etc/OpenCL/vendors").glob("pocl*.icd")):
        name = icd.read_text().strip()
        for folder in ("", "/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"):
            if (pathlib.Path(folder) / name).is_file():
                return str(pathlib.Path(folder) / name)
    raise Skip("pocl: not registered")


@case("the command needs no OpenCL library to start")
def _(folder):
    result = run(folder, "devices", env={"LD_DEBUG": "files", "LD_DEBUG_OUTPUT": str(folder / "log"), **WITHOUT_OPENCL})
    needed = [line for log in folder.glob("log.*") for line in log.read_text().splitlines()
              if re.search(r"needed by \S*plotmill", line)]
    check(needed and not any("OpenCL" in line for line in needed), f"{needed} {result.report()}")


@case("without OpenCL, what draws says what to install, and what does not draw works")
def _(folder):
    job = start(folder)
    if not run(folder, "devices", env=WITHOUT_OPENCL).err:
        raise Skip("a system with one place for drivers: this one has more")
    for arguments in (["render", *job, "-o", "b.h5"], ["verify"], ["preview", *job, "-o", "b.png"]):
        result = run(folder, *arguments, env=WITHOUT_OPENCL).need(2)
        equal(len(result.lines()), 1, f"lines of {result.report()}")
        contains(result.err, ["no OpenCL library was found", "libOpenCL.so.1", "install"], "the message")
    contains(run(folder, "devices", env=WITHOUT_OPENCL).need().err, ["no OpenCL library was found"], "devices")
    report = json.loads(run(folder, "doctor", "--json", env=WITHOUT_OPENCL).need(1).out)
    problems = [finding for finding in report["findings"] if finding["severity"] == "problem"]
    contains(problems[0]["found"] + problems[0]["fix"], ["no OpenCL library was found", "install"], "doctor")
    run(folder, "render", *job, "-o", "c.h5").need()
    for arguments in (["info", "c.h5"], ["--help"], ["render", "--help"], ["--version"],
                      ["render", *job, "-o", "d.h5", "--print-config"]):
        result = run(folder, *arguments, env=WITHOUT_OPENCL)
        check(result.code == 0 and result.out, result.report())
        equal(result.out, run(folder, *arguments).out, f"what {arguments} prints")


@case("without a loader, registered drivers are opened, and the log says so")
def _(folder):
    start(folder)
    library = pathlib.Path(pocl_library()).name
    found = run(folder, "devices", "--json", env=WITHOUT_LOADER).need()
    contains(found.err, ["opened the driver", library], "the log")
    equal([device["platform"] for device in json.loads(found.out)["devices"]],
          [device["platform"] for device in devices(folder)], "platforms")
    equal(image_hash(folder, **WITHOUT_LOADER), image_hash(folder), "the images")


@case("PLOTMILL_OPENCL_LIBRARY names a driver or a loader, and nothing else is opened")
def _(folder):
    start(folder)
    expected = image_hash(folder)
    library = pocl_library()
    for env in ({}, WITHOUT_LOADER):
        found = devices(folder, PLOTMILL_OPENCL_LIBRARY=library, RUSTICL_ENABLE="llvmpipe", **env)
        check(found and all("Portable" in device["platform"] and device["library"].endswith(pathlib.Path(library).name)
                            for device in found), f"devices: {found}")
        equal(image_hash(folder, PLOTMILL_OPENCL_LIBRARY=library, **env), expected, "the images")
    loader = devices(folder)[0]["library"]
    equal(devices(folder, PLOTMILL_OPENCL_LIBRARY=loader), devices(folder), "devices by the loader's path")
    doctor = json.loads(run(folder, "doctor", "--json", env={"PLOTMILL_OPENCL_LIBRARY": library}).out)["findings"]
    opened = [finding["found"] for finding in doctor if finding["check"] == "OpenCL"]
    equal(opened, [f"opened {devices(folder, PLOTMILL_OPENCL_LIBRARY=library)[0]['library']}"], "doctor")


@case("PLOTMILL_OPENCL_LIBRARY that cannot be used is refused, and nothing else is tried")
def _(folder):
    job = start(folder)
    (folder / "text.so").write_text("text")
    other = next(pathlib.Path("/usr/lib").glob("*/libz.so.1"), None)
    for value, reason in [("/nonexistent/libx.so", "No such file"), (str(folder / "text.so"), "too short"),
                          *([(str(other), "clGetPlatformIDs")] if other else [])]:
        for arguments in (["render", *job, "-o", "null:"], ["devices"]):
            result = run(folder, *arguments, env={"PLOTMILL_OPENCL_LIBRARY": value}).need(2)
            equal(len(result.lines()), 1, f"lines of {result.report()}")
            contains(result.err, [f"PLOTMILL_OPENCL_LIBRARY={value} cannot be used", reason, "expected"], "the message")
        report = json.loads(run(folder, "doctor", "--json", env={"PLOTMILL_OPENCL_LIBRARY": value}).need(1).out)
        check(any(finding["check"] == "OpenCL" and finding["severity"] == "problem" and value in finding["found"]
                  for finding in report["findings"]), f"doctor: {report}")
    equal(devices(folder, PLOTMILL_OPENCL_LIBRARY=""), devices(folder), "devices with an empty value")


@case("a driver of the active virtual environment is found beside the system's")
def _(folder):
    job = start(folder)
    library = next(pathlib.Path("/usr/lib").glob("**/liboclgrind-rt-icd.so"), None)
    usual = devices(folder)
    if not library or not usual or any("Oclgrind" in device["name"] for device in usual):
        raise Skip("oclgrind: not installed, or registered")
    vendors = folder / "venv/etc/OpenCL/vendors"
    vendors.mkdir(parents=True)
    (vendors / "mine.icd").write_text(f"{library}\n")
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        env = {variable: str(folder / "venv")}
        found = run(folder, "devices", "--json", env=env).need()
        contains(found.err, [f"opened the driver {library} ({variable})"], "the log")
        listed = json.loads(found.out)["devices"]
        equal([device["name"] for device in listed[:-1]], [device["name"] for device in usual], "first devices")
        equal((listed[-1]["name"], listed[-1]["library"]), ("Oclgrind Simulator", str(library)), "the last device")
        text = run(folder, "devices", env=env).need().out
        for name in {device["library"] for device in listed}:
            contains(text, [f"OpenCL library: {name}\n"], "the table")
    result = run(folder, "render", *job, "--device", "oclgrind", "-o", "hash:", env=env).need()
    contains(result.err, ["Oclgrind Simulator"], "the log")
    equal(result.out, image_hash(folder), "the images")
    env["OCL_ICD_VENDORS"] = "/etc/OpenCL/vendors"
    check("opened" not in run(folder, "devices", env=env).need().err, "OCL_ICD_VENDORS names all drivers")


@case("an OpenCL library that is preloaded comes before the system's")
def _(folder):
    launcher = shutil.which("oclgrind")
    if not launcher or os.environ.get("LD_PRELOAD"):
        raise Skip("oclgrind: not installed, or something else is preloaded")
    done = subprocess.run([launcher, str(COMMAND), "devices", "--json"], cwd=folder, env=environment(),
                          capture_output=True, text=True, timeout=SECONDS)
    equal(done.returncode, 0, f"exit code: {done.stderr}")
    found = json.loads(done.stdout)["devices"]
    equal([device["platform"] for device in found], ["Oclgrind"], "platforms")
    contains(found[0]["library"], ["liboclgrind-rt.so"], "the library")


# Of the library in another program: what each process prints is "STATUS MESSAGE".
PROGRAM = """
import ctypes, multiprocessing, os, sys
library = ctypes.CDLL(sys.argv[1])
library.plotmill_create.restype = ctypes.c_void_p
library.plotmill_message.restype = ctypes.c_char_p
library.plotmill_message.argtypes = library.plotmill_destroy.argtypes = [ctypes.c_void_p]
library.plotmill_devices.argtypes = [ctypes.c_void_p, ctypes.c_void_p]


def find_devices(handle=None, ended=True):
    text = ctypes.c_char_p()
    handle = handle or library.plotmill_create()
    status = library.plotmill_devices(handle, ctypes.byref(text))
    print(status, library.plotmill_message(handle).decode(), flush=True)
    if ended:
        library.plotmill_destroy(handle)


def run_process(method, *arguments):
    child = multiprocessing.get_context(method).Process(target=find_devices, args=arguments)
    child.start()
    child.join()
    print(method, child.exitcode, flush=True)


if __name__ == "__main__":
    run_process("fork")
    handle = library.plotmill_create()
    find_devices(handle, False)
    run_process("fork", handle)
    run_process("fork")
    run_process("spawn")
    child = os.fork()
    if not child:
        find_devices()
        ctypes.CDLL(None).exit(5)  # with the destructors of drivers, which multiprocessing leaves out
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    find_devices(handle)
"""


@case("a forked process is refused where the parent has used OpenCL; one that is spawned is not")
def _(folder):
    library = next((path for path in sorted((COMMAND.parent.parent / "src").glob("libplotmill.so.*")) if path.is_file()),
                   None)
    if not library or os.environ.get("LD_PRELOAD"):
        raise Skip("libplotmill.so: not built, or built with a sanitizer")
    (folder / "program.py").write_text(PROGRAM)
    done = subprocess.run(["/usr/bin/python3", "-B", "program.py", str(library)], cwd=folder, env=environment(),
                          capture_output=True, text=True, timeout=SECONDS)
    equal((done.returncode, done.stderr), (0, ""), f"the program: {done.stdout}")
    refused = r"4 this process was forked after OpenCL was used in process \d+, .*spawn.*"
    expected = [r"0 ", "fork 0", "0 ", refused, "fork 0", refused, "fork 0", "0 ", "spawn 0", refused, "5", "0 "]
    found = done.stdout.splitlines()
    check(len(found) == len(expected) and all(map(re.fullmatch, expected, found)), f"found {found}")


main()
