"""Runs the steps of bench/gpu and the commands in them, each within its time limit, and keeps what they found."""
import contextlib
import os
import pathlib
import re
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOM = 4 << 30  # bytes that a scratch folder in memory needs


class Failed(Exception):
    """The text says what went wrong, in one line."""


class Skipped(Exception):
    """The text begins with what is missing."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def reason(*texts):
    """The first line that names an error, else the last line."""
    lines = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
    return next((line for line in lines if re.search(r"\berror: |\bERROR: |undefined reference", line)),
                lines[-1] if lines else "no message")


def end_group(process):
    """Ends a command and its children. One that hangs in the driver is left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=5)


class Run:
    """steps: a list of dicts as in the JSON. environment: variables set for every command. batch_seconds: how long
    plotmill bench took for a batch size."""

    def __init__(self, options, about):
        self.options, self.about, self.steps, self.batch_seconds = options, about, [], {}
        self.build = options.build.resolve() if options.build else ROOT / "build-gpu"
        self.end = time.monotonic() + 60 * options.minutes
        folder = options.scratch
        if not folder:
            memory = pathlib.Path("/dev/shm")
            usable = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
            folder = memory if usable else None
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="plotmill-gpu-", dir=folder))
        # Empty at the start, so that the first start compiles the kernels; later steps find them here.
        caches = ("PLOTMILL_CACHE_DIR", "POCL_CACHE_DIR", "CUDA_CACHE_PATH", "NEO_CACHE_DIR")
        self.environment = {name: str(self.scratch / "cache") for name in caches}
        (self.scratch / "cache").mkdir()

    def finish(self):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def left(self):
        """Seconds that the present step still has."""
        return max(0, min(self.step_end, self.end) - time.monotonic())

    def step(self, name, function, limit):
        say(f"== {name}")
        begin = time.monotonic()
        self.step_end = begin + limit
        self.current = {"name": name, "state": "done", "limit_seconds": limit, "found": [], "commands": [],
                        "figures": []}
        self.steps.append(self.current)
        try:
            if begin >= self.end:
                raise Failed("not run: no time was left")
            function(self)
        except Skipped as skip:
            self.current.update(state="skipped", message=str(skip))
        except Failed as failure:
            self.current.update(state="failed", message=str(failure))
        except Exception as error:  # a mistake in one step must not end the others
            self.current.update(state="failed", message=f"{type(error).__name__}: {error}")
        self.current["seconds"] = round(time.monotonic() - begin, 3)
        say(f"   {self.current['state']} in {self.current['seconds']:.1f} s"
            + (f": {self.current['message']}" if "message" in self.current else ""))

    def found(self, text):
        """A result in words, for the table."""
        self.current["found"].append(text)
        say(f"   {text}")

    def figure(self, name, unit, values, command, spread=None, count=None):
        """values: one per repeat. Where a program measured the repeats: its median, with spread (least, most), count."""
        values = list(values)
        least, most = spread or (min(values), max(values))
        figure = {"name": name, "unit": unit, "count": count or len(values), "median": statistics.median(values),
                  "min": least, "max": most, "command": shlex.join(map(str, command))}
        if not spread:
            figure["values"] = values
        self.current["figures"].append(figure)

    def plotmill(self, *arguments, device=True, codes=(0,)):
        """Runs the command; returns (standard output, the command). A command without --device takes device=False."""
        return self.program("tools/plotmill", *arguments, device=device, codes=codes)

    def program(self, path, *arguments, device=True, codes=(0,)):
        if not (self.build / path).is_file():
            raise Failed(f"not run: {self.build} has no {path}")
        which = ["--device", self.options.device] if device and self.options.device else []
        command = [self.build / path, *arguments, *which]
        return self.command(command, codes), command

    def command(self, command, codes=(0,), environment=None):
        """Runs a command in the top folder until the step's limit; returns its standard output."""
        command = [str(part) for part in command]
        self.current["commands"].append(shlex.join(command))
        say(f"   $ {shlex.join(command)}")
        limit = self.left()
        if not limit:
            raise Failed(f"no time was left for {shlex.join(command)}")
        try:
            process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **self.environment, **(environment or {})},
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       text=True, errors="replace", start_new_session=True)
        except OSError as error:
            raise Failed(f"{command[0]}: {error.strerror}") from None
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            raise Failed(f"{shlex.join(command)}: did not end within {limit:.0f} s") from None
        finally:
            if process.returncode is None:
                end_group(process)
        if process.returncode not in codes:
            self.current["output"] = (out + err)[-4000:]
            how = (f"exit {process.returncode}" if process.returncode >= 0 else
                   f"ended by {signal.Signals(-process.returncode).name}")
            raise Failed(f"{pathlib.Path(command[0]).name}: {how}: {reason(out, err)}")
        return out
