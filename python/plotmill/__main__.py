"""python -m plotmill doctor: what keeps this machine from drawing, and how to fix it."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from typing import Any

from plotmill import _core, _drivers

PIP_FIX = "pip install plotmill[cpu] makes the CPU a device, without root and without registration"


def version() -> str:
    number = _core.version()
    return f"{number // 1000000}.{number // 1000 % 1000}.{number % 1000}"


def findings() -> dict[str, Any]:
    """The report of the library, with what the package adds: drivers from pip, and how pip brings a device.

    Drivers from pip come first. Where no device is usable, the fix of a problem with OpenCL or its platforms also
    names the extra `cpu`; so does that of a driver from pip that cannot be opened.
    """
    paths = [path for package in _drivers.PACKAGES for path in _drivers.installed(package)]
    report: dict[str, Any] = json.loads(_core.Handle(lambda level, line: print(line, file=sys.stderr)).doctor())
    usable = [found for found in report["findings"]
              if found["check"].startswith("device ") and found["severity"] != "problem"]
    if not usable and platform.machine() == "x86_64" and not paths:
        for found in report["findings"]:
            if found["severity"] == "problem" and found["check"] in ("OpenCL", "platforms"):
                found["fix"] = f"{found['fix']}; or {PIP_FIX}" if found["fix"] else PIP_FIX
    for found in report["findings"]:
        if found["severity"] == "problem" and any(path in found["found"] for path in paths):
            found["fix"] = "pip install --upgrade plotmill[cpu] installs what it needs; or uninstall it"
    words = ", ".join(paths) or f"none of {', '.join(_drivers.PACKAGES)} is installed"
    report["findings"].insert(0, {"severity": "ok", "check": "pip's drivers", "found": words, "fix": None})
    return report


def doctor(as_json: bool) -> int:
    report = findings()
    if as_json:
        print(json.dumps(report, indent=2))
    else:
        for found in report["findings"]:
            print(f"{found['severity']:<8} {found['check']:<15} {found['found']}")
            if found["fix"]:
                print(f"{'':<8} {'':<15} fix: {found['fix']}")
        problems, notes = report["problems"], report["notes"]
        print(f"\n{len(report['findings'])} checks: {problems} problem{'s' * (problems != 1)}, "
              f"{notes} note{'s' * (notes != 1)}")
    return 1 if report["problems"] else 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m plotmill")
    parser.add_argument("--version", action="version", version=f"plotmill {version()}")
    commands = parser.add_subparsers(dest="command", required=True)
    words = "check drivers, GPUs, caches, memory and settings, and draw test patterns on every device"
    check = commands.add_parser("doctor", help=words, description=f"{words}; exits with 1 when there is a problem")
    check.add_argument("--json", action="store_true", help="print the result as JSON")
    return doctor(parser.parse_args(arguments).json)


if __name__ == "__main__":
    sys.exit(main())
