"""The Slurm scripts of examples/cluster, by the commands of docs/cluster.md, with tasks that are stopped in every way."""
import getpass
import os
import pathlib
import re
import signal
import subprocess
import time

from harness import COMMAND, DATA, ROOT, SECONDS, Failure, case, check, contains, environment, equal, info_hash, listing
from harness import main, need_yaml, run
from slurm import slurm

PAGE = (ROOT / "docs" / "cluster.md").read_text()
SHARES = 4
FILES = {1: range(0, 5), 2: range(5, 10), 3: range(10, 14), 4: range(14, 18)}


def commands(heading):
    """The sh blocks below this heading."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return re.findall(r"^```sh\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)


def prepare(folder):
    """The job of the page."""
    folder.mkdir()
    (folder / "data").symlink_to(DATA)
    (folder / "examples").symlink_to(ROOT / "examples")
    path = f"{COMMAND.parent}:/usr/bin:{os.environ['PATH']}"
    subprocess.run(["bash", "-euc", commands("One job in shares")[0]], cwd=folder, env=environment(PATH=path), check=True,
                   capture_output=True, timeout=SECONDS)


def outputs(folder):
    return {name: content for name, content in listing(folder).items() if name.startswith("images")}


class Missed(Exception):
    """A task ended before it was caught."""


class Tasks:
    """The tasks of an array. Each runs for moments only, until it is in the middle of its share; then it is stopped."""

    def __init__(self, engine, folder, array):
        self.engine, self.folder, self.array = engine, folder, array

    def process(self, share):
        """The number of the task's plotmill; None: it does not run."""
        for number, name in self.engine.processes():
            try:
                words = pathlib.Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if name == "plotmill" and f"{share}/{SHARES}".encode() in words:
                return number
        return None

    def in_the_middle(self, share):
        """The first file is complete, another is begun, the last is neither."""
        names = [f"images-{number:05d}.h5" for number in FILES[share]]
        begun = [path for path in self.folder.glob("images-*.partial-*") if path.name.split(".partial")[0] in names]
        return (self.folder / names[0]).exists() and begun and not list(self.folder.glob(names[-1] + "*"))

    def catch(self, share):
        """Lets the task run for a moment; returns its process once it is stopped in the middle."""
        number = self.process(share)
        if number is None:
            if any(job.get("ArrayTaskId") == str(share) and job["JobState"] == "COMPLETED" for job in self.engine.jobs()):
                raise Missed
            return None
        try:
            os.kill(number, signal.SIGCONT)
            time.sleep(0.02)
            os.kill(number, signal.SIGSTOP)
        except ProcessLookupError:
            return None
        return number if self.in_the_middle(share) else None

    def restarts(self, share):
        return max((int(job["Restarts"]) for job in self.engine.jobs()
                    if job.get("ArrayJobId") == self.array and job.get("ArrayTaskId") == str(share)), default=0)

    def stop(self, share, number):
        name = f"{self.array}_{share}"
        if share == 1:  # as the system does when memory is short
            os.kill(number, signal.SIGKILL)
        elif share == 2:  # as preemption does
            self.engine.need("scontrol", "requeue", name)
        elif share == 3:  # as when its time is nearly over
            self.engine.need("scancel", "--batch", "--signal=USR1", name)
            os.kill(number, signal.SIGCONT)
        else:  # a power cut of the node
            self.engine.lose_node()
        self.engine.wait(lambda: self.restarts(share) > 0, f"task {share} in the queue again")


def disturb(engine, folder):
    """Submits the jobs of the page, and stops each task once. Returns the number of the array."""
    submit = commands("Slurm")[0]
    out = engine.need("bash", "-euc", submit + "\necho array $array", folder=folder)
    tasks = Tasks(engine, folder, re.search(r"^array (\d+)$", out, re.MULTILINE)[1])
    left, end = [1, 2, 3, 4], time.monotonic() + SECONDS
    while left:
        for share in list(left):
            number = tasks.catch(share)
            if number is not None:
                tasks.stop(share, number)
                left.remove(share)
        check(time.monotonic() < end, f"tasks {left} were not caught:\n{engine.jobs()}\n{engine.logs()}")
    return tasks.array


def finish(engine, folder):
    def ended():
        states = [job["JobState"] for job in engine.jobs()]
        bad = set(states) - {"PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "COMPLETED", "REQUEUED"}
        if bad:
            logs = "".join(path.read_text() for path in folder.glob("plotmill-*.log"))
            raise Failure(f"{states}\n{logs}\n{engine.logs()}")
        return states and set(states) == {"COMPLETED"}
    engine.wait(ended, "the jobs", SECONDS)


@case("an array whose tasks are killed, requeued, out of time and on a lost node gives every byte of one run")
def _(folder):
    need_yaml()
    prepare(folder / "whole")
    run(folder / "whole", "render", "--config", "job.yaml", "--quiet").need()
    with slurm(folder / "slurm", COMMAND.parent) as engine:
        for attempt in range(5):
            parts = folder / f"parts{attempt}"
            prepare(parts)
            try:
                array = disturb(engine, parts)
                break
            except Missed:
                engine.need("scancel", "--user", getpass.getuser())
        else:
            raise Failure("5 times a task ended before it was stopped")
        finish(engine, parts)
        jobs = {job["ArrayTaskId"]: job for job in engine.jobs() if job.get("ArrayJobId") == array}
        equal({share: int(job["Restarts"]) >= 1 for share, job in jobs.items()}, {str(share): True for share in FILES},
              "tasks that were put back into the queue")
    logs = {share: (parts / f"plotmill-{array}_{share}.log").read_text() for share in FILES}
    for share, log in logs.items():
        check(re.search(r"images\.h5: [1-4] of [45] files are complete and kept", log), f"task {share} kept nothing:\n{log}")
    contains(logs[1], ["plotmill ended with exit 137: back into the queue"], "the log of the killed task")
    contains(logs[3], ["plotmill ended with exit 130, out of time: back into the queue"], "the log of the late task")
    equal(outputs(parts), outputs(folder / "whole"), "files, byte by byte")
    link = next(parts.glob("plotmill-link-*.log")).read_text()
    contains(link, ["44541 images of 18 files, joined in images.h5", info_hash(folder / "whole", "images.h5")], "the log of link")
    path = f"{COMMAND.parent}:{os.environ['PATH']}"
    shown = subprocess.run(["bash", "-euc", commands("Slurm")[1]], cwd=parts, env=environment(PATH=path), check=True,
                           capture_output=True, text=True, timeout=SECONDS).stdout
    equal(len(set(re.findall(r"\b[0-9a-f]{16}$", shown, re.MULTILINE))), 1, f"hashes of the page's commands:\n{shown}")


main()
