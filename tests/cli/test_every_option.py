"""Every option works alike on the command line, in a job file and in the library. The options are those of the library's
own table, and their values follow from its rows: a new option needs no new case here."""
import ctypes
import json
import os

from harness import CACHE, COMMAND, Skip, case, check, equal, main, run

LIBRARY = COMMAND.parent.parent / "src" / "libplotmill.so"
# Texts mean something; numbers and choices follow from the limits of their row.
TEXTS = {"input": "b.csv", "column": "close", "columns": "open,close", "axes": "TF", "dataset": "/v",
         "from": "2024-01-03", "to": "2024-01-08", "device": "cpu", "output": "null:",
         "chart": "{layers: [{mark: line, width: 2}]}", "ma": "5", "member": "x.csv", "label-column": "first",
         "group-by": "file", "header": "1", "skip": "2", "comment": "#", "separator": ",", "decimal": ".",
         "thousands": "'", "missing-values": "-9,none", "encoding": "UTF-8", "time": "time",
         "time-format": "%Y-%m-%d %H:%M:%S", "windows": "w.csv", "label": "return:5,up=direction:3:0.5",
         "label-field": "close", "split": "0.7,0.15,0.15", "split-at": "2024-01-05,2024-01-08", "split-by": "group",
         "shuffle": "17"}
BASE = {"input": "a.csv", "column": "open", "window": "20", "size": "40x30", "output": "hash:"}
WITHOUT_EFFECT = {"dpi"}  # on a width in pixels; the log says so


class Library:
    """The public functions, through ctypes."""

    def __init__(self):
        if not LIBRARY.exists() or os.environ.get("LD_PRELOAD"):
            raise Skip("libplotmill.so: not built, or built with a sanitizer")
        os.environ["PLOTMILL_CACHE_DIR"] = CACHE
        self.calls = ctypes.CDLL(str(LIBRARY))
        self.calls.plotmill_options_describe.restype = ctypes.c_char_p
        self.calls.plotmill_create.restype = self.calls.plotmill_message.restype = ctypes.c_void_p
        self.calls.plotmill_message.restype = ctypes.c_char_p
        self.handle = ctypes.c_void_p(self.calls.plotmill_create())

    def table(self):
        return json.loads(self.calls.plotmill_options_describe())

    def options(self, values):
        options = ctypes.c_void_p()
        equal(self.calls.plotmill_options_create(self.handle, ctypes.byref(options)), 0, "plotmill_options_create")
        for name, value in values.items():
            status = self.calls.plotmill_options_set(options, name.encode(), value.encode())
            check(status == 0, f"plotmill_options_set {name} {value}: {self.message()}")
        return options

    def message(self):
        return self.calls.plotmill_message(self.handle).decode()

    def print(self, values):
        text, options = ctypes.c_char_p(), self.options(values)
        equal(self.calls.plotmill_options_print(options, ctypes.byref(text)), 0, "plotmill_options_print")
        printed = text.value.decode()
        self.calls.plotmill_options_destroy(options)
        return printed

    def run(self, values):
        report, options = ctypes.c_char_p(), self.options(values)
        status = self.calls.plotmill_run(self.handle, options, None, None, None, None, ctypes.byref(report))
        result = outcome(json.loads(report.value)) if status == 0 else self.message()
        self.calls.plotmill_options_destroy(options)
        return result


def outcome(report):
    """What must be equal of two runs of one job."""
    return {name: report.get(name) for name in ("images", "spec", "hash")}


def value_of(row):
    """A valid value that is not the default."""
    name, kind, default = row["name"], row["type"], row["default"]
    if kind in ("text", "texts"):
        check(name in TEXTS, f"{name}: expected a value for it in TEXTS")
        return TEXTS[name]
    if kind == "choice":
        return next(choice for choice in reversed(row["choices"]) if choice != default)
    if kind == "flag":
        return "true"
    least, most = row["least"], row["most"]
    if kind in ("integer", "number", "length"):
        number = next(n for n in range(int(least or 0) + 1, 10000) if str(n) != default)
        check(most is None or number <= most, f"{name}: no whole number between its limits")
        return str(number)
    known = {"size": "64x48", "range": "-1:1", "share": "1/2", "ink": "17"}
    check(kind in known and known[kind] != default, f"{name}: expected a value for the type {kind}")
    return known[kind]


def start(folder):
    for number, name in enumerate(("a.csv", "b.csv")):
        rows = [f"2024-01-{1 + i // 24:02} {i % 24:02}:00:00,{i * 7919 % (101 + number)},{i * 6133 % 97}" for i in range(240)]
        (folder / name).write_text("time,open,close\n" + "\n".join(rows) + "\n")
    (folder / "w.csv").write_text("start,note\n7,a\n3,b\n")
    os.chdir(folder)
    library = Library()
    rows = [row for row in library.table() if row["library"]]
    check({row["scope"] for row in rows} >= {"data", "chart", "device", "output"}, "a scope is missing")
    return library, rows


def arguments(values):
    """As a command line."""
    found = [values["input"]]
    for name, value in values.items():
        if name != "input":
            found += [f"--{name}"] if value == "true" else [f"--{name}={value}"]
    return found


def job_file(folder, values):
    """In quotes where YAML would read something else."""
    text = "".join(f"{name}: {value if value.replace('.', '').isdigit() or value == 'true' else json.dumps(value)}\n"
                   for name, value in values.items())
    (folder / "job.yaml").write_text(text)
    return ["--config", "job.yaml"]


def command_run(folder, options):
    done = run(folder, "render", *options, "--json", "--quiet")
    return outcome(json.loads(done.out)) if done.code == 0 else done.err.removeprefix("plotmill: ").strip()


def of_library(text, rows):
    """The lines of the library's options."""
    names = {row["name"] for row in rows}
    return sorted(line for line in text.splitlines() if line.split(":")[0] in names)


@case("each option is set alike in the three ways")
def _(folder):
    library, rows = start(folder)
    plain = library.print(BASE).splitlines()
    for row in rows:
        values = {**BASE, row["name"]: value_of(row)}
        printed = library.print(values)
        changed = [line.split(":")[0] for line in printed.splitlines() if line not in plain]
        equal(changed, [row["name"]], "what plotmill_options_print says otherwise")
        for way, options in (("command line", arguments(values)), ("job file", job_file(folder, values))):
            done = run(folder, "render", *options, "--print-config")
            if done.code == 0:  # else the options contradict each other: the next case compares the messages
                equal(of_library(printed, rows), of_library(done.out, rows), f"{row['name']}, library and {way}")


@case("each option gives the same spec, hash or refusal in the three ways")
def _(folder):
    library, rows = start(folder)
    plain = library.run(BASE)
    check(isinstance(plain, dict) and plain["hash"], f"the job without further options: {plain}")
    refused = set()
    for row in rows:
        name = row["name"]
        values = {**BASE, name: value_of(row)}
        found = library.run(values)
        equal(command_run(folder, arguments(values)), found, f"{name}={values[name]}: command line, then library")
        equal(command_run(folder, job_file(folder, values)), found, f"{name}={values[name]}: job file, then library")
        if row["scope"] == "chart" and isinstance(found, str):
            refused.add(name)
        elif row["scope"] == "chart" and name not in WITHOUT_EFFECT:
            check(found["spec"] != plain["spec"], f"{name}={values[name]} is not in the spec")
    equal(refused, {"ma"}, "options of charts that the line refuses")


def stored(folder, name):
    """What an output holds, as info describes it; None: there is none."""
    done = run(folder, "info", name, "--hash", "--json")
    described = json.loads(done.out) if done.code == 0 else None
    return described and {key: value for key, value in described.items() if key not in ("path", "bytes")}


@case("options of outputs store the same, or are refused alike, in the three ways")
def _(folder):
    library, rows = start(folder)
    found = {}
    for base in ({"output": "x.h5"}, {"output": "x.npy"}, {"output": "x.npz"}, {"output": "x", "format": "jpeg"},
                 {"output": "x_images.dat", "format": "jkx"}):
        for row in rows:
            if row["scope"] != "output" or row["name"] in base:
                continue
            values = {**BASE, **base, row["name"]: value_of(row)}
            results = []
            for number, way in enumerate((library.run, None, None)):
                place = folder / f"{len(found)}-{number}"
                place.mkdir()
                (place / "a.csv").write_bytes((folder / "a.csv").read_bytes())
                os.chdir(place)
                options = job_file(place, values) if number == 2 else arguments(values)
                result = way(values) if way else command_run(place, options)
                results.append((result, stored(place, values["output"])))
            os.chdir(folder)
            what = f"{values['output']}, {row['name']}={values[row['name']]}"
            equal(results[1], results[0], f"{what}: command line, then library")
            equal(results[2], results[0], f"{what}: job file, then library")
            found[what] = results[0][1] is not None
    refused = {row["name"] for row in rows if row["scope"] == "output"} - {what.split(", ")[1].split("=")[0]
                                                                          for what, done in found.items() if done}
    equal(refused, {"output", "format", "resume", "shard", "folders"}, "options that need others beside them")


main()
