"""Runs the built command, captures its results and prints test cases as TAP.

    from harness import case, main
    @case("an empty file is refused")
    def _(folder):                     # a scratch folder for this case
        refuses(folder, ["render", "a.csv", ...], ["a.csv", "empty file"])
    main()
"""
import contextlib
import gzip
import hashlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COMMAND = (ROOT / os.environ.get("BUILD", "build") / "tools" / "plotmill").resolve()
DATA = ROOT / "data"
# All cases share this kernel cache. The user's own cache is not touched.
CACHE = os.environ.get("PLOTMILL_CACHE_DIR") or str(COMMAND.parent.parent / "test-cache")
# Time limits of a command and of a whole case. They end what hangs; they do not measure speed.
SECONDS = 300
CASE_SECONDS = int(os.environ.get("PLOTMILL_CASE_SECONDS", "600"))

cases = []


# a.csv: UTF-8, separated by commas, 1 header line, 2 columns; column 1 (close); 40 rows
READING = re.compile(r"\S.*: .*\d columns?(, .*)?; (columns? .*|rows are sequences); \d+ rows?")


class Failure(Exception):
    """A check failed."""


class Skip(Exception):
    """The text begins with the name of what is missing: "rusticl: not installed"."""


def case(name):
    def register(body):
        cases.append((name, body))
        return body
    return register


def check(condition, text):
    if not condition:
        raise Failure(text)


def equal(found, expected, what):
    check(found == expected, f"{what}: found {found!r}, expected {expected!r}")


def contains(text, words, what):
    for word in words:
        check(word in text, f"{what}: found no {word!r} in:\n{text}")


class Result:
    """gpu_hint holds the warnings about a GPU without a driver, which depend on the machine; err holds the rest of
    standard error."""

    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out = arguments, code, out
        hints = re.compile(r"plotmill: warning: an? \S*\s?GPU is visible .* not usable through OpenCL: .*\n")
        self.gpu_hint, self.err = "".join(hints.findall(err)), hints.sub("", err)

    def lines(self):
        """Those of standard error, but for how the inputs were read."""
        return [line for line in self.err.splitlines() if not READING.fullmatch(line)]

    def report(self):
        return f"plotmill {' '.join(self.arguments)}\nexit {self.code}\nstdout:\n{self.out}stderr:\n{self.err}"

    def need(self, code=0):
        check(self.code == code, f"expected exit {code} of {self.report()}")
        return self


def environment(**further):
    """The caller's variables except those for OpenCL and plotmill, with the kernel cache of the tests."""
    names = {name: value for name, value in os.environ.items()
             if not name.startswith("PLOTMILL_") and name not in ("RUSTICL_ENABLE", "COLUMNS")}
    names["PLOTMILL_CACHE_DIR"] = CACHE
    names.update({name: value for name, value in further.items() if value is not None})
    return names


def run(folder, *arguments, env=None, **further):
    """Runs the command in `folder`."""
    arguments = [str(argument) for argument in arguments]
    done = subprocess.run([str(COMMAND), *arguments], cwd=folder, env=environment(**(env or {})),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                          **further)
    return Result(arguments, done.returncode, done.stdout.decode(), done.stderr.decode())


@contextlib.contextmanager
def launched(folder, *arguments, env=None, **further):
    """The command in the background; killed when the block ends. SIGHUP reaches it even if the tests run under nohup."""
    process = subprocess.Popen([str(COMMAND), *(str(argument) for argument in arguments)], cwd=folder,
                               env=environment(**(env or {})), stdin=subprocess.DEVNULL,
                               preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
                               **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **further})
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until(process, ready, what):
    """Waits until `ready()` is true; fails if the process ends before."""
    end = time.monotonic() + SECONDS
    while not ready():
        if process.poll() is not None:
            raise Failure(f"{what}: the process ended before, exit {process.returncode}: {output_of(process)}")
        check(time.monotonic() < end, f"{what}: not within {SECONDS} s")
        time.sleep(0.005)


def size_of(path):
    """0 if the file does not exist (any more)."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def holds_open(process, path):
    """Whether the process has that file open."""
    try:
        return any(os.path.samefile(fd, path) for fd in pathlib.Path(f"/proc/{process.pid}/fd").iterdir())
    except OSError:  # a file was closed meanwhile
        return False


def large_table(path):
    """Writes a small .csv.gz file with 5 million records: reading it takes seconds on any machine."""
    piece = gzip.compress((b"1.25," + b"x" * 1000 + b"\n") * 2000)
    path.write_bytes(gzip.compress(b"value,text\n") + piece * 2500)


def wait_for_line(process, words):
    """Reads standard error up to the line that contains the words, and returns it."""
    before = b""
    for line in process.stderr:
        if words in line.decode():
            return line.decode()
        before += line
    raise Failure(f"no {words!r} on standard error, exit {process.wait()}: {before.decode()}")


def output_of(process):
    """Waits for the end; returns standard output and standard error as text."""
    out, err = process.communicate(timeout=SECONDS)
    return (out or b"").decode(errors="replace"), (err or b"").decode()


def render(folder, *arguments, **further):
    """A render that must succeed."""
    return run(folder, "render", *arguments, **further).need()


def need_yaml():
    if "built without libyaml" in run("/", "render", "--config", "job.yaml").err:
        raise Skip("libyaml: this build has none")


def hash_of(folder, *arguments, **further):
    out = render(folder, *arguments, "-o", "hash:", **further).out.strip()
    check(len(out) == 16 and int(out, 16) >= 0, f"no hash: {out!r}")
    return out


def info_hash(folder, path):
    for line in run(folder, "info", path, "--hash").need().out.splitlines():
        if line.startswith("hash "):
            return line.split()[1]
    raise Failure(f"info --hash {path} printed no hash")


def listing(folder):
    """{path: SHA-256 of the contents} of all files and folders below `folder`."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        name = str(path.relative_to(folder))
        found[name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "not a file"
    return found


def unchanged(before, folder, what):
    after = listing(folder)
    equal(sorted(set(after) ^ set(before)), [], f"{what}: files added or removed")
    equal([name for name in after if after[name] != before[name]], [], f"{what}: files that changed")


def refuses(folder, arguments, words, code=2, **further):
    """The command prints one line to stderr and nothing to stdout, and changes no file."""
    before = listing(folder)
    result = run(folder, *arguments, **further).need(code)
    lines = result.lines()
    equal(result.out, "", f"stdout of {result.report()}")
    equal(len(lines), 1, f"lines on stderr of {result.report()}")
    contains(lines[0], ["plotmill: ", *words], "the error")
    unchanged(before, folder, result.report())
    return result


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="plotmill-cli-") as folder:
        yield pathlib.Path(folder)


@contextlib.contextmanager
def time_limit():
    """Fails a case that hangs. If Meson killed the whole program, the case would not be named."""
    def fail(number, frame):
        raise Failure(f"it did not end within {CASE_SECONDS} s:\n{''.join(traceback.format_stack(frame)[-3:])}")
    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(CASE_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(number, name, body):
    """Runs a case; returns whether it passed, and its TAP line with the lines that explain a failure."""
    try:
        with time_limit(), scratch() as folder:
            body(folder)
    except Skip as skip:
        return True, f"ok {number} - {name} # SKIP {skip}"
    except Exception as error:  # after any error the next case runs
        plain = isinstance(error, Failure)
        text = str(error) if plain else traceback.format_exc()
        return False, "\n".join([f"not ok {number} - {name}", *(f"# {line}" for line in text.splitlines())])
    return True, f"ok {number} - {name}"


def main():
    """Runs all cases, or those whose names contain every word given on the command line."""
    chosen = [(name, body) for name, body in cases if all(word in name for word in sys.argv[1:])]
    print(f"1..{len(chosen)}", flush=True)
    all_passed = True
    for number, (name, body) in enumerate(chosen, 1):
        passed, text = outcome(number, name, body)
        all_passed &= passed
        print(text, flush=True)
    sys.exit(0 if all_passed else 1)
