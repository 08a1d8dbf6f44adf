"""What a batch is as tensors: the images in the type and scale that a network takes, and what belongs to each image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt
import torch

if TYPE_CHECKING:
    from plotmill.images import Images

Indices = npt.NDArray[np.int64]
Numbers = Union[float, Sequence[float], npt.NDArray[Any]]
Normalize = Union[tuple[Numbers, Numbers], str, None]
Labels = Union[torch.Tensor, dict[str, torch.Tensor], None]

SPLITS = ("train", "val", "test", "none")
COLUMNS = ("index", "window_start", "group", "timestamps", "split")
TRAIN_SAMPLE = 4096  # images that estimate the mean and deviation of the train part, as in docs/reading.md
_BLOCK = 1 << 16  # float32 values that a processor converts at a time: 256 kB, which its caches hold
_DTYPES = {
    "uint8": torch.uint8,
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}


def part_indices(dataset: Images, split: str | None) -> Indices:
    """The images of a part of the split. Without a split all images are of the train part."""
    if split is None:
        return np.arange(len(dataset), dtype=np.int64)
    if split not in SPLITS:
        raise ValueError(f'split is {split!r}; expected "train", "val", "test", "none", or None for all images')
    if dataset.split is None:
        if split != "train":
            raise ValueError(
                f'the data set has no split, so it has no part "{split}"; make one with the option split '
                '(split="0.7,0.15,0.15"), or take all images with split=None'
            )
        return np.arange(len(dataset), dtype=np.int64)
    return np.ascontiguousarray(dataset.indices(split), np.int64)


def train_statistics(dataset: Images) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean and standard deviation of value/255 per channel, over images floor(k N / 4096) of the N of the train part,
    k = 0 .. 4095, or all of at most 4,096: those that are stored with images."""
    indices = part_indices(dataset, "train")
    if not len(indices):
        raise ValueError('normalize="train": the train part has no image')
    if len(indices) > TRAIN_SAMPLE:
        indices = indices[np.arange(TRAIN_SAMPLE) * len(indices) // TRAIN_SAMPLE]
    channels = dataset.shape[2] if len(dataset.shape) == 3 else 1
    counts = np.zeros((channels, 256), np.int64)
    for first in range(0, len(indices), 64):
        images = np.asarray(dataset.read(indices[first : first + 64])).reshape(-1, channels)
        for channel in range(channels):
            counts[channel] += np.bincount(images[:, channel], minlength=256)
    values, pixels = np.arange(256), counts.sum(1)
    mean = (counts * values).sum(1) / pixels
    variance = np.maximum((counts * values**2).sum(1) / pixels - mean**2, 0)
    return mean / 255, np.sqrt(variance) / 255


class ImageFormat:
    """Turns batches of uint8 images (n, H, W) or (n, H, W, C), as they are drawn, into (n, C, H, W).

    uint8 stays as it is. Else the value is (v - 255 mean) / (255 std), computed in float32 and rounded to the type; with
    no mean and deviation v / 255, exactly as torchvision's ToTensor has it.
    """

    def __init__(
        self, dataset: Images, dtype: str | torch.dtype, normalize: Normalize, channels: int | None
    ) -> None:
        self.drawn = tuple(int(n) for n in dataset.shape)
        own = self.drawn[2] if len(self.drawn) == 3 else 1
        self.channels = own if channels is None else int(channels)
        if self.channels != (own if channels is None else channels) or self.channels < 1 or (self.channels != own and own != 1):
            raise ValueError(
                f"channels is {channels}, but the images have {own}; only grey images can be repeated. "
                "The option channels of the data set draws grey or colour"
            )
        self.repeats = self.channels != own
        self.dtype = _dtype(dtype)
        self.offset: torch.Tensor | None = None
        # A tensor also here: by a number CUDA does not divide, but multiplies with its reciprocal, which it rounds.
        self.scale = torch.full((1, 1, 1), 255.0)
        if normalize is not None:
            self._normalize(dataset, normalize, own)

    def _normalize(self, dataset: Images, normalize: Normalize, own: int) -> None:
        if self.dtype is torch.uint8:
            raise ValueError('normalize needs a dtype of floating point, such as dtype="float32"; dtype is uint8')
        if isinstance(normalize, str):
            if normalize != "train":
                raise ValueError(f'normalize is "{normalize}"; expected (mean, std), "train" or None')
            mean, std = train_statistics(dataset)
        else:
            try:
                mean, std = (np.atleast_1d(np.asarray(part, np.float64)) for part in normalize or ())
            except (TypeError, ValueError):
                raise ValueError(
                    f'normalize is {normalize!r}; expected (mean, std), each a number or one per channel, or "train"'
                ) from None
        for name, part in (("mean", mean), ("std", std)):
            if part.ndim != 1 or len(part) not in (1, own, self.channels) or not np.isfinite(part).all():
                raise ValueError(
                    f"the {name} of normalize is {part.tolist()}; expected a finite number, or one per channel "
                    f"({self.channels})"
                )
        if not (std > 0).all():
            raise ValueError(f"the std of normalize is {std.tolist()}; expected numbers above 0")
        self.offset = torch.tensor((255 * mean).astype(np.float32)).reshape(-1, 1, 1)
        self.scale = torch.tensor((255 * std).astype(np.float32)).reshape(-1, 1, 1)

    @property
    def is_view(self) -> bool:
        """Whether the result is the drawn memory itself, with the axes in another order."""
        return self.dtype is torch.uint8 and not self.repeats

    def to_device(self, device: torch.device) -> None:
        """Where convert() will work."""
        if self.offset is not None:
            self.offset = self.offset.to(device)
        self.scale = self.scale.to(device)

    def empty(self, count: int, device: torch.device, memory: torch.Tensor | None = None) -> torch.Tensor:
        """A result of `count` images: new, or in the given memory, uint8 of size(count) bytes.

        Images drawn in colour keep their order in memory, channels last.
        """
        height, width = self.drawn[:2]
        last = not self.repeats and self.channels > 1
        shape = (count, height, width, self.channels) if last else (count, self.channels, height, width)
        if memory is None:
            made = torch.empty(shape, dtype=self.dtype, device=device)
        else:
            made = memory.view(self.dtype).view(shape)
        return made.permute(0, 3, 1, 2) if last else made

    def size(self, count: int) -> int:
        """The bytes of a result of `count` images."""
        bytes_each = int(torch.empty(0, dtype=self.dtype).element_size())
        return count * self.channels * self.drawn[0] * self.drawn[1] * bytes_each

    def convert(self, drawn: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """The batch on the same device, in `out` if given (and not is_view)."""
        planes: torch.Tensor = drawn.permute(0, 3, 1, 2) if drawn.dim() == 4 else drawn.unsqueeze(1)
        if self.is_view:
            return planes
        if out is None:
            out = self.empty(len(drawn), drawn.device)
        if self.dtype is torch.uint8:
            out.copy_(planes.expand_as(out))
            return out
        if out.device.type == "cpu":
            self._convert_blocks(planes, out)
            return out
        work = planes.to(torch.float32).expand_as(out)
        work = (work if self.offset is None else work - self.offset) / self.scale
        out.copy_(work)
        return out

    def _convert_blocks(self, planes: torch.Tensor, out: torch.Tensor) -> None:
        """On a processor: block by block, in its caches. NumPy's operations take one thread: those of PyTorch would meet
        at barriers, and wait there while the training step and the drawing have the cores."""
        image = max(1, self.channels * self.drawn[0] * self.drawn[1])
        step = max(1, _BLOCK // image)
        scratch = out if self.dtype is torch.float32 else torch.empty_like(out[:step], dtype=torch.float32)
        source, target = planes.numpy(), scratch.numpy()
        offset = None if self.offset is None else self.offset.numpy()
        scale = self.scale.numpy()
        for first in range(0, len(out), step):
            last = min(first + step, len(out))
            work = target[first:last] if scratch is out else target[: last - first]
            np.copyto(work, source[first:last])
            if offset is not None:
                np.subtract(work, offset, out=work)
            np.divide(work, scale, out=work)
            if scratch is not out:
                out[first:last].copy_(scratch[: last - first])


def _dtype(dtype: str | torch.dtype) -> torch.dtype:
    found = _DTYPES.get(dtype) if isinstance(dtype, str) else dtype
    if found not in _DTYPES.values():
        raise ValueError(f"dtype is {dtype!r}; expected uint8, float32, float16 or bfloat16")
    assert isinstance(found, torch.dtype)
    return found


class Columns:
    """What belongs to images beside their pixels, by index.

    Labels of floating point become float32, the type of a network's outputs; whole numbers stay int64. The columns of the
    data set (COLUMNS) are int64: `timestamps` (n, 2) in ns since 1970 UTC.
    """

    def __init__(self, dataset: Images, labels: str | Sequence[str] | bool | None, columns: Sequence[str]) -> None:
        present: Mapping[str, npt.NDArray[Any]] = dataset.labels or {}
        self.single = isinstance(labels, str) or (labels is None and len(present) == 1)
        names: Sequence[str]
        if labels is None or labels is True:
            names = list(present)
        elif labels is False:
            names = ()
        else:
            names = [labels] if isinstance(labels, str) else list(labels)
        for name in names:
            if name not in present:
                raise ValueError(f'there is no label "{name}"; the labels are: {", ".join(present) or "none"}')
        self.labels = {name: np.asarray(present[name]) for name in names}
        self.wanted = labels is not False
        self.columns = {name: _column(dataset, name) for name in ([columns] if isinstance(columns, str) else columns)}

    def unlabelled(self, indices: Indices) -> npt.NDArray[np.bool_]:
        """Which of the images lack one of the labels."""
        missing = np.zeros(len(indices), bool)
        for values in self.labels.values():
            chosen = values[indices]
            missing |= np.isnan(chosen) if chosen.dtype.kind == "f" else chosen == np.iinfo(np.int64).min
        return missing

    def take(self, indices: Indices) -> tuple[Labels, dict[str, torch.Tensor]]:
        """The labels (a tensor, a dict of tensors, or None without labels), and the columns."""
        labels = {
            name: torch.from_numpy(values[indices].astype(np.float32 if values.dtype.kind == "f" else np.int64))
            for name, values in self.labels.items()
        }
        columns = {
            name: torch.from_numpy(indices.copy() if values is None else values[indices].astype(np.int64))
            for name, values in self.columns.items()
        }
        if self.single:
            return next(iter(labels.values())), columns
        return labels or None, columns


def _column(dataset: Images, name: str) -> npt.NDArray[Any] | None:
    """None stands for the index itself."""
    if name not in COLUMNS:
        raise ValueError(f'there is no column "{name}"; expected one of {", ".join(COLUMNS)}. Labels are given by labels=')
    if name == "index":
        return None
    values = getattr(dataset, name)
    if values is None:
        raise ValueError(f'the data set has no column "{name}"')
    array = np.asarray(values)
    return array.astype("datetime64[ns]").view(np.int64) if array.dtype.kind == "M" else array
