#!/usr/bin/python3
"""Runs the Criterion programs of a Meson build folder and prints one TAP stream over all their tests.

    criterion.py BUILD|PROGRAM [--slower N] [--reports FOLDER]

N says how many times longer than usual a program may take. FOLDER is where sanitizers were told to write
(log_path): every file there is a failure of the program that ran. Criterion alone would miss leaks, which are found
when a test has already passed.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import tempfile

import tally

BEGUN, OVER = re.compile(r"\[RUN \] (\S+)"), re.compile(r"\[(?:PASS|FAIL|SKIP)\] (\S+): ")
RESULT = re.compile(r"(ok|not ok)\b *(?:\d+)? *(?:- *)?(.*)")
SUITES = {"unit", "kernel"}


class Stream:
    """Numbers test points and prints the plan at the end."""

    def __init__(self):
        self.count = 0

    def point(self, outcome, text):
        self.count += 1
        print(f"{outcome} {self.count} - {text}", flush=True)

    def remark(self, text):
        for line in text.rstrip("\n").splitlines():
            print(f"# {line}", flush=True)

    def end(self):
        print(f"1..{self.count}")


def programs(build):
    if build.is_file():
        return [{"name": build.name, "cmd": [str(build.resolve())], "timeout": 60, "env": {}}]
    listing = subprocess.run(["meson", "introspect", "--tests", build], check=True, capture_output=True, text=True)
    return [test for test in json.loads(listing.stdout)
            if SUITES & {suite.split(":")[-1] for suite in test["suite"]}]


def run(command, seconds, environment, output):
    """Returns the exit code, None when the program had to be killed. The output goes to a file: a pipe would stay
    open as long as any worker of a killed program lives."""
    if not os.access(command[0], os.X_OK):
        output.write_text(f"{command[0]}: not built\n")
        return 127
    with open(output, "w", encoding="utf-8") as file:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=file,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            tally.kill_suite(process.pid)  # with the workers, which would disturb the tests that follow
            process.wait()
            return None


def retell(stream, program, report):
    """Passes on the test points of one program's TAP report; returns (test points, failures)."""
    points = failures = 0
    for line in report.splitlines():
        result = RESULT.fullmatch(line)
        if result:
            points += 1
            failures += result[1] != "ok"
            stream.point(result[1], f"{program} {result[2]}")
        elif line.startswith(" "):
            stream.remark(line)
    return points, failures


def retell_reports(stream, program, folder):
    for report in sorted(folder.iterdir()):
        stream.point("not ok", f"{program}: a sanitizer's report")
        stream.remark(report.read_text(errors="replace"))
        report.unlink()


def unfinished(output):
    """The tests that began and did not end."""
    over = set(OVER.findall(output))
    return ", ".join(name for name in BEGUN.findall(output) if name not in over) or "no test"


def run_program(stream, test, seconds, folder):
    folder.mkdir()
    report, output = folder / "report.tap", folder / "output"
    code = run(test["cmd"] + [f"--tap={report}", "--verbose"], seconds, {**os.environ, **test["env"]}, output)
    said = output.read_text(errors="replace")
    told = report.read_text(errors="replace") if report.exists() else ""
    points, failures = retell(stream, test["name"], told)
    if code is None:
        stream.point("not ok", f"{test['name']}: killed after {seconds:.0f} s, in {unfinished(said)}")
    elif points == 0:
        stream.point("not ok", f"{test['name']}: reported no test (exit {code})")
    elif code != 0 and failures == 0:
        stream.point("not ok", f"{test['name']}: ended with exit {code}")
    elif failures == 0:
        return
    stream.remark("\n".join(line for line in said.splitlines() if not re.match(r"\[(RUN |PASS)\]", line)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", metavar="BUILD|PROGRAM", type=pathlib.Path)
    parser.add_argument("--slower", type=float, default=1)
    parser.add_argument("--reports", type=pathlib.Path)
    arguments = parser.parse_args()

    stream = Stream()
    with tempfile.TemporaryDirectory() as folder:
        for test in programs(arguments.build):
            run_program(stream, test, test["timeout"] * arguments.slower, pathlib.Path(folder) / test["name"])
            if arguments.reports:
                retell_reports(stream, test["name"], arguments.reports)
    stream.end()


if __name__ == "__main__":
    main()
