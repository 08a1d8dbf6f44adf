"""What bench/gpu takes along for a machine without packages: OpenCL's headers, zlib, and HDF5 with what it links to.

FOLDER/opencl, FOLDER/zlib and FOLDER/hdf5 each have include/, the last two also lib/. commit.json names the commit, since
the copied tree may have no .git. Libraries run where the C library is not older than here, on the same processor type;
each is tried before the build uses it.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from gpu_run import ROOT, Failed

# Part of every system's C library, or of the kernel.
SYSTEM = re.compile(r"^(linux-vdso|ld-linux|libc|libm|libdl|libpthread|librt|libresolv)[.\-]")
TESTS = {
    "opencl": "#include <CL/cl.h>\nint main(void) { return CL_SUCCESS; }",
    "zlib": "#include <zlib.h>\nint main(void) { return zlibVersion()[0] == ZLIB_VERSION[0] ? 0 : 1; }",
    "hdf5": "#include <hdf5.h>\nint main(void) { return H5open() < 0 || H5Zfilter_avail(H5Z_FILTER_DEFLATE) <= 0; }",
}


def output(*command):
    """Standard output of a command; "" if it fails or is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def compiler():
    return os.environ.get("CC", "cc").split()


def headers(name, wanted, *flags):
    """The files that `#include <name>` reads whose names match `wanted`."""
    done = subprocess.run([*compiler(), *flags, "-M", "-E", "-x", "c", "-"], input=f"#include <{name}>\n", text=True,
                          capture_output=True, check=False)
    paths = [pathlib.Path(path) for path in done.stdout.replace("\\\n", " ").split()[1:]]
    return [path for path in paths if re.search(wanted, str(path))]


def copy(files, folder):
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder / file.name)


def pack_opencl(folder):
    found = headers("CL/cl.h", r"/CL/cl\.h$")
    if found:
        copy(sorted(found[0].parent.glob("*.h")), folder / "include" / "CL")
    return "opencl-headers" if not found else None


def pack_library(library, folder):
    """A shared library and all that it links to, under the names that programs look for."""
    folder.mkdir()
    soname = re.search(r"SONAME.*\[(.*)\]", output("readelf", "-d", str(library)))
    needed = re.findall(r"^\s*(\S+) => (/\S+)", output("ldd", str(library)), re.MULTILINE)
    for name, path in [*needed, (soname[1] if soname else library.name, library)]:
        if not SYSTEM.match(name):
            shutil.copy(path, folder / name)


def pack_zlib(folder):
    found = headers("zlib.h", r"/(zlib|zconf)\.h$")
    library = pathlib.Path(output(*compiler(), "-print-file-name=libz.so").strip())
    if not found or not library.is_absolute():
        return "zlib1g-dev"
    copy(found, folder / "include")
    pack_library(library, folder / "lib")
    shutil.copy(library, folder / "lib" / "libz.so")  # what Meson looks for
    return None


def pack_hdf5(folder):
    flags = output("pkg-config", "--cflags", "hdf5").split()
    found = headers("hdf5.h", r"/(H5[^/]*|hdf5)\.h$", *flags)
    folders = [flag[2:] for flag in output("pkg-config", "--keep-system-libs", "--libs-only-L", "hdf5").split()]
    libraries = [path for path in (pathlib.Path(name, "libhdf5.so") for name in folders) if path.is_file()]
    if not found or not libraries:
        return "libhdf5-dev and pkg-config"
    copy(found, folder / "include")
    pack_library(libraries[0], folder / "lib")
    return None


def commit(root=ROOT):
    """{"commit": ..., "modified": ...}; {} where git does not know the tree."""
    head = output("git", "-C", str(root), "rev-parse", "HEAD").strip()
    return {"commit": head, "modified": bool(output("git", "-C", str(root), "status", "--porcelain"))} if head else {}


def pack(folder):
    """Makes the folder anew. Stops with exit 1 without OpenCL's headers; the rest may be missing."""
    if folder.exists() and not (folder / "commit.json").exists():
        sys.exit(f"bench/gpu: --pack {folder}: this folder exists and was not made by --pack")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "commit.json").write_text(json.dumps(commit()))
    missing = {name: collect(folder / name) for name, collect in
               [("opencl", pack_opencl), ("zlib", pack_zlib), ("hdf5", pack_hdf5)]}
    for name, package in missing.items():
        print(f"{name}: " + (f"left out: install {package}" if package else "packed"))
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB")
    if missing["opencl"]:
        sys.exit(1)


def works(name, *flags, environment=None):
    """Whether a program that uses the library can be compiled and run. Returns "" or the reason why not."""
    with tempfile.TemporaryDirectory() as folder:
        source, program = pathlib.Path(folder) / "try.c", pathlib.Path(folder) / "try"
        source.write_text(TESTS[name])
        for command in ([*compiler(), source, "-o", program, *flags], [program]):
            try:
                done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False,
                                      timeout=60, env={**os.environ, **(environment or {})})
            except (OSError, subprocess.TimeoutExpired) as error:
                return str(error)
            if done.returncode:
                errors = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
                return errors[0].strip() if errors else f"exit {done.returncode}"
    return ""


def use(carry, build):
    """What the build needs for what this system lacks: (options of meson setup, variables, notes for the report).
    Raises Failed without OpenCL's headers."""
    carry, options, variables, notes = carry.resolve(), [], {}, []
    compile_flags, link_flags = [], []
    folders = [carry / "hdf5" / "lib", carry / "zlib" / "lib"]
    paths = {"LD_LIBRARY_PATH": ":".join([*map(str, folders), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])])}

    def take(name, where, *flags):
        """Whether the packed library is there and works; notes which one the build uses."""
        reason = works(name, *flags, environment=paths) if where.is_dir() else f"{carry} has none (--pack)"
        notes.append(f"{name}: {f'not used: {reason}' if reason else 'packed'}")
        return not reason

    include = f"-isystem{carry / 'opencl' / 'include'}"
    if not works("opencl"):
        notes.append("opencl: the system's headers")
    elif take("opencl", carry / "opencl", include):
        compile_flags.append(include)
    else:
        raise Failed(f"no OpenCL headers: {notes[-1]}")
    include, library = f"-isystem{carry / 'zlib' / 'include'}", f"-L{folders[1]}"
    if not works("zlib", "-lz"):
        notes.append("zlib: the system's")
    elif take("zlib", carry / "zlib", include, library, "-lz"):
        compile_flags.append(include)
        link_flags.append(library)
        variables.update(paths)
    if output("pkg-config", "--modversion", "hdf5") or shutil.which("h5cc"):
        notes.append("hdf5: the system's")
    else:
        found = sorted(folders[0].glob("libhdf5*"))
        flags = [f"-I{carry / 'hdf5' / 'include'}", f"-L{folders[0]}", f"-Wl,-rpath-link,{folders[0]}",
                 f"-l:{found[0].name}" if found else ""]
        if take("hdf5", folders[0], *flags):
            variables.update(paths, PATH=f"{write_h5cc(build, flags)}:{os.environ['PATH']}")
        else:
            options.append("-Dhdf5=disabled")
    return [*options, f"-Dc_args={' '.join(compile_flags)}", f"-Dc_link_args={' '.join(link_flags)}"], variables, notes


def write_h5cc(build, flags):
    """Meson asks a program h5cc how to compile with HDF5, where there is no pkg-config. Returns the folder with one."""
    version = re.search(r'H5_VERS_INFO\s+"HDF5 library version: ([\d.]+)',
                        pathlib.Path(flags[0][2:], "H5public.h").read_text())
    program = build.parent / (build.name + "-tools") / "h5cc"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\ncase $1 in\n-showconfig) echo 'HDF5 Version: {version[1]}' ;;\n"
                       f"*) echo 'cc {' '.join(flags)}' ;;\nesac\n")
    program.chmod(0o755)
    return program.parent
