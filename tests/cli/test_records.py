"""Records and fields of text: random texts are cut as Python's csv module cuts them, whole or in pieces."""
import csv
import io
import random
import subprocess

from harness import COMMAND, case, check, equal, main

PROGRAM = COMMAND.parent.parent / "tests" / "cli" / "cut_records"
TEXTS = 3000


def cut(texts, separator=",", quote='"', piece=0):
    """For each text its records as (line, fields), and (line, None) for a quote that is not closed."""
    result = subprocess.run([PROGRAM, separator, quote, str(piece)], input=b"".join(t.encode() + b"\0" for t in texts),
                            capture_output=True, check=False)
    check(result.returncode == 0, f"cut_records: exit {result.returncode}: {result.stderr.decode()}")
    parts = result.stdout.decode().split("\x1d")
    equal(parts.pop(), "", "text after the last one")
    equal(len(parts), len(texts), "texts cut")
    all_records = []
    for part in parts:
        records = []
        for record in part.split("\x1e")[:-1]:
            line, *fields = record.split("\x1f")
            records.append((int(line[5:]), None) if line.startswith("open ") else (int(line), fields))
        all_records.append(records)
    return all_records


def judge(text, separator=",", quote='"'):
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quotechar=quote)
    return [row for row in reader if row]


@case("random tables, quoted where needed and elsewhere, with all line ends")
def _(_folder):
    random.seed(1)
    for separator, quote in ((",", '"'), (";", '"'), ("\t", '"'), ("|", "'")):
        texts, expected = [], []
        for _ in range(TEXTS):
            rows, lines, line, text = [], [], 1, ""
            end = random.choice(["\n", "\r\n", "\r"])
            for _ in range(random.randrange(6)):
                fields, written = [], []
                for _ in range(random.randrange(1, 5)):
                    field = "".join(random.choice(f"ab1.- {separator}{quote}\n\r") for _ in range(random.randrange(8)))
                    plain = field == field.strip() and not any(c in field for c in separator + quote + "\n\r")
                    if plain and random.random() < 0.7:
                        written.append(random.choice(["", " "]) + field + random.choice(["", "  "]))
                    else:
                        written.append(quote + field.replace(quote, 2 * quote) + quote)
                    fields.append(field)
                if not "".join(written).strip(" " if separator == "\t" else " \t"):
                    continue
                rows.append(fields)
                lines.append(line)
                record = separator.join(written) + end + random.choice(["", "", end, "  " + end])
                text += record
                line += len(record.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
            texts.append(text)
            expected.append(list(zip(lines, rows)))
        for piece in (0, 1, 7):
            for text, found, right in zip(texts, cut(texts, separator, quote, piece), expected):
                equal(found, right, f"pieces of {piece}: {text!r}")


@case("random characters: as the csv module, or an open quote")
def _(_folder):
    random.seed(2)
    texts = ["".join(random.choice('aab12,,,""\n\n\r') for _ in range(random.randrange(30))) for _ in range(20 * TEXTS)]
    opened = 0
    whole = cut(texts)
    for text, found in zip(texts, whole):
        if any(fields is None for _, fields in found):
            opened += 1
        else:
            equal([fields for _, fields in found], judge(text), repr(text))
    check(len(texts) / 20 < opened < len(texts) * 3 / 4, f"{opened} of {len(texts)} texts have an open quote")
    for piece in (1, 2, 5):
        for text, found, right in zip(texts, cut(texts, piece=piece), whole):
            equal(found, right, f"pieces of {piece}: {text!r}")


@case("a quote that is not closed costs its line alone")
def _(_folder):
    for found in cut(['a,b\n1,"2\n3,4\n', '"x,1\n3,4\n"y",5\n'], piece=0):
        check((2, None) in found or (1, None) in found, f"no open quote: {found}")
        check(["3", "4"] in [fields for _, fields in found], f"the next line is lost: {found}")


main()
