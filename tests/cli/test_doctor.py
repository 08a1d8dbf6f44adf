"""plotmill doctor: on a healthy machine, and where something is wrong. tests/unit/test_doctor.c simulates systems."""
import json
import pathlib
import re
import subprocess

from harness import COMMAND, Skip, case, check, contains, environment, equal, listing, main, run


def examine(folder, code=0, **env):
    """The findings as {check: [(severity, found, fix), ...]}."""
    report = json.loads(run(folder, "doctor", "--json", env=env).need(code).out)
    found = {}
    for finding in report["findings"]:
        check((finding["severity"] == "ok") == (finding["fix"] is None), f"a fix for nothing, or none: {finding}")
        found.setdefault(finding["check"], []).append((finding["severity"], finding["found"], finding["fix"]))
    count = [severity for findings in found.values() for severity, *_ in findings]
    equal((report["problems"], report["notes"]), (count.count("problem"), count.count("note")), "what was counted")
    return found


def wrong(found, check_name):
    """The note or problem of a check."""
    faults = [finding for finding in found.get(check_name, []) if finding[0] != "ok"]
    equal(len(faults), 1, f"what is wrong with {check_name} in {found}")
    return faults[0]


def healthy():
    """Whether this machine has no problem: a GPU without its driver is one."""
    result = run("/", "doctor", "--json")
    if result.code == 1 and json.loads(result.out)["problems"]:
        raise Skip(f"a healthy machine: {json.loads(result.out)['findings']}")
    result.need(0)


@case("every device is tested, and there is a line for each check")
def _(folder):
    healthy()
    devices = json.loads(run(folder, "devices", "--json").need().out)["devices"]
    found = examine(folder)
    for device in devices:
        severity, text, _ = found[f"device {device['index']}"][0]
        equal(severity, "ok", text)
        check(re.fullmatch(re.escape(f"{device['name']} ({device['platform']})") +
                           r": kernels built, \d+ test patterns are correct, [\d.]+ s", text), text)
    for name in ("platforms", "GPU", "default", "memory", "cache"):
        equal(found[name][0][0], "ok", name)
    result = run(folder, "doctor").need()
    lines = result.out.splitlines()
    for line in lines[:-2]:
        check(re.fullmatch(r"(ok|note|problem) +\S.*|  +fix: \S.*", line), f"found {line!r}")
    check(re.fullmatch(r"\d+ checks: 0 problems, \d+ notes?", lines[-1]), lines[-1])
    contains(result.err, [f"testing device {device['index']}: {device['name']}" for device in devices], "standard error")
    equal(listing(folder), {}, "what is left")


@case("no driver is a problem, reported with its fix")
def _(folder):
    found = examine(folder, 1, OCL_ICD_VENDORS="/nonexistent")
    severity, text, fix = wrong(found, "platforms")
    equal((severity, text), ("problem", "no OpenCL platform was found: OCL_ICD_VENDORS=/nonexistent names none"),
          "platforms")
    contains(fix, ["unset it, or install one"], "the fix")
    equal(wrong(found, "drivers")[0], "note", "OCL_ICD_VENDORS")
    contains(run(folder, "doctor", env={"OCL_ICD_VENDORS": "/nonexistent"}).need(1).out,
             ["problem  platforms", "\n                         fix: unset it, or"], "the text")


@case("caches that are not writable are reported: the kernel cache costs time, PoCL's its device")
def _(folder):
    healthy()
    (folder / "file").write_text("")
    found = examine(folder, PLOTMILL_CACHE_DIR=str(folder / "file" / "cache"))
    equal((wrong(found, "cache")[0], wrong(found, "cache")[2]),
          ("note", "set PLOTMILL_CACHE_DIR to a writable folder"), "the kernels' cache")
    if "PoCL's cache" not in found:
        raise Skip("pocl: not registered")
    found = examine(folder, 1, POCL_CACHE_DIR=str(folder / "file" / "cache"))
    equal(wrong(found, "PoCL's cache")[0], "problem", "PoCL's cache")
    contains(wrong(found, "PoCL's cache")[2], ["POCL_CACHE_DIR"], "the fix")


@case("settings that reduce speed, and a device that does not exist")
def _(folder):
    healthy()
    found = examine(folder, 1, PLOTMILL_DEVICE="nonsuch", POCL_DEBUG="1")
    contains(wrong(found, "default")[1], ["PLOTMILL_DEVICE=nonsuch matches no device"], "the default")
    contains(wrong(found, "settings")[1], ["POCL_DEBUG=1"], "settings")


@case("a driver that is hidden, or cannot be opened, is reported")
def _(folder):
    healthy()
    if any("usable" in text for _, text, _ in examine(folder)["GPU"]):
        raise Skip("a machine without a GPU: this one has one")
    (folder / "libnvidia-opencl.so.1").write_bytes(b"")
    _, text, _ = wrong(examine(folder, 1, LD_LIBRARY_PATH=str(folder)), "platforms")
    contains(text, ["one was left out", f"{folder}/libnvidia-opencl.so.1", "too short"], "platforms")
    severity, text, fix = wrong(examine(folder, 1, LD_LIBRARY_PATH=str(folder), OCL_ICD_VENDORS="/nonexistent"), "GPU")
    equal((severity, text), ("problem", "NVIDIA's OpenCL driver is installed but not used"), "GPU")
    contains(fix, ["OCL_ICD_VENDORS=/nonexistent hides it: unset it"], "the fix")


# A driver under NVIDIA's name, that no .icd file names: what many containers look like. Oclgrind's and PoCL's
# libraries need their place, rusticl's does not.
CONTAINER = """
set -e
mount -t tmpfs tmpfs /etc/OpenCL/vendors
mount -t tmpfs tmpfs /usr/local/lib
cp "$LIBRARY" /usr/local/lib/libnvidia-opencl.so.1
{command} doctor --json >report.json
"""


@case("a driver that no .icd file names is used, as containers have it")
def _(folder):
    library = pathlib.Path("/usr/lib/x86_64-linux-gnu/libRusticlOpenCL.so.1")
    if not library.exists():
        raise Skip("rusticl: mesa-opencl-icd is not installed")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        raise Skip("unshare: not allowed to this user")
    env = environment(RUSTICL_ENABLE="llvmpipe", LIBRARY=str(library.resolve()), LD_LIBRARY_PATH="")
    done = subprocess.run(["unshare", "-m", "sh", "-c", CONTAINER.replace("{command}", str(COMMAND))], cwd=folder,
                          env=env, capture_output=True, text=True)
    equal(done.returncode, 0, f"the container: {done.stderr}")
    report = json.loads((folder / "report.json").read_text())
    found = {finding["check"]: finding for finding in report["findings"]}
    equal((report["problems"], found["device 0"]["severity"]), (0, "ok"), f"the report: {report}")
    contains(found["OpenCL"]["found"], ["/usr/local/lib/libnvidia-opencl.so.1"], "the libraries")


# One CPU as two devices. The one called "basic" reports to be a GPU (tests/faults/layer.c).
LAYER = COMMAND.parent.parent / "tests" / "faults" / "fault_layer.so"
TWO = {"POCL_DEVICES": "pthread basic", "PLOTMILL_FAULT_GPU": "basic", "PLOTMILL_FAULT_ON": "basic",
       "OPENCL_LAYERS": str(LAYER)}


def device_called(found, name):
    matching = [texts for check_name, texts in found.items() if check_name.startswith("device ") and
            texts[0][1].startswith(name)]
    equal(len(matching), 1, f"devices called {name} in {found}")
    return matching[0][0]


@case("a device that fails is a problem, and the other devices are still tested")
def _(folder):
    healthy()
    if not LAYER.exists():
        raise Skip("cl_layer.h: the OpenCL headers lack it")
    for fault, severity, words in [("clBuildProgram:1:-11:sticky", "problem", ["kernels do not build on basic"]),
                                   ("clBuildProgram:1:-11", "note", ["kernels build only without optimization"]),
                                   ("clCreateContext:1:-5", "problem", ["clCreateContext", "CL_OUT_OF_RESOURCES"]),
                                   ("clEnqueueNDRangeKernel:3:-36", "problem", ["clEnqueueNDRangeKernel"])]:
        found = examine(folder, 1 if severity == "problem" else 0, **TWO, PLOTMILL_FAULT=fault)
        equal(device_called(found, "basic")[0], severity, f"the device that fails by {fault}")
        contains(device_called(found, "basic")[1], words, "what was found")
        contains(device_called(found, "basic")[2], ["driver"], "the fix")
        equal(device_called(found, "pthread")[0], "ok", f"the other one under {fault}")
    found = examine(folder, **TWO, PLOTMILL_DEVICE="cpu")
    equal(device_called(found, "basic")[0], "ok", "a device without a fault")
    contains(wrong(found, "default")[1], ["PLOTMILL_DEVICE=cpu selects a CPU", "although there is a GPU"], "default")


@case("drivers that cannot be loaded are reported")
def _(folder):
    for name, library in [("gone.icd", "/nowhere/libgone.so"), ("away.icd", "libaway-plotmill.so"), ("empty.icd", "")]:
        (folder / name).write_text(library)
    found = examine(folder, 1, OCL_ICD_VENDORS=str(folder))
    drivers = "\n".join(text for _, text, _ in found["drivers"])
    contains(drivers, ["gone.icd names /nowhere/libgone.so, which does not exist",
                    "away.icd names libaway-plotmill.so, which is in none of the usual folders",
                    "empty.icd names no library"], "drivers")


@case("a simulator and a software rasterizer are tested too, and reported where they are the default")
def _(folder):
    library = subprocess.run(["dpkg", "-L", "oclgrind"], capture_output=True, text=True).stdout
    icd = next((line for line in library.splitlines() if line.endswith("rt-icd.so")), None)
    if not icd or not pathlib.Path(icd).exists():
        raise Skip("oclgrind: not installed")
    found = examine(folder, OCL_ICD_VENDORS=icd)
    equal(found["device 0"][0][0], "ok", found["device 0"][0][1])
    contains(wrong(found, "default")[1], ["Oclgrind", "simulates"], "the default")
    found = examine(folder, RUSTICL_ENABLE="llvmpipe")
    if "device 1" not in found:
        raise Skip("rusticl: mesa-opencl-icd is not installed")
    contains(found["device 1"][0][1], ["llvmpipe", "are correct"], "device 1")


main()
