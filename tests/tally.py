#!/usr/bin/python3
"""Runs every test suite and adds up what they say.

    tally.py [-v] [--suites FOLDER] [SUITE...]

SUITE is part of a suite's name; without one all run. -v shows every test, not failures alone.

A suite is an executable in tests/suites (or FOLDER) that prints TAP ("1..2", "ok 1 - name", "not ok 2 - name",
"ok 3 - name # SKIP reason"). Suites run in the order of their names. One that crashes, hangs, prints no plan or
another number of tests than planned counts as a failure of its own. The last line is

    N passed, N failed, N skipped

Each skip is named above it, with its reason. A line of a suite that begins with "# note: " is always shown.
PLOTMILL_REQUIRE=all turns every skip into a failure, PLOTMILL_REQUIRE=rusticl,oclgrind those that speak of these; a
name that no test speaks of is a failure too, for it would demand nothing. PLOTMILL_SUITE_SECONDS (1800) bounds each
suite.
"""
import argparse
import math
import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SUITES = ROOT / "tests" / "suites"
RESULT = re.compile(r"(ok|not ok)\b *(?:\d+)? *(?:- *)?(.*)")
PLAN = re.compile(r"1\.\.(\d+)\s*(?:# *SKIP\b[: ]*(.*))?", re.IGNORECASE)
SKIP = re.compile(r"\s*# *SKIP\b[: ]*", re.IGNORECASE)


class Tally:
    """What one suite said."""

    def __init__(self, suite):
        self.suite = suite
        self.passed, self.failed, self.skipped = [], [], []  # names; skipped: (name, reason)
        self.planned = None
        self.told = 0

    def read(self, line):
        """Takes one line of TAP; returns it when it deserves to be seen at once."""
        plan = PLAN.fullmatch(line)
        if plan:
            self.planned = int(plan[1])
            if plan[2] is not None:
                self.planned = self.told = 1
                self.skipped.append((self.suite, plan[2]))
            return None
        if line.startswith("Bail out!"):
            self.failed.append(line)
            return line
        result = RESULT.fullmatch(line)
        if not result:
            return None
        self.told += 1
        name, *reason = SKIP.split(result[2], maxsplit=1)
        if reason and result[1] == "ok":
            self.skipped.append((name.strip(), reason[0].strip() or "no reason given"))
        elif result[1] == "ok":
            self.passed.append(name)
        else:
            self.failed.append(name)
            return line
        return None

    def finish(self, code, hung):
        """Adds what the stream itself cannot tell."""
        if hung:
            self.failed.append("the suite did not end in time")
        elif self.planned is None:
            self.failed.append(f"the suite printed no plan (exit {code})")
        elif self.planned == 0:
            self.failed.append("the suite held no test")
        elif self.told != self.planned:
            self.failed.append(f"the suite planned {self.planned} tests and told of {self.told}")
        elif code != 0 and not self.failed:
            self.failed.append(f"the suite ended with exit {code}")


def processes():
    """(number, parent, session) of all there are."""
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(errors="replace").rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has ended by itself
        yield int(path.parent.name), int(fields[1]), int(fields[3])


def kill_suite(leader):
    """Kills a suite and its descendants: Criterion's programs leave the process group, others even the session."""
    found, doomed = list(processes()), {leader}
    while more := {number for number, parent, session in found
                   if number not in doomed and (parent in doomed or session == leader)}:
        doomed |= more
    for number in doomed:
        try:
            os.kill(number, signal.SIGKILL)
        except OSError:
            pass  # it has ended by itself


def lines_of(pipe, hung):
    """Lines up to the end. What escapes from a suite that was killed may hold the pipe open: nobody waits for that."""
    rest, end = b"", math.inf
    while time.monotonic() < end:
        if hung.is_set() and end == math.inf:
            end = time.monotonic() + 5
        if not select.select([pipe], [], [], 0.5)[0]:
            continue
        piece = os.read(pipe.fileno(), 1 << 16)
        if not piece:
            break
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.decode(errors="replace") for line in lines)
    if rest:
        yield rest.decode(errors="replace")


def run_suite(path, logs, seconds, verbose):
    tally = Tally(path.name)
    start = time.monotonic()
    print(f"== {path.name}", flush=True)
    hung = threading.Event()
    # A session of its own, so that a suite that hangs goes with its children.
    process = subprocess.Popen([path], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True)

    def stop():
        hung.set()
        kill_suite(process.pid)

    timer = threading.Timer(seconds, stop)
    timer.start()
    after_failure = False
    with open(logs / f"{path.name}.log", "w", encoding="utf-8", buffering=1) as log:
        try:
            for line in lines_of(process.stdout, hung):
                log.write(line + "\n")
                worth_seeing = tally.read(line)
                # The lines that explain a failure follow it.
                diagnostic = line.startswith(("#", " "))
                after_failure = worth_seeing is not None or (after_failure and diagnostic)
                if verbose or after_failure or line.startswith("# note: "):
                    print(line, flush=True)
            code = process.wait()
        finally:
            timer.cancel()
            if process.poll() is None:
                stop()
    failures = len(tally.failed)
    tally.finish(code, hung.is_set())
    for name in tally.failed[failures:]:
        print(f"not ok - {name}")
        print_tail(logs / f"{path.name}.log")
    print(f"   {len(tally.passed)} passed, {len(tally.failed)} failed, {len(tally.skipped)} skipped, "
          f"{time.monotonic() - start:.1f} s", flush=True)
    return tally


def print_tail(log):
    lines = log.read_text(encoding="utf-8").splitlines()
    for line in lines[-20:]:
        print(f"    {line}")


def speaks_of(text, name):
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text.lower()) is not None


def enforce(tallies, required):
    """Turns skips that must not be into failures; returns further failures as (suite, text)."""
    for tally in tallies:
        for name, reason in list(tally.skipped):
            for wanted in required:
                if wanted == "all" or speaks_of(f"{tally.suite} {name} {reason}", wanted):
                    tally.skipped.remove((name, reason))
                    tally.failed.append(f"{name}: skipped ({reason}), but PLOTMILL_REQUIRE asks for {wanted}")
                    break
    known = [f"{tally.suite} {text}" for tally in tallies
             for text in tally.passed + tally.failed + [" ".join(skip) for skip in tally.skipped]]
    return [("PLOTMILL_REQUIRE", f"no test speaks of '{wanted}'") for wanted in required
            if wanted != "all" and not any(speaks_of(text, wanted) for text in known)]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--suites", type=pathlib.Path, default=SUITES)
    parser.add_argument("suite", nargs="*")
    return parser.parse_args()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the running suite is killed as well
    wanted = arguments()
    required = [name.strip().lower() for name in os.environ.get("PLOTMILL_REQUIRE", "").split(",") if name.strip()]
    seconds = float(os.environ.get("PLOTMILL_SUITE_SECONDS", "1800"))
    logs = ROOT / os.environ.get("BUILD", "build") / "test-logs"
    logs.mkdir(parents=True, exist_ok=True)
    # No test writes into the cache of the user who runs it.
    os.environ["PLOTMILL_CACHE_DIR"] = str(logs.parent / "test-cache")

    suites = [path for path in sorted(wanted.suites.iterdir()) if path.is_file() and os.access(path, os.X_OK)
              and (not wanted.suite or any(part in path.name for part in wanted.suite))]
    start = time.monotonic()
    tallies = [run_suite(path.resolve(), logs, seconds, wanted.verbose) for path in suites]
    further = enforce(tallies, required)
    if not suites:
        further.append((wanted.suites.name, "no suite of that name" if wanted.suite else "no suite at all"))

    failures = [(tally.suite, name) for tally in tallies for name in tally.failed] + further
    skips = [(tally.suite, name, reason) for tally in tallies for name, reason in tally.skipped]
    print(f"\n{len(suites)} suites in {time.monotonic() - start:.0f} s; their output is kept in {logs}")
    for suite, name in failures:
        print(f"FAILED  {suite}: {name}")
    for suite, name, reason in skips:
        print(f"SKIPPED {suite}: {name}: {reason}")
    print(f"{sum(len(tally.passed) for tally in tallies)} passed, {len(failures)} failed, {len(skips)} skipped")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
