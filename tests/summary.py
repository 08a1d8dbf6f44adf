#!/usr/bin/python3
"""Counts the test points of a `meson test` run, from the log that Meson keeps, and names failures and skips.

    summary.py BUILD|LOG [--tap]

BUILD is a Meson build folder, LOG a testlog.json. The last line printed is

    N passed, N failed, N skipped

over the points of all TAP streams ("ok 1 - name", "not ok 2 - name", "ok 3 - name # SKIP reason"). A test that crashed,
timed out, printed no plan or another number of points than planned is a failure as well. Lines "# note: TEXT" are
repeated. --tap prints all points as one TAP stream instead, for a suite that runs Meson itself.

PLOTMILL_REQUIRE=all turns every skip into a failure; PLOTMILL_REQUIRE=rusticl,oclgrind those that name one of these. A
name that no test mentions is a failure too, because it would require nothing.
"""
import argparse
import json
import os
import pathlib
import re
import sys

RESULT = re.compile(r"(ok|not ok)\b *(?:\d+)? *(?:- *)?(.*)")
PLAN = re.compile(r"1\.\.(\d+)\s*(?:# *SKIP\b[: ]*(.*))?", re.IGNORECASE)
SKIP = re.compile(r"\s*# *SKIP\b[: ]*", re.IGNORECASE)
TAIL_LINES = 20


class Test:
    """The points of one test program's TAP stream."""

    def __init__(self, record):
        self.name = record["name"].split(":")[-1].split(" / ")[-1].strip()
        self.seconds = record.get("duration") or 0
        self.passed, self.failed, self.skipped, self.notes = [], [], [], []  # failed: (name, lines); skipped: (name, reason)
        self.planned = None
        self.points = 0
        self.explained = None  # the failure that following comment lines explain
        text = record.get("stdout") or ""
        for line in text.splitlines():
            self.read(line)
        self.check(record, text)

    def read(self, line):
        plan, result = PLAN.fullmatch(line.strip()), RESULT.fullmatch(line)
        if plan:
            self.planned = int(plan[1])
            if plan[2] is not None:
                self.planned = self.points = 1
                self.skipped.append((self.name, plan[2]))
        elif line.startswith("# note: "):
            self.notes.append(line[2:])
        elif line.startswith("#") and self.explained is not None:
            self.explained.append(line)
        elif line.startswith("Bail out!"):
            self.failed.append((line, []))
        elif result:
            self.points += 1
            self.explained = None
            name, *reason = SKIP.split(result[2], maxsplit=1)
            if reason and result[1] == "ok":
                self.skipped.append((name.strip(), reason[0].strip() or "no reason given"))
            elif result[1] == "ok":
                self.passed.append(name)
            else:
                self.explained = []
                self.failed.append((name, self.explained))

    def check(self, record, text):
        """Adds the failures that no point reports."""
        problem = None
        if record.get("result") == "TIMEOUT":
            problem = "did not end in time"
        elif self.planned is None:
            problem = f"printed no plan (exit {record.get('returncode')})"
        elif self.planned == 0:
            problem = "has no test"
        elif self.points != self.planned:
            problem = f"planned {self.planned} tests and reported {self.points}"
        elif record.get("returncode") != 0 and not self.failed:
            problem = f"ended with exit {record.get('returncode')}"
        if problem:
            tail = (text + (record.get("stderr") or "")).splitlines()[-TAIL_LINES:]
            self.failed.append((problem, ["# " + line for line in tail]))


def mentions(text, name):
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text.lower()) is not None


def require(tests, required):
    """Turns skips that are not allowed into failures; returns the names that no test mentions."""
    for test in tests:
        for name, reason in list(test.skipped):
            for wanted in required:
                if wanted == "all" or mentions(f"{test.name} {name} {reason}", wanted):
                    test.skipped.remove((name, reason))
                    test.failed.append((f"{name}: skipped ({reason}), but PLOTMILL_REQUIRE has {wanted}", []))
                    break
    known = [f"{test.name} {text}" for test in tests
             for text in test.passed + [name for name, _ in test.failed] + [" ".join(skip) for skip in test.skipped]]
    return [wanted for wanted in required if wanted != "all" and not any(mentions(text, wanted) for text in known)]


def print_tap(tests):
    number = 0
    for test in tests:
        points = ([("ok", name, []) for name in test.passed] + [("not ok", *failure) for failure in test.failed] +
                  [("ok", f"{name} # SKIP {reason}", []) for name, reason in test.skipped])
        for outcome, name, lines in points:
            number += 1
            print("\n".join([f"{outcome} {number} - {test.name} {name}", *lines]))
    print(f"1..{number}")


def print_summary(tests):
    required = [name.strip().lower() for name in os.environ.get("PLOTMILL_REQUIRE", "").split(",") if name.strip()]
    unknown = require(tests, required)
    for test in tests:
        for note in test.notes:
            print(f"{test.name}: {note}")
    failures = 0
    for test in tests:
        for name, lines in test.failed:
            failures += 1
            print("\n".join([f"FAILED  {test.name}: {name}", *lines]))
    for name in unknown:
        failures += 1
        print(f"FAILED  PLOTMILL_REQUIRE: no test mentions '{name}'")
    if not tests:
        failures += 1
        print("FAILED  no test ran")
    for test in tests:
        for name, reason in test.skipped:
            print(f"SKIPPED {test.name}: {name}: {reason}")
    print(f"{sum(len(test.passed) for test in tests)} passed, {failures} failed, "
          f"{sum(len(test.skipped) for test in tests)} skipped")
    return 1 if failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", metavar="BUILD|LOG", type=pathlib.Path)
    parser.add_argument("--tap", action="store_true")
    options = parser.parse_args()
    log = options.log / "meson-logs" / "testlog.json" if options.log.is_dir() else options.log
    records = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
    tests = sorted((Test(record) for record in records), key=lambda test: test.name)
    if options.tap:
        print_tap(tests)
        return 0
    return print_summary(tests)


if __name__ == "__main__":
    sys.exit(main())
