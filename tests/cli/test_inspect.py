"""plotmill inspect: what inputs hold, and a command that renders them."""
import gzip
import json
import pathlib
import shlex
import subprocess

import numpy as np

from harness import COMMAND, ROOT, case, check, contains, equal, main, run

CASES = ROOT / "tests" / "cases"


def inspect(folder, *arguments):
    return json.loads(run(folder, "inspect", *arguments, "--json").need().out)


@case("a table: dialect, columns with ranges and first values, times, step")
def _(folder):
    found = inspect(folder, CASES / "metatrader5.csv")
    table = found["inputs"][0]
    equal([column["name"] for column in table["columns"]][:6],
          ["<DATE>", "<TIME>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>"], "names")
    values = np.genfromtxt(CASES / "metatrader5.csv", skip_header=1, usecols=5)
    close = table["columns"][5]
    equal((close["least"], close["most"], close["numbers"], close["missing"]),
          (values.min(), values.max(), len(values), 0), "range of <CLOSE>")
    equal(close["first"], ["1.10057", "1.10311", "1.10420"], "first values")
    equal((table["rows"], found["samples"], found["problem"]), (len(values), len(values), None), "rows")
    equal((found["first_time"], found["read"][0]["step_seconds"]), ("2024-01-02T00:00:00Z", 3600), "times")


@case("the proposed command renders")
def _(folder):
    for name in ("metatrader5.csv", "header-three-rows.csv", "tickers-in-one-file.csv", "newest-first-us-dates.csv",
                 "ecg-8-leads-headerless.csv", "npy-t-by-1.npy", "whitespace-savetxt.txt", "decimal-comma.csv",
                 "gzip-named-csv.csv", "preamble-url-newest-first.csv", "utf16-bom.csv"):
        out = run(folder, "inspect", CASES / name).need().out
        line = next((line for line in out.splitlines() if line.startswith("render")), None)
        check(line, f"{name}: no command in:\n{out}")
        words = shlex.split(line.split(None, 1)[1])
        equal(words[:2], ["plotmill", "render"], name)
        words[words.index("-o") + 1] = "hash:"
        run(folder, *words[1:], "--size", "200x60").need()


@case("rows that are sequences, and columns of one name")
def _(folder):
    out = run(folder, "inspect", CASES / "rows-are-sequences-label-first.tsv").need().out
    contains(out, ["--rows sequences"], "a note")
    found = inspect(folder, CASES / "rows-are-sequences-label-first.tsv", "--rows", "sequences", "--label-column", "first")
    equal((found["problem"], found["row_length"], found["options"]), (None, 30, []), "sequences")
    path = pathlib.Path(folder) / "twice.csv"
    path.write_text("x,x\n" + "".join(f"{k % 7},{k}\n" for k in range(40)))
    equal(inspect(folder, path)["options"][:2], ["--column", "0"], "two columns named x")


@case("groups are found, and order, gaps, duplicates and missing shares are shown")
def _(folder):
    out = run(folder, "inspect", CASES / "tickers-in-one-file.csv").need().out
    contains(out, ["groups    3", "--group-by Name", "AAA, BBB, CCC"], "tickers")
    contains(run(folder, "inspect", CASES / "newest-first-us-dates.csv").need().out, ["newest first"], "order")
    contains(run(folder, "inspect", CASES / "gap-of-hours.csv").need().out, ["gaps      1", "4.02 h"], "gaps")
    contains(run(folder, "inspect", CASES / "duplicate-rows.csv").need().out, ["repeated"], "duplicates")
    contains(run(folder, "inspect", CASES / "mostly-missing.csv").need().out, ["% missing"], "missing")


@case("lines longer than the first MiB are read as render reads them")
def _(folder):
    rows = "".join(f"{i}\n" for i in range(100))
    (folder / "a.csv").write_text("# " + "y" * (3 << 20) + "\nclose\n" + rows)
    found = inspect(folder, "a.csv")
    equal((found["inputs"][0]["rows"], found["samples"], found["problem"]), (100, 100, None), "rows")


@case("arrays, pipes and several files")
def _(folder):
    folder = pathlib.Path(folder)
    np.save(folder / "wide.npy", np.zeros((50000, 12)))
    found = inspect(folder, "wide.npy")
    equal(found["inputs"][0]["shape"], [50000, 12], "shape")
    check("axes" in (found["problem"] or ""), f"expected a problem that names axes: {found['problem']}")
    data = gzip.compress((CASES / "utf16-bom.csv").read_bytes())
    done = subprocess.run([str(COMMAND), "inspect", "-", "--json"], input=data, stdout=subprocess.PIPE, check=True)
    found = json.loads(done.stdout)
    equal((found["inputs"][0]["name"], found["inputs"][0]["rows"]), ("standard input", 60), "a compressed pipe")
    found = inspect(folder, CASES / "year-2023.csv", CASES / "year-2024.csv")
    equal((found["count"], len(found["read"]), found["problem"]), (2, 2, None), "two files")


@case("refused: what is no table, in one line")
def _(folder):
    for name, words in (("html-named-csv.csv", "HTML"), ("lfs-pointer.csv", "git lfs pull")):
        result = run(folder, "inspect", CASES / name).need(2)
        equal(len(result.lines()), 1, name)
        contains(result.err, [words], name)
    run(folder, "inspect", "missing.csv").need(2)


main()
