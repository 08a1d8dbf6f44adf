"""The results of bench/gpu as JSON and as a Markdown table."""
import datetime
import json
import os
import pathlib
import platform
import re
import shlex
import sys

import gpu_carry


def first_match(path, pattern):
    try:
        found = re.search(pattern, pathlib.Path(path).read_text(errors="replace"), re.MULTILINE)
    except OSError:
        return None
    return found[1].strip().strip('"') if found else None


def describe(options):
    """What is known before the first step: the commit, the machine, the settings."""
    about = {"command": shlex.join(sys.argv), "commit": None, "modified": None}
    packed = options.carry / "commit.json"
    about.update(gpu_carry.commit() or (json.loads(packed.read_text()) if packed.is_file() else {}))
    queried = "name,driver_version,clocks.sm,clocks.mem,power.limit,pcie.link.gen.current,pcie.link.width.current"
    about.update({
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "host": {
            "processor": first_match("/proc/cpuinfo", r"^model name\s*:\s*(.*)$") or platform.machine(),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "system": first_match("/etc/os-release", r"^PRETTY_NAME=(.*)$") or platform.platform(),
            "kernel": platform.release(),
            "load_average": os.getloadavg()[0],
            "nvidia_smi": gpu_carry.output("nvidia-smi", f"--query-gpu={queried}", "--format=csv").strip() or None,
        },
        "settings": {name: str(value) if isinstance(value, pathlib.Path) else value
                     for name, value in vars(options).items() if name not in ("pack",)},
        "device": None,
    })
    return about


def write(run):
    """Replaces --json FILE."""
    path = run.options.json
    if not path:
        return
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(json.dumps({**run.about, "environment": run.environment, "steps": run.steps}, indent=2) + "\n")
    temporary.replace(path)


def number(value):
    for least, digits in ((1000, 0), (100, 1), (10, 2)):
        if abs(value) >= least:
            return f"{value:,.{digits}f}"
    return f"{value:.3f}"


def table(run):
    """The heading, and a row for each figure and for what was found in words, skipped or failed."""
    device, host = run.about["device"], run.about["host"]
    name = f"{device['name']} ({device['platform']}, driver {device['driver']})" if device else "no device"
    state = f"commit {(run.about['commit'] or 'unknown')[:9]}{' with changes' if run.about['modified'] else ''}"
    lines = [f"{name}, {host['cores']} cores of {host['processor']}, {host['system']}, {run.about['date'][:10]}, {state}:",
             "", "| step | what | unit | median | from | to | repeats |", "|---|---|---|--:|--:|--:|--:|"]
    for step in run.steps:
        words = [*step["found"], *([f"{step['state']}: {step['message']}"] if "message" in step else [])]
        lines += [f"| {step['name']} | {word.replace('|', '/')} | | | | | |" for word in words]
        lines += [f"| {step['name']} | {figure['name']} | {figure['unit']} | {number(figure['median'])} | "
                  f"{number(figure['min'])} | {number(figure['max'])} | {figure['count']} |"
                  for figure in step["figures"]]
    return "\n".join(lines)
