"""What notebooks show of images: a contact sheet with counts and labels; and the progress of long calls."""

from __future__ import annotations

import base64
import contextlib
import html
import importlib
import struct
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from plotmill.images import ImageSet

T = TypeVar("T")
Pixels = NDArray[np.uint8]

TILES = 16  # images on a sheet
TILE = 160  # their longer side at most, px
LIMIT = 200_000  # bytes of PNG in a sheet, before base64 makes them 4/3; larger sheets get smaller tiles
READ = 64 << 20  # bytes of pixels that are drawn for a sheet
CLASSES = 8  # classes of a label that are counted by name
SPLITS = {"train": 0, "val": 1, "test": 2, "none": 255}

STYLE = (
    "<style>.plotmill figure{display:inline-block;margin:2px 4px;text-align:center}"
    ".plotmill img{display:block;image-rendering:pixelated}.plotmill figcaption{font-size:80%}</style>"
)


class Sheet:
    """The base of objects with images: notebooks show them as a contact sheet. They never raise: what fails is said
    in a line below the text of the object."""

    def _repr_html_(self) -> str:
        try:
            return sheet_html(cast("ImageSet", self))
        except Exception as error:
            return f"<pre>{html.escape(repr(self))}\nNo images are shown: {html.escape(str(error))}</pre>"

    def _repr_png_(self) -> bytes | None:
        try:
            return sheet_png(cast("ImageSet", self))
        except Exception:  # _repr_html_ has the reason
            return None


def evenly_spaced(images: ImageSet) -> NDArray[np.int64]:
    """The images of a sheet: at most 16, and no more than 64 MiB of pixels."""
    size = int(np.prod(images.shape, dtype=np.int64))
    count = min(len(images), TILES, max(1, READ // max(1, size)))
    return np.arange(count, dtype=np.int64) * len(images) // max(1, count)


def reduced(pixels: Pixels, tile: int) -> Pixels:
    """Images (N, H, W) or (N, H, W, C) as (N, h, w, 1 or 3), h and w at most `tile`: blocks of pixels become their mean.
    Other numbers of channels become grey, by the largest channel."""
    if pixels.ndim == 3:
        pixels = pixels[..., None]
    if pixels.shape[3] not in (1, 3):
        pixels = pixels.max(axis=3, keepdims=True)
    block = -(-max(pixels.shape[1:3]) // tile)
    if block == 1:
        return pixels
    sums, sizes = pixels.astype(np.uint32), np.ones((1, 1, 1, 1), np.uint32)
    for axis in (1, 2):
        starts = np.arange(0, pixels.shape[axis], block)
        sums = np.add.reduceat(sums, starts, axis=axis)
        widths = np.diff(starts, append=pixels.shape[axis]).astype(np.uint32)
        sizes = sizes * widths.reshape([-1 if k == axis else 1 for k in range(4)])
    return ((sums + sizes // 2) // sizes).astype(np.uint8)


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def encode(image: Pixels) -> bytes:
    """An image (H, W, 1 or 3) as PNG, by zlib alone: the library may be built without what encodes PNG on the host."""
    height, width, channels = image.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # a filter of 0, then the row
    rows[:, 1:] = image.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2 if channels == 3 else 0, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def arranged(tiles: Pixels) -> Pixels:
    """Images (N, h, w, C) in a square of columns and rows, with a grey frame around each, as (H, W, C)."""
    count, height, width, channels = tiles.shape
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    sheet = np.full((rows * columns, height + 1, width + 1, channels), 160, np.uint8)
    sheet[:count, 1:, 1:] = tiles
    sheet[count:] = 255
    joined = sheet.reshape(rows, columns, height + 1, width + 1, channels).swapaxes(1, 2)
    joined = joined.reshape(rows * (height + 1), columns * (width + 1), channels)
    return np.pad(joined, ((0, 1), (0, 1), (0, 0)), constant_values=160)


def within_limit(draw: Callable[[int], list[bytes]]) -> list[bytes]:
    """The PNG files that `draw` makes of tiles as large as the limit allows."""
    tile = TILE
    files = draw(tile)
    while sum(map(len, files)) > LIMIT:
        tile //= 2
        files = draw(tile)
    return files


def sheet_png(images: ImageSet) -> bytes | None:
    """Up to 16 images, evenly spaced, as one PNG. None if there are no images."""
    chosen = evenly_spaced(images)
    if not len(chosen):
        return None
    pixels = np.asarray(images[chosen])
    return within_limit(lambda tile: [encode(arranged(reduced(pixels, tile)))])[0]


def sheet_html(images: ImageSet) -> str:
    """The text of the object, counts of parts and classes, and up to 16 images with their labels below them."""
    chosen = evenly_spaced(images)
    pixels = np.asarray(images[chosen]) if len(chosen) else np.empty((0, 1, 1), np.uint8)
    files = within_limit(lambda tile: [encode(image) for image in reduced(pixels, tile)])
    figures = "".join(
        f'<figure><img alt="image {i}" src="data:image/png;base64,{base64.b64encode(file).decode()}">'
        f"<figcaption>{html.escape(caption(images, int(i)))}</figcaption></figure>"
        for i, file in zip(chosen, files)
    )
    return f'<div class="plotmill">{STYLE}<pre>{html.escape(repr(images))}</pre>{counts(images)}{figures}</div>'


def shown(value: Any, classes: list[str] | None) -> str:
    """A label as text: the name of its class, or the number; - if it is missing."""
    if isinstance(value, np.floating):
        return "-" if np.isnan(value) else f"{value:.4g}"
    if value == np.iinfo(np.int64).min:
        return "-"
    return str(int(value)) if classes is None else classes[int(value)]


def caption(images: ImageSet, i: int) -> str:
    """What is written below image i: its number, part and labels."""
    parts = [str(i)]
    if images.split is not None:
        parts += [name for name, code in SPLITS.items() if images.split[i] == code]
    for name, values in images.labels.items():
        text = f"{name}: {shown(values[i], images.label_classes.get(name))}"
        parts.append(text if len(text) <= 40 else text[:39] + "…")
    return ", ".join(parts)


def extent(values: NDArray[Any]) -> list[str]:
    """The least and the greatest of numbers that are present."""
    absent = np.isnan(values) if values.dtype.kind == "f" else values == np.iinfo(np.int64).min
    present = values[~absent]
    return [f"{shown(present.min(), None)} to {shown(present.max(), None)}"] if len(present) else []


def counts(images: ImageSet) -> str:
    """A table: of each part of the split the number of images, those of each class, and those without a label."""
    info = images.info
    labels = info.get("labels", {})
    parts = [name for name in SPLITS if info.get(name)]

    def row(part: str) -> list[str]:
        def count(found: Any) -> int:
            return int(found if not isinstance(found, dict) else found[part] if part else sum(found.values()))

        cells = [part or "all", f"{info[part or 'images']:,}"]
        for name, label in labels.items():
            classes = label.get("classes")
            if classes is None:
                found = extent(images.labels[name] if not part else images.labels[name][images.indices(part)])
            else:
                found = [f"{title}: {count(each):,}" for title, each in list(classes.items())[:CLASSES]]
                found += ["…"] * (len(classes) > CLASSES)
            cells.append(", ".join(found + [f"missing: {count(label['missing']):,}"] * bool(count(label["missing"]))))
        return cells

    rows = [["", "images", *labels], row(""), *map(row, parts)]
    return "<table>" + "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>" for cells in rows
    ) + "</table>"


def interactive() -> bool:
    """Whether somebody sees a progress bar: in a notebook, or on a terminal."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel") or bool(getattr(sys.stderr, "isatty", bool)())


def bar(text: str, total: int | None, unit: str, enabled: bool | None) -> Any:
    """A bar of tqdm, or None."""
    if enabled is False or enabled is None and not interactive():
        return None
    try:
        tqdm = importlib.import_module("tqdm.auto")
    except ImportError:
        if enabled:
            raise ImportError("progress=True needs tqdm: pip install tqdm") from None
        return None
    return tqdm.tqdm(total=total, desc=text, unit=unit, unit_scale=unit == " images")


@contextlib.contextmanager
def progress(text: str, enabled: bool | None = None) -> Iterator[Callable[[Mapping[str, Any]], None] | None]:
    """Shows the progress of a job while the block runs.

    Parameters
    ----------
    text : str
        What is made, such as the path of the output.
    enabled : bool, optional
        By default progress is shown in notebooks and on terminals if tqdm is installed.

    Yields
    ------
    callable or None
        The progress function to give to the job.
    """
    shown_bar = bar(text, None, " images", enabled)
    if shown_bar is None:
        yield None
        return

    def report(state: Mapping[str, Any]) -> None:
        if shown_bar.total != state["images"]:
            shown_bar.initial = state["kept"]
            shown_bar.reset(total=state["images"])
        shown_bar.update(state["done"] - shown_bar.n)

    with shown_bar:
        yield report


def steps(batches: Iterable[T], total: int, text: str = "epoch", enabled: bool | None = None) -> Iterator[T]:
    """The batches of an epoch, with a progress bar as for `progress`."""
    shown_bar = bar(text, total, " batches", enabled)
    if shown_bar is None:
        yield from batches
        return
    with shown_bar:
        for batch in batches:
            yield batch
            shown_bar.update()
