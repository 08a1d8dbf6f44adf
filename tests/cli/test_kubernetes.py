"""The manifests and the Dockerfile of examples/cluster/kubernetes: their schemas, and what their containers run."""
import contextlib
import os
import re
import signal
import subprocess

import yaml

from cluster import FILES, Missed, advance, commands, prepare, same_files, same_hashes, shell
from harness import COMMAND, ROOT, SECONDS, Skip, case, check, contains, environment, equal, main, need_yaml, run

FOLDER = ROOT / "examples" / "cluster" / "kubernetes"
VERSIONS = ("1.29", "1.33", "1.37")  # the first that has all fields by default, the first that has them for good, the last
VALIDATE = COMMAND.parent.parent / "python" / "bin" / "kubernetes-validate"


def documents(name):
    return list(yaml.safe_load_all((FOLDER / name).read_text()))


def job_of(name):
    return next(document for document in documents(name) if document["kind"] == "Job")


def validate(path, version):
    return subprocess.run([VALIDATE, "--strict", "--kubernetes-version", version, path], capture_output=True, text=True,
                          timeout=SECONDS, check=False)


@case("the manifests have the schema of Kubernetes 1.29, 1.33 and 1.37")
def _(folder):
    if not VALIDATE.exists():
        raise Skip("kubernetes-validate: not installed ('scripts/deps test' does it)")
    for version in VERSIONS:
        for path in sorted(FOLDER.glob("*.yaml")):
            done = validate(path, version)
            equal((done.returncode, done.stdout.count("ERROR"), done.stdout.count("WARN")), (0, 0, 0), done.stdout)
            equal(done.stdout.count(" passed "), len(documents(path.name)), f"documents of {path.name}")
    # The check itself can fail.
    text = (FOLDER / "job.yaml").read_text().replace("completionMode: Indexed", "completionMode: 7\n  completion: 4")
    (folder / "wrong.yaml").write_text(text)
    equal(validate(folder / "wrong.yaml", VERSIONS[-1]).returncode, 1, "exit with a wrong manifest")


@case("the parts of the manifests fit together")
def _(_):
    job, link = job_of("job.yaml"), job_of("link.yaml")
    claims = [document for document in documents("job.yaml") if document["kind"] == "PersistentVolumeClaim"]
    spec, pod = job["spec"], job["spec"]["template"]["spec"]
    variables = {one["name"]: one["value"] for one in pod["containers"][0]["env"]}
    equal(str(spec["completions"]), variables["SHARES"], "completions and SHARES")
    equal(pod["containers"][0]["resources"]["limits"]["cpu"], variables["POCL_MAX_PTHREAD_COUNT"], "cores")
    for one in job, link:
        pod = one["spec"]["template"]["spec"]
        container = pod["containers"][0]
        equal(sorted(mount["name"] for mount in container["volumeMounts"]), sorted(volume["name"] for volume in pod["volumes"]),
              "volumes and their mounts")
        used = [volume["persistentVolumeClaim"]["claimName"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume]
        equal(used, [claims[0]["metadata"]["name"]], "claims")
        equal(container["image"], job["spec"]["template"]["spec"]["containers"][0]["image"], "images")
    text = "\n".join(path.read_text() for path in FOLDER.iterdir()) + (ROOT / "docs" / "cluster.md").read_text()
    for name in re.findall(r"(?:job/|configmap )(plotmill\S*)", text):
        contains([job["metadata"]["name"], link["metadata"]["name"], "plotmill-job"], [name], "names in the comments and the page")
    for path in re.findall(r"-f (examples/\S+)", text):
        check((ROOT / path).is_file(), f"no {path}")


def expand(text, variables):
    """$(NAME) as Kubernetes replaces it in command and args: unknown names stay, $$ is $."""
    return re.sub(r"\$(?:\$|\(([^)]*)\))", lambda found: "$" if found[0] == "$$" else
                  variables.get(found[1], found[0]), text)


def start(folder, job, index=None):
    """The job's container as a process, all its mounts replaced by one folder."""
    container = job["spec"]["template"]["spec"]["containers"][0]
    variables = {one["name"]: one["value"] for one in container.get("env", [])}
    if index is not None:
        variables["JOB_COMPLETION_INDEX"] = str(index)
    mounts = "|".join(re.escape(mount["mountPath"]) for mount in container["volumeMounts"])
    words = [re.sub(rf"(?<!\S)({mounts})(?=/)", str(folder), expand(word, variables))
             for word in [*container["command"], *container["args"]]]
    check(re.fullmatch(mounts, container["workingDir"]), "the working folder is not a mount")
    env = environment(**variables, PATH=f"{COMMAND.parent}:/usr/bin:/bin")
    return subprocess.Popen(words, cwd=folder, env=env, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def lose(folder, job, index):
    """Kills the pod in the middle of its share, as a lost node does."""
    for _ in range(20):
        process = start(folder, job, index)
        caught = False
        while not caught and process.poll() is None:
            caught = advance(folder, index + 1, process.pid)
        process.kill()
        process.communicate()
        if caught:
            return
        with contextlib.suppress(FileNotFoundError):
            for number in FILES[index + 1]:
                os.remove(folder / f"images-{number:05d}.h5")
    raise Missed


@case("the containers of all indices and of the link job give every byte of one run, one of them lost and repeated")
def _(folder):
    need_yaml()
    whole, parts = folder / "whole", folder / "parts"
    prepare(whole)
    prepare(parts)
    run(whole, "render", "--config", "job.yaml", "--quiet").need()
    job, link = job_of("job.yaml"), job_of("link.yaml")
    lose(parts, job, 2)
    early = start(parts, link)
    text = early.communicate(timeout=SECONDS)[0]
    check(early.returncode == 2 and "files are missing" in text, f"link before the end: exit {early.returncode}\n{text}")
    for index in range(job["spec"]["completions"]):
        process = start(parts, job, index)
        text = process.communicate(timeout=SECONDS)[0]
        equal(process.returncode, 0, f"exit of index {index} with {text}")
        check(("files are complete and kept" in text) == (index == 2), f"index {index}:\n{text}")
    process = start(parts, link)
    text = process.communicate(timeout=SECONDS)[0]
    equal(process.returncode, 0, f"exit of link with {text}")
    same_files(parts, whole)
    same_hashes(shell(parts, commands("Slurm")[1]))
    contains(text, re.findall(r"\b[0-9a-f]{16}$", shell(whole, "plotmill info images.h5 --hash"), re.MULTILINE), "link's log")


@case("SIGTERM ends a container at once, with complete files only")
def _(folder):
    need_yaml()
    prepare(folder / "parts")
    job = job_of("job.yaml")
    process = start(folder / "parts", job, 0)
    while not advance(folder / "parts", 1, process.pid):
        check(process.poll() is None, "it ended before")
    process.terminate()
    process.send_signal(signal.SIGCONT)
    text = process.communicate(timeout=SECONDS)[0]
    equal(process.returncode, 130, f"exit with {text}")
    equal(list((folder / "parts").glob("*.partial-*")), [], "unfinished files")


@case("the Dockerfile installs the packages of scripts/deps")
def _(_):
    text = (FOLDER / "Dockerfile").read_text()
    needed = re.search(r"^needed=\((.*?)\)", (ROOT / "scripts/deps").read_text(), re.MULTILINE | re.DOTALL)[1].split()
    for package in needed:
        if not package.startswith(("ocl-icd", "pocl")):
            check(re.search(rf"[ \n]{re.escape(package)}[ \n]", text), f"no {package}")
    contains(text, ["ocl-icd-libopencl1", "pocl-opencl-icd"], "the Dockerfile")


main()
