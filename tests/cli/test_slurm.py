"""The Slurm scripts of examples/cluster, by the commands of docs/cluster.md, with tasks that are stopped in every way."""
import getpass
import os
import pathlib
import re
import signal
import time

from cluster import FILES, Missed, advance, commands, prepare, same_files, same_hashes, shell
from harness import COMMAND, SECONDS, Failure, case, check, contains, equal, info_hash, main, need_yaml, run
from slurm import slurm


class Tasks:
    """The tasks of an array. Each runs for moments only, until it is in the middle of its share; then it is stopped."""

    def __init__(self, engine, folder, array):
        self.engine, self.folder, self.array = engine, folder, array

    def jobs(self, share):
        return [job for job in self.engine.jobs()
                if job.get("ArrayJobId") == self.array and job.get("ArrayTaskId") == str(share)]

    def process(self, share):
        """The number of the task's plotmill; None: it does not run."""
        for number, name in self.engine.processes():
            try:
                words = pathlib.Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if name == "plotmill" and f"{share}/{len(FILES)}".encode() in words:
                return number
        return None

    def catch(self, share):
        """Returns the task's process once it is stopped in the middle."""
        number = self.process(share)
        if number is None and any(job["JobState"] == "COMPLETED" for job in self.jobs(share)):
            raise Missed
        return number if number is not None and advance(self.folder, share, number) else None

    def stop(self, share, number):
        name = f"{self.array}_{share}"
        if share == 1:  # as the system does when memory is short
            os.kill(number, signal.SIGKILL)
        elif share == 2:  # as preemption does
            self.engine.need("scontrol", "requeue", name)
        elif share == 3:  # as when its time is nearly over
            self.engine.need("scancel", "--batch", "--signal=USR1", name)
            os.kill(number, signal.SIGCONT)
        else:
            self.engine.lose_node()
        self.engine.wait(lambda: any(int(job["Restarts"]) for job in self.jobs(share)), f"task {share} in the queue again")


def disturb(engine, folder):
    """Submits the jobs of the page, and stops each task once. Returns the number of the array."""
    out = engine.need("bash", "-euc", commands("Slurm")[0] + "\necho array $array", folder=folder)
    tasks = Tasks(engine, folder, re.search(r"^array (\d+)$", out, re.MULTILINE)[1])
    left, end = list(FILES), time.monotonic() + SECONDS
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
        states = [job["JobState"] for job in engine.jobs() if job["JobState"] != "CANCELLED"]
        if set(states) - {"PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "COMPLETED", "REQUEUED"}:
            logs = "".join(path.read_text() for path in folder.glob("plotmill-*.log"))
            raise Failure(f"{states}\n{logs}\n{engine.logs()}")
        return states and set(states) == {"COMPLETED"}
    engine.wait(ended, "the jobs")


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
    logs = {share: (parts / f"plotmill-{array}_{share}.log").read_text() for share in FILES}
    for share, log in logs.items():
        check(re.search(r"images\.h5: [1-4] of [45] files are complete and kept", log), f"task {share} kept nothing:\n{log}")
    contains(logs[1], ["plotmill ended with exit 137: back into the queue"], "the log of the killed task")
    contains(logs[3], ["plotmill ended with exit 130, out of time: back into the queue"], "the log of the late task")
    same_files(parts, folder / "whole")
    link = next(parts.glob("plotmill-link-*.log")).read_text()
    contains(link, ["44541 images of 18 files, joined in images.h5", info_hash(folder / "whole", "images.h5")], "the log of link")
    same_hashes(shell(parts, commands("Slurm")[1]))


@case("a task that was cancelled stays so")
def _(folder):
    need_yaml()
    with slurm(folder / "slurm", COMMAND.parent) as engine:
        prepare(folder / "parts")
        out = engine.need("sbatch", "--parsable", "--array=1-1", "examples/cluster/slurm/array.sbatch", "job.yaml", "1",
                          folder=folder / "parts")
        def running():
            return [name for _, name in engine.processes() if name in ("slurmstepd", "plotmill")]
        engine.wait(lambda: "plotmill" in running(), "the task")
        engine.need("scancel", out.strip())
        engine.wait(lambda: not running(), "the end of the task")
        engine.wait(lambda: all(job["JobState"] != "COMPLETING" for job in engine.jobs()), "the controller's word of it")
        equal([(job["JobState"], job["Restarts"]) for job in engine.jobs()], [("CANCELLED", "0")], "the task")


main()
