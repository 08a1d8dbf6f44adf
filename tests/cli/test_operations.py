"""docs/operations.md: what it says to run runs, in the order of the page, in one folder."""
import os
import re
import subprocess

from harness import COMMAND, DATA, ROOT, SECONDS, case, check, contains, environment, equal, main

PAGE = (ROOT / "docs" / "operations.md").read_text()


def blocks():
    """(language, text) of each block in a fence."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@case("every command and program of the page runs, and the hashes agree")
def _(folder):
    (folder / "data").symlink_to(DATA)
    path = f"{COMMAND.parent}:/usr/bin:{os.environ['PATH']}"
    told = ""
    for language, text in blocks():
        if language == "text":
            continue
        program = ["/usr/bin/python3", "-c", text] if language == "python" else ["bash", "-euc", text]
        done = subprocess.run(program, cwd=folder, env=environment(PATH=path), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SECONDS)
        # A machine may have its problems, which are doctor's to tell.
        check(done.returncode == 0 or "plotmill doctor" in text, f"exit {done.returncode} of\n{text}\n{done.stderr}")
        told += done.stdout
    hashes = set(re.findall(r"\b[0-9a-f]{16}$", told, re.MULTILINE))
    equal(len(re.findall(r"^hash +", told, re.MULTILINE)), 2, "hashes of info")
    equal(len(hashes), 1, f"different hashes in {hashes}")
    contains(told, ["44541/44541", "(44541, 224, 224) uint8", "20000/20000"], "what was printed")


@case("the page links to files that are there, and has its table")
def _(_):
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        check((ROOT / "docs" / target).exists(), f"no {target}")
    contains(PAGE, ["| 40M |", "bench/costs --write", "<!-- end of costs -->"], "the page")


main()
