"""The commands of docs/operations.md run in the order of the page, in one folder. The data set of docs/reading.md works."""
import os
import re
import subprocess

import numpy as np

from harness import COMMAND, DATA, ROOT, SECONDS, case, check, contains, environment, equal, main, render, run

PAGE = (ROOT / "docs" / "operations.md").read_text()


# The part of PyTorch that docs/reading.md uses.
TORCH = {"torch/__init__.py": "import torch.utils.data\ndef from_numpy(array):\n    return array\n",
         "torch/utils/__init__.py": "", "torch/utils/data.py": "class Dataset:\n    pass\n"}
# The part of WebDataset: samples of a tar file by the extensions, gray images as arrays.
WEBDATASET = {"webdataset.py": """
import collections, io, json, tarfile
import numpy as np
import PIL.Image

DECODERS = {"png": lambda data: np.asarray(PIL.Image.open(io.BytesIO(data)).convert("L")), "cls": int, "json": json.loads}

class WebDataset:
    def __init__(self, path, shardshuffle):
        with tarfile.open(path) as tar:
            self.samples = collections.defaultdict(dict)
            for member in tar:
                name, extension = member.name.split(".", 1)
                self.samples[name][extension] = tar.extractfile(member).read()

    def decode(self, form):
        assert form == "l8"
        return self

    def to_tuple(self, *names):
        return (tuple(DECODERS[name](sample[name]) for name in names) for sample in self.samples.values())
"""}
# ImageFolder of torchvision finds classes like this, and refuses those without images.
TORCHVISION = {"torchvision/__init__.py": "", "torchvision/datasets.py": """
import os

class ImageFolder:
    def __init__(self, root):
        self.classes = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
        empty = [name for name in self.classes if not any(file.endswith(".png") for file in os.listdir(f"{root}/{name}"))]
        if empty or not self.classes:
            raise FileNotFoundError(f"{root}: no images in {empty}")
"""}
READERS = """
import multiprocessing
import charts

def work(images):
    global data
    data = images

def item(i):
    image, start = data[i]
    return i, int(start), int(image.sum())

if __name__ == "__main__":
    images = charts.ChartImages("a.h5")
    expected = [(i, int(images[i][1]), int(images[i][0].sum())) for i in range(len(images))]
    for context in "fork", "spawn":
        with multiprocessing.get_context(context).Pool(2, work, [images]) as pool:
            print(context, pool.map(item, range(len(images)), 3) == expected, len({total for _, _, total in expected}) > 1)
"""


def blocks(page=PAGE):
    """(language, text) of each fenced block."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@case("every command and program of the page runs, and the hashes are equal")
def _(folder):
    (folder / "data").symlink_to(DATA)
    path = f"{COMMAND.parent}:/usr/bin:{os.environ['PATH']}"
    output = ""
    for language, text in blocks():
        if language == "text":
            continue
        program = ["/usr/bin/python3", "-c", text] if language == "python" else ["bash", "-euc", text]
        done = subprocess.run(program, cwd=folder, env=environment(PATH=path), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SECONDS)
        # doctor may report problems of this machine.
        check(done.returncode == 0 or "plotmill doctor" in text, f"exit {done.returncode} of\n{text}\n{done.stderr}")
        output += done.stdout
    hashes = set(re.findall(r"\b[0-9a-f]{16}$", output, re.MULTILINE))
    equal(len(re.findall(r"^hash +", output, re.MULTILINE)), 2, "hashes of info")
    equal(len(hashes), 1, f"different hashes in {hashes}")
    contains(output, ["44541/44541", "(44541, 224, 224) uint8", "20000/20000"], "standard output")


@case("the data set of docs/reading.md works in forked and spawned workers")
def _(folder):
    render(folder, DATA / "ecg.npy", "--window", 360, "--stride", 360, "--limit", 20, "-o", "a.h5")
    text = blocks((ROOT / "docs" / "reading.md").read_text())[0][1]
    for name, content in {**TORCH, "charts.py": text.split("\nloader =")[0], "readers.py": READERS}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    done = subprocess.run(["/usr/bin/python3", "readers.py"], cwd=folder, env=environment(), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=SECONDS, check=False)
    equal((done.returncode, done.stdout), (0, "fork True True\nspawn True True\n"), done.stderr)


def reading_pair(option):
    """The command of docs/reading.md with this option, and the program that reads what it wrote."""
    texts = [text for _, text in blocks((ROOT / "docs" / "reading.md").read_text())]
    at = [number for number, text in enumerate(texts) if option in text]
    equal(len(at), 1, f"blocks with {option}")
    return texts[at[0]:at[0] + 2]


def write_modules(folder, modules):
    for name, content in modules.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


LABELLED = {  # what is added to the programs of the section "Labels and a split in training"
    "labelled.h5": "data, rows = list(train), train.rows; np.savez('seen', images=[i for i, _ in data], labels=[train.classes[k] for "
                   "_, k in data])",
    "whole.npz": "np.savez('seen', images=images, labels=labels)\nassert len(batch) == 64 and (batch == images[:64]).all()\n"
                 "assert (classes == labels[:64]).all() and isinstance(mapped, np.memmap)",
    "labelled.tar": "import numpy as np\ndata = list(train); np.savez('seen', images=[i for i, _ in data], labels=[k - 1 for _, k in "
                    "data])"}


@case("the labelled images of the train part that docs/reading.md reads are those that plotmill windows lists")
def _(folder):
    env = write_prices(folder, 600)
    write_modules(folder, {**TORCH, **WEBDATASET})
    all_blocks = blocks((ROOT / "docs" / "reading.md").read_text())
    windows = run(folder, "windows", "prices.csv", "--column", "close", "--window", 60, "--label", "up=direction:5:0.01",
                  "--split", "0.7,0.15,0.15").need().out.splitlines()
    rows = [dict(zip(windows[0].split(","), line.split(","))) for line in windows[1:]]
    labels = [int(row["up"]) for row in rows if row["split"] == "train" and row["up"]]
    images = []
    for output, further in LABELLED.items():
        at = next(i for i, (_, text) in enumerate(all_blocks) if f"-o {output}" in text and "--label" in text)
        text = all_blocks[at + 1][1].split("\nloader =")[0]
        for program in ["bash", "-euc", all_blocks[at][1]], ["/usr/bin/python3", "-c", text + "\n" + further]:
            done = subprocess.run(program, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=SECONDS, check=False)
            check(done.returncode == 0, f"exit {done.returncode} of {program[-1]}\n{done.stderr}")
        if output == "labelled.h5":
            equal(done.stdout, "[-1  0  1]\n", "classes")
        with np.load(folder / "seen.npz") as seen:
            equal(seen["labels"].tolist(), labels, f"labels of {output}")
            images.append(seen["images"])
        (folder / "seen.npz").unlink()
    check(all((one == images[0]).all() for one in images) and len({i.tobytes() for i in images[0]}) > 1, "images")


def write_prices(folder, rows):
    closes = 100 + np.random.default_rng(9).standard_normal(rows).cumsum()
    (folder / "prices.csv").write_text("open,high,low,close,volume\n" + "".join(
        f"{close},{close + 1},{close - 1},{close},{number}\n" for number, close in enumerate(closes)))
    return environment(PATH=f"{COMMAND.parent}:/usr/bin:{os.environ['PATH']}")


@case("the folders that docs/reading.md writes are the classes that ImageFolder finds")
def _(folder):
    write, read = reading_pair("--folders split/label")
    env = write_prices(folder, 600)
    write_modules(folder, TORCHVISION)
    for program in ["bash", "-euc", write], ["/usr/bin/python3", "-c", read + "\nprint(val.classes)"]:
        done = subprocess.run(program, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SECONDS, check=False)
        check(done.returncode == 0, f"exit {done.returncode} of {program[-1]}\n{done.stderr}")
    equal(done.stdout, 2 * "['-1', '0', '1']\n", "the classes of train and val")


@case("the set that docs/reading.md writes is the one that it reads")
def _(folder):
    write, read = reading_pair("--format jkx -o")
    env = write_prices(folder, 60)
    shown = "\nprint(images.shape, images.dtype, labels.shape, labels['window_start'][-1], labels.dtype.names)"
    for program in ["bash", "-euc", write], ["/usr/bin/python3", "-c", read + shown]:
        done = subprocess.run(program, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SECONDS)
        check(done.returncode == 0, f"exit {done.returncode} of {program[-1]}\n{done.stderr}")
    equal(done.stdout, "(41, 64, 60) uint8 (41,) 40.0 ('index', 'window_start', 'y_lo_0', 'y_hi_0', 'y_lo_1', 'y_hi_1')\n",
          "what NumPy reads")


@case("the page links to existing files and has its table")
def _(_):
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        check((ROOT / "docs" / target).exists(), f"no {target}")
    contains(PAGE, ["| 40M |", "bench/costs --write", "<!-- end of costs -->"], "the page")


main()
