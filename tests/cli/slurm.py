"""A Slurm of one node with two processors, in a scratch folder, of the user who runs the tests."""
import contextlib
import getpass
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from harness import SECONDS, Failure, Skip, check, environment

CONFIGURATION = """
ClusterName=plotmill
SlurmctldHost={node}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
MailProg=/bin/true
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1
ReturnToService=2
KillWait=2
NodeName={node} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "scancel", "sinfo")
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Slurm:
    """Its commands and jobs have the variable SLURM_CONF, by which all its processes are found."""

    def __init__(self, folder, path):
        self.folder, self.node = folder, socket.gethostname().split(".")[0]
        self.env = environment(SLURM_CONF=str(folder / "slurm.conf"), PATH=f"{path}:{SYSTEM_PATH}:{os.environ['PATH']}")
        for name in ("state", "spool"):
            (folder / name).mkdir(parents=True)
        # The file is searched for control groups, which nothing here uses; version 1 loads everywhere.
        (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        (folder / "slurm.conf").write_text(CONFIGURATION.format(
            node=self.node, ports=free_ports(2), user=getpass.getuser(), folder=folder))
        (folder / "munge.key").write_bytes(os.urandom(1024))
        (folder / "munge.key").chmod(0o600)
        folder.chmod(0o755)

    def start(self):
        munge = [f"--{name}={self.folder}/munge.{name.split('-')[0]}" for name in ("socket", "key-file", "pid-file",
                                                                                "log-file", "seed-file")]
        self.daemon("munged", "--foreground", "--force", *munge)
        self.wait(lambda: (self.folder / "munge.socket").exists(), "munged", 30)
        self.daemon("slurmctld", "-D", "-i")
        self.start_node()

    def start_node(self):
        self.daemon("slurmd", "-D")
        self.wait(lambda: self.node_state() in ("idle", "mixed", "allocated", "completing"), "slurmd")

    def lose_node(self):
        """A power cut of the node. The controller is told what it would find out after SlurmdTimeout."""
        self.kill(spared=("munged", "slurmctld", "slurmscriptd"))
        self.need("scontrol", "update", f"nodename={self.node}", "state=down", "reason=lost")
        self.start_node()

    def node_state(self):
        return self.call("sinfo", "--noheader", "--format=%T").strip()

    def daemon(self, *command):
        with open(self.folder / f"{command[0]}.log", "ab") as log:
            subprocess.Popen(command, env=self.env, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                             start_new_session=True)

    def call(self, *command, folder=None):
        """Standard output; empty where the command fails."""
        done = subprocess.run(command, env=self.env, cwd=folder or self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SECONDS, check=False)
        return done.stdout if done.returncode == 0 else ""

    def need(self, *command, folder=None):
        done = subprocess.run(command, env=self.env, cwd=folder or self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SECONDS, check=False)
        check(done.returncode == 0, f"exit {done.returncode} of {command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def wait(self, ready, what, seconds=SECONDS):
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end:
                raise Failure(f"{what}: not ready within {seconds} s; node {self.node_state()}\n{self.logs()}")
            time.sleep(0.1)

    def logs(self):
        return "".join(f"{path.name}:\n" + "\n".join(path.read_text(errors="replace").splitlines()[-15:]) + "\n"
                       for path in sorted(self.folder.glob("*.log")))

    def jobs(self):
        """What `scontrol show job` says of each job and task, as dictionaries."""
        lines = self.call("scontrol", "show", "job", "--oneliner").splitlines()
        return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines if line.startswith("JobId")]

    def processes(self):
        """(number, name) of all its processes: daemons, steps, scripts and what those started."""
        mark = f"SLURM_CONF={self.folder}/slurm.conf".encode()
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append((int(entry.name), (entry / "comm").read_text().strip()))
        return found

    def kill(self, spared=()):
        """Ends its processes as a power cut does."""
        while left := [number for number, name in self.processes() if name not in spared]:
            for number in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            time.sleep(0.01)


@contextlib.contextmanager
def slurm(folder, path):
    missing = [name for name in PROGRAMS if not shutil.which(name, path=SYSTEM_PATH)]
    if missing:
        raise Skip(f"slurm: {', '.join(missing)} not installed ('scripts/deps test' does it)")
    one = Slurm(folder, path)
    try:
        try:
            one.start()
        except Failure as failure:
            raise Skip(f"slurm: does not start here: {' '.join(str(failure).split())}") from failure
        yield one
    finally:
        one.kill()
