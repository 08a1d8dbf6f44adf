"""OpenCL drivers that pip has installed, found without registration and without an active environment.

The library opens the drivers that PLOTMILL_OPENCL_DRIVERS lists beside those of the system. It is set here, once,
before the first handle is made, so processes that are started later inherit it.
"""

from __future__ import annotations

import importlib.metadata
import os
import threading

VARIABLE = "PLOTMILL_OPENCL_DRIVERS"
# Packages of PyPI that hold a driver with an .icd file, which names it by its place on another machine.
PACKAGES = ("intel-opencl-rt", "pocl-binary-distribution")

_lock = threading.Lock()
_done = False


def _renew_lock() -> None:
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # another thread of the parent may have held it
    os.register_at_fork(after_in_child=_renew_lock)


def installed(package: str) -> list[str]:
    """The drivers of an installed package: paths of shared libraries that its .icd files name and that it holds."""
    try:
        files = importlib.metadata.files(package) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    held = {file.name: file for file in files}
    found = []
    for file in files:
        if file.suffix != ".icd":
            continue
        try:
            named = os.path.basename(file.read_text().split("\n", 1)[0].strip())
        except OSError:
            continue
        if named in held:
            path = os.path.realpath(str(held[named].locate()))
            if os.path.exists(path):
                found.append(path)
    return found


def register() -> None:
    """Lists the drivers of PACKAGES in the environment of this process. A list that its user has set stays."""
    global _done
    with _lock:
        if _done:
            return
        _done = True
        if VARIABLE in os.environ:
            return
        paths = [path for package in PACKAGES for path in installed(package) if ":" not in path]
        if paths:
            os.environ[VARIABLE] = ":".join(paths)
