#!/usr/bin/python3
"""Runs one Criterion program and prints its results as TAP.

    criterion.py PROGRAM

Criterion forks a worker for each test; a program that hangs is killed with all its workers, and the test that hung is
named. PLOTMILL_TEST_SECONDS (300) is the limit. PLOTMILL_SANITIZER_LOGS=FOLDER makes sanitizers write there; each
report is a failure. Criterion alone would miss leaks, which are found when a test has already passed.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

BEGUN, OVER = re.compile(r"\[RUN \] (\S+)"), re.compile(r"\[(?:PASS|FAIL|SKIP)\] (\S+): ")
RESULT = re.compile(r"(ok|not ok)\b *(?:\d+)? *(?:- *)?(.*)")


def kill_with_descendants(leader):
    """Criterion's workers leave the process group, so the tree is followed by parents and session."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(errors="replace").rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended meanwhile
        found.append((int(path.parent.name), int(fields[1]), int(fields[3])))
    doomed = {leader}
    while more := {number for number, parent, session in found
                   if number not in doomed and (parent in doomed or session == leader)}:
        doomed |= more
    for number in doomed:
        try:
            os.kill(number, signal.SIGKILL)
        except OSError:
            pass  # it ended meanwhile


def run(command, seconds, environment, output):
    """Returns the exit code, or None when the program had to be killed. The output goes to a file: a pipe would stay
    open as long as any worker of a killed program lives."""
    with open(output, "w", encoding="utf-8") as file:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=file,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            kill_with_descendants(process.pid)
            process.wait()
            return None


def with_sanitizers(environment, folder):
    """Adds log_path to the sanitizers' options."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        log = f"log_path={folder / name.split('_', maxsplit=1)[0].lower()}"
        environment[name] = ":".join(filter(None, [environment.get(name), log]))


def unfinished(output):
    """The tests that began and did not end."""
    over = set(OVER.findall(output))
    return ", ".join(name for name in BEGUN.findall(output) if name not in over) or "no test"


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    seconds = float(os.environ.get("PLOTMILL_TEST_SECONDS", "300"))
    environment, logs = dict(os.environ), None
    if "PLOTMILL_SANITIZER_LOGS" in environment:
        logs = pathlib.Path(environment["PLOTMILL_SANITIZER_LOGS"]) / program.name
        with_sanitizers(environment, logs)
    with tempfile.TemporaryDirectory() as folder:
        report, output = pathlib.Path(folder) / "report.tap", pathlib.Path(folder) / "output"
        code = run([str(program), f"--tap={report}", "--verbose"], seconds, environment, output)
        text = output.read_text(errors="replace")
        lines = report.read_text(errors="replace").splitlines() if report.exists() else []

    points = []  # (outcome, name, lines that explain it)
    for line in lines:
        result = RESULT.fullmatch(line)
        if result:
            points.append((result[1], result[2], []))
        elif line.startswith(" ") and points:
            points[-1][2].append(line)
    failed = any(outcome != "ok" for outcome, _, _ in points)
    shown = [line for line in text.splitlines() if not re.match(r"\[(RUN |PASS)\]", line)]
    if code is None:
        points.append(("not ok", f"killed after {seconds:.0f} s, in {unfinished(text)}", shown))
    elif not points:
        points.append(("not ok", f"reported no test (exit {code})", shown))
    elif code != 0 and not failed:
        points.append(("not ok", f"ended with exit {code}", shown))
    elif failed:
        points[-1][2].extend(shown)
    for path in sorted(logs.iterdir()) if logs else []:
        points.append(("not ok", "a sanitizer's report", path.read_text(errors="replace").splitlines()))
        path.unlink()

    for number, (outcome, name, explanation) in enumerate(points, 1):
        print("\n".join([f"{outcome} {number} - {name}", *(f"# {line}" for line in explanation)]))
    print(f"1..{len(points)}")


main()
