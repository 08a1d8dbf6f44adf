"""--help of each command, the man page and the options that exist agree."""
import re
import shutil
import subprocess

from harness import ROOT, Skip, case, check, contains, equal, main, run

# The options of each command.
PROMISED = {
    "render": "chart ma column dataset from to window stride limit size line-width antialias margin background foreground range missing "
              "device no-cache batch jobs fallback no-fallback output format compress dtype layout channels quality "
              "chunk-images images-per-file resume shard force skip-existing store-sequences quiet verbose json log-file log-level "
              "status dry-run dpi config set print-config help",
    "preset": "help",
    "preview": "output column dataset from to window size line-width antialias device count columns first stride force help",
    "devices": "json help",
    "verify": "device sheet json help",
    "info": "hash json help",
    "bench": "batches window seconds ablate output compare fail-below require size line-width antialias margin "
             "background foreground range missing device no-cache quiet verbose json help",
    "profile": "chart ma column dataset from to window stride limit size line-width antialias margin background foreground range missing "
               "device no-cache batch jobs fallback no-fallback output format compress dtype layout channels quality "
               "chunk-images images-per-file seconds no-sweep trace quiet verbose json help",
    "doctor": "json help",
    "link": "force json help",
}
DEFAULTS = ["800x500", "default 3", "default 0", "default 255", "minmax", "default gap", "default 1", "PLOTMILL_DEVICE"]


def help_of(command):
    result = run("/", command, "--help").need()
    equal(result.err, "", "stderr")
    return result.out


def options_of(text):
    """The names in the first column of a help text, with their letters."""
    return {name: letter or "" for letter, name in re.findall(r"^  (?:-(\w), |    )--([a-z-]+)", text, re.MULTILINE)}


def man_page():
    return (ROOT / "docs" / "plotmill.1").read_text()


def options_of_man():
    """Every option with its own paragraph."""
    found = set()
    for paragraph in re.findall(r"^\.TP\n(.*)$", man_page(), re.MULTILINE):
        found |= set(re.findall(r"--([a-z-]+)", paragraph.replace("\\-", "-")))
    return found


for command in PROMISED:
    @case(f"{command} --help lists every option and fits 80 columns")
    def _(_, command=command):
        text = help_of(command)
        equal(sorted(set(PROMISED[command].split()) - set(options_of(text))), [], "options that are missing")
        contains(text, [f"Usage: plotmill {command}", "Examples\n  plotmill"], "the help")
        lines = text.splitlines()
        check(max(map(len, lines)) < 80, f"too long: {max(lines, key=len)!r}")
        equal(run("/", "help", command).need().out, text, "plotmill help")
        equal(run("/", command, "-h").need().out, text, "-h")


@case("render --help shows the defaults")
def _(_):
    contains(re.sub(r"\s+", " ", help_of("render")), DEFAULTS, "the help")


@case("the command accepts every option of --help, and each letter")
def _(_):
    for command in PROMISED:
        for name, letter in options_of(help_of(command)).items():
            # An unknown option follows, so that no job starts. It is repeated because the first may be taken as a value.
            for option in [f"--{name}", *([f"-{letter}"] if letter else [])]:
                result = run("/", command, option, "--nonsuch-option", "--nonsuch-option")
                check(f"unknown option '{option}" not in result.err, f"{command} does not know {option}: {result.err}")


@case("the man page documents every option of --help, and no other")
def _(_):
    of_help = set().union(*(options_of(help_of(command)) for command in PROMISED)) | {"version"}
    equal(sorted(of_help - options_of_man()), [], "options that the man page lacks")
    equal(sorted(options_of_man() - of_help), [], "options of the man page that do not exist")


@case("docs/options.md lists the options of render --help")
def _(_):
    page = (ROOT / "docs" / "options.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| (?:`-(\w)`, )?`--\1[ `]", page, re.MULTILINE)
    promised = options_of(help_of("render"))
    equal(promised.pop("help"), "h", "the letter of --help")
    equal(sorted(rows), sorted(promised.items()), "options")
    contains(page, ["`--help` (`-h`)", "\n| `input` | `INPUT...` |"], "the page")


@case("data/README.md lists the columns of the sample")
def _(folder):
    names = re.search(r"takes them by these names:\n\n((?:    .*\n)+)", (ROOT / "data" / "README.md").read_text())[1]
    names = re.findall(r"\w+", names)
    equal(len(names), 12, "columns")
    sample = ROOT / "data" / "SYNTHETIC-1m-2024-01.zip"
    refused = run(folder, "render", sample, "--column", "nonsuch", "--window", 100, "-o", "hash:").need(2)
    contains(refused.err, [f"{i} ({name})" for i, name in enumerate(names)], "the list of columns")


@case("help, the man page and docs/options.md list every format")
def _(_):
    table = re.search(r"^\| `format` .*$", (ROOT / "docs" / "options.md").read_text(), re.MULTILINE)[0]
    page = man_page().split('.BI \\-\\-format " FORMAT"')[1].split(".TP")[0]
    for text in (help_of("render").split("--format FORMAT")[1].split("--compress")[0], table, page):
        contains(text, ["hdf5", "npy", "raw", "jkx", "tar", "png", "jpeg"], "the formats")


@case("the man page names every command, exit code and variable")
def _(_):
    contains(man_page(), [f".B {command}\n" for command in PROMISED], "commands")
    contains(man_page(), [f".B {code}\n" for code in (0, 1, 2, 130)] + ["PLOTMILL_DEVICE"], "the page")


@case("the man page has no errors")
def _(_):
    if not shutil.which("man"):
        raise Skip("man: not installed")
    done = subprocess.run(["man", "--warnings", "-l", ROOT / "docs" / "plotmill.1"], capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "80", "MANROFFSEQ": ""})
    equal((done.returncode, done.stderr), (0, ""), "man")
    contains(done.stdout, ["plotmill render", "--window"], "the rendered page")


@case("--version prints the version of the build")
def _(_):
    project = re.search(r"version: '([\d.]+)'", (ROOT / "meson.build").read_text())[1]
    for option in ("--version", "-V"):
        result = run("/", option).need()
        equal((result.out, result.err), (f"plotmill {project}\n", ""), option)
    contains(man_page().splitlines()[0], [project], "the man page's head")


@case("plotmill --help lists every command")
def _(_):
    for arguments in (["--help"], ["-h"], ["help"], ["help", "--help"], ["help", "-h"]):
        result = run("/", *arguments).need()
        contains(result.out, [f"\n  {command} " for command in PROMISED], "the help")
        equal(result.err, "", "stderr")


main()
