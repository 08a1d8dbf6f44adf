"""The job of docs/cluster.md in four shares, and processes that are stopped in the middle of theirs."""
import os
import re
import signal
import subprocess
import time

from harness import COMMAND, DATA, ROOT, SECONDS, check, environment, equal, listing

PAGE = (ROOT / "docs" / "cluster.md").read_text()
FILES = {1: range(0, 5), 2: range(5, 10), 3: range(10, 14), 4: range(14, 18)}  # of each share


def commands(heading):
    """The sh blocks below this heading."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return re.findall(r"^```sh\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)


def shell(folder, text):
    """Standard output of commands of the page."""
    env = environment(PATH=f"{COMMAND.parent}:/usr/bin:{os.environ['PATH']}")
    done = subprocess.run(["bash", "-euc", text], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=SECONDS, check=False)
    check(done.returncode == 0, f"exit {done.returncode} of\n{text}\n{done.stdout}{done.stderr}")
    return done.stdout


def prepare(folder):
    """A folder with the job."""
    folder.mkdir()
    (folder / "data").symlink_to(DATA)
    (folder / "examples").symlink_to(ROOT / "examples")
    shell(folder, commands("One job in shares")[0])


def same_files(parts, whole):
    def images(folder):
        return {name: content for name, content in listing(folder).items() if name.startswith("images")}
    equal(images(parts), images(whole), "files, byte by byte")


def same_hashes(text):
    """The commands of the page that check a result agree."""
    equal(len(re.findall(r"\b[0-9a-f]{16}$", text, re.MULTILINE)), 2, f"hashes in\n{text}")
    equal(len(set(re.findall(r"\b[0-9a-f]{16}$", text, re.MULTILINE))), 1, f"different hashes in\n{text}")


class Missed(Exception):
    """A process ended before it was caught."""


def in_the_middle(folder, share):
    """The first file is complete, another is begun, the last is neither."""
    names = [f"images-{number:05d}.h5" for number in FILES[share]]
    begun = [path for path in folder.glob("images-*.partial-*") if path.name.split(".partial")[0] in names]
    return (folder / names[0]).exists() and begun and not list(folder.glob(names[-1] + "*"))


def advance(folder, share, number):
    """Lets process `number` run for a moment and stops it; whether it is in the middle then."""
    try:
        os.kill(number, signal.SIGCONT)
        time.sleep(0.02)
        os.kill(number, signal.SIGSTOP)
    except ProcessLookupError:
        return False
    return in_the_middle(folder, share)
