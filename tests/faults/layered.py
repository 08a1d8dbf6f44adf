"""Runs the command under the OpenCL layer layer.c. Shared by faults.py and modes.py."""
import os
import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
import h5py  # noqa: E402
import numpy as np  # noqa: E402

import harness  # noqa: E402

LAYER = harness.COMMAND.parent.parent / "tests" / "faults" / "fault_layer.so"
# PoCL alone, on machines that have more.
VENDORS = next((str(path) for path in sorted(pathlib.Path("/etc/OpenCL/vendors").glob("pocl*.icd"))), None)
# One CPU as two devices. The first reports to be a GPU with its own memory, and only the first fails.
GPU = {"POCL_DEVICES": "pthread basic", "PLOTMILL_FAULT_GPU": "basic", "PLOTMILL_FAULT_ON": "basic",
       "PLOTMILL_FAULT_DISCRETE": "1"}
JOB = ["a.npy", "--window", 20, "--size", "24x16", "--batch", 4]
LEAK = 99  # what a sanitizer's finding ends with (tests/suites/sanitizers)
IMAGES = 14  # the last of four batches is short


def needed():
    """Ends the program where there is no layer."""
    if not LAYER.exists():
        print("1..1\nok 1 - faults # SKIP cl_layer.h: the OpenCL headers lack it")
        sys.exit(0)
    if not VENDORS:
        print("1..1\nok 1 - faults # SKIP pocl: not installed")
        sys.exit(0)


def prepare(folder):
    np.save(folder / "a.npy", np.random.default_rng(8).standard_normal(IMAGES + 19).cumsum())


def remove(path):
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def leak_search_broke():
    """Rarely, the leak detector of the sanitizer crashes because of a driver's threads; its log reports that."""
    log = re.search(r"log_path=([^:]+)", os.environ.get("ASAN_OPTIONS", ""))
    broke = [path for path in pathlib.Path(log[1]).parent.glob("*") if
             "LeakSanitizer has encountered a fatal error" in path.read_text(errors="replace")] if log else []
    for path in broke:
        path.unlink()
    return bool(broke)


def render(folder, *arguments, fault=None, env=None, **further):
    """The result, and what the layer reports."""
    report = folder.with_name(folder.name + "-report")
    settings = {"OPENCL_LAYERS": str(LAYER), "OCL_ICD_VENDORS": VENDORS, "PLOTMILL_FAULT_REPORT": str(report),
                "PLOTMILL_FAULT": fault, **(env or {})}
    before = set(folder.iterdir())
    result = harness.run(folder, "render", *arguments, env=settings, **further)
    if result.code == LEAK and leak_search_broke():
        for path in set(folder.iterdir()) - before:
            remove(path)
        result = harness.run(folder, "render", *arguments, env=settings, **further)
    counts = {}
    if report.exists():
        for line in report.read_text().splitlines():
            name, count = line.rsplit(" ", 1)
            counts[name] = int(count)
        report.unlink()
    return result, counts


def content(path):
    """What a reader finds: the order of an HDF5 file's chunks may vary."""
    if path.is_dir():
        return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}
    if path.suffix != ".h5":
        return path.read_bytes()
    with h5py.File(path) as file:
        return {name: (file[name][...].tobytes(), sorted(map(str, file[name].attrs.items()))) for name in file}


def fallbacks(result):
    return [line for line in result.lines() if "falling back" in line]
