"""Runs the real command and tells what it did; cases that print TAP.

    from harness import case, main
    @case("an empty file is refused")
    def _(folder):                     # a scratch folder of its own
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
# Kernels are kept from one case to the next, and never among those of the user who runs the tests.
CACHE = os.environ.get("PLOTMILL_CACHE_DIR") or str(COMMAND.parent.parent / "test-cache")
# What a command, and what a whole case may take at most: to end what hangs, not to say how fast anything is.
SECONDS = 300
CASE_SECONDS = int(os.environ.get("PLOTMILL_CASE_SECONDS", "600"))

cases = []


class Failure(Exception):
    """What was found is not what was promised."""


class Skip(Exception):
    """The text names the thing that is missing: "rusticl: not installed"."""


def case(name):
    def register(body):
        cases.append((name, body))
        return body
    return register


def check(right, text):
    if not right:
        raise Failure(text)


def equal(found, expected, what):
    check(found == expected, f"{what}: found {found!r}, expected {expected!r}")


def contains(text, words, what):
    for word in words:
        check(word in text, f"{what}: found no {word!r} in:\n{text}")


class Result:
    """gpu_hint: what the command says on a machine whose GPU lacks a driver, which would stand beside all that is
    tested; err is the rest of standard error."""

    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out = arguments, code, out
        hints = re.compile(r"plotmill: warning: an? \S*\s?GPU is visible .* not usable through OpenCL: .*\n")
        self.gpu_hint, self.err = "".join(hints.findall(err)), hints.sub("", err)

    def lines(self):
        return self.err.splitlines()

    def told(self):
        return f"plotmill {' '.join(self.arguments)}\nexit {self.code}\nstdout:\n{self.out}stderr:\n{self.err}"

    def need(self, code=0):
        check(self.code == code, f"expected exit {code} of {self.told()}")
        return self


def environment(**further):
    """Without what the caller's shell may have set for OpenCL or plotmill, but with a cache of the tests' own."""
    names = {name: value for name, value in os.environ.items()
             if not name.startswith("PLOTMILL_") and name not in ("RUSTICL_ENABLE", "COLUMNS")}
    names["PLOTMILL_CACHE_DIR"] = CACHE
    names.update({name: value for name, value in further.items() if value is not None})
    return names


def run(folder, *arguments, env=None, **further):
    """The command with `arguments`, in `folder`."""
    arguments = [str(argument) for argument in arguments]
    done = subprocess.run([str(COMMAND), *arguments], cwd=folder, env=environment(**(env or {})),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                          **further)
    return Result(arguments, done.returncode, done.stdout.decode(), done.stderr.decode())


@contextlib.contextmanager
def launched(folder, *arguments, env=None, **further):
    """The command, running on by itself until the block ends; signals reach it also where the tests run under nohup."""
    process = subprocess.Popen([str(COMMAND), *(str(argument) for argument in arguments)], cwd=folder,
                               env=environment(**(env or {})), stdin=subprocess.DEVNULL,
                               preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
                               **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **further})
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(process, ready, what):
    """Waits for what comes while the process runs."""
    end = time.monotonic() + SECONDS
    while not ready():
        if process.poll() is not None:
            raise Failure(f"{what}: did not come before the end, exit {process.returncode}: {ended(process)}")
        check(time.monotonic() < end, f"{what}: did not come within {SECONDS} s")
        time.sleep(0.005)


def size_of(path):
    """Of what may be gone in a moment."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def holds_open(process, path):
    """Whether the process has that file open."""
    try:
        return any(os.path.samefile(fd, path) for fd in pathlib.Path(f"/proc/{process.pid}/fd").iterdir())
    except OSError:  # one was closed in the meantime
        return False


def endless_table(path):
    """A small file that holds very many records of value and text: reading it takes seconds on any machine."""
    piece = gzip.compress((b"1.25," + b"x" * 1000 + b"\n") * 2000)
    path.write_bytes(gzip.compress(b"value,text\n") + piece * 2500)


def until_line(process, words):
    """Reads standard error up to the line that holds the words, and returns it."""
    said = b""
    for line in process.stderr:
        if words in line.decode():
            return line.decode()
        said += line
    raise Failure(f"no {words!r} on standard error, exit {process.wait()}: {said.decode()}")


def ended(process):
    """What it left on standard output and standard error, as text."""
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
    raise Failure(f"info --hash {path} told no hash")


def listing(folder):
    """Every file and folder below, with what the files hold."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        name = str(path.relative_to(folder))
        found[name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "not a file"
    return found


def unchanged(before, folder, what):
    after = listing(folder)
    equal(sorted(set(after) ^ set(before)), [], f"{what}: files that came or went")
    equal([name for name in after if after[name] != before[name]], [], f"{what}: files that changed")


def refuses(folder, arguments, words, code=2, **further):
    """One line on stderr, nothing on stdout, nothing left, nothing touched."""
    before = listing(folder)
    result = run(folder, *arguments, **further).need(code)
    lines = result.lines()
    equal(result.out, "", f"stdout of {result.told()}")
    equal(len(lines), 1, f"lines on stderr of {result.told()}")
    contains(lines[0], ["plotmill: ", *words], "the error")
    unchanged(before, folder, result.told())
    return result


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="plotmill-cli-") as folder:
        yield pathlib.Path(folder)


@contextlib.contextmanager
def watched():
    """Ends what never would: a suite that is killed for it could not tell which case it was."""
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
    """Whether it passed; one line of TAP, and the lines that explain a failure."""
    try:
        with watched(), scratch() as folder:
            body(folder)
    except Skip as skip:
        return True, f"ok {number} - {name} # SKIP {skip}"
    except Exception as error:  # whatever it is, the next case runs
        plain = isinstance(error, Failure)
        text = str(error) if plain else traceback.format_exc()
        return False, "\n".join([f"not ok {number} - {name}", *(f"# {line}" for line in text.splitlines())])
    return True, f"ok {number} - {name}"


def main():
    """Runs the cases whose names hold the words given on the command line, or all."""
    chosen = [(name, body) for name, body in cases if all(word in name for word in sys.argv[1:])]
    print(f"1..{len(chosen)}", flush=True)
    right = True
    for number, (name, body) in enumerate(chosen, 1):
        passed, text = outcome(number, name, body)
        right &= passed
        print(text, flush=True)
    sys.exit(0 if right else 1)
