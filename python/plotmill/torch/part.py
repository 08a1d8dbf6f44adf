"""The images of a part of a data set, and what a training loop receives of each: for Loader and MapDataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from plotmill import _random
from plotmill.augment import Augment, Augmented
from plotmill.torch.tensors import SPLITS, Columns, ImageFormat, Indices, Labels, Normalize, part_indices

if TYPE_CHECKING:
    from plotmill.images import Images

MISSING = ("error", "drop", "keep")


def one_of(name: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; expected {' or '.join(map(repr, choices))}")
    return value


def whole(name: str, value: int, lowest: int) -> int:
    if isinstance(value, bool) or int(value) != value or value < lowest:
        raise ValueError(f"{name} is {value!r}; expected a whole number of at least {lowest}")
    return int(value)


class Part:
    """The images of a part of a data set, and what is made of them: shared by Loader and MapDataset."""

    def __init__(
        self,
        dataset: Images,
        split: str | None,
        labels: str | Sequence[str] | bool | None,
        columns: Sequence[str],
        missing: str,
        dtype: str | torch.dtype,
        normalize: Normalize,
        channels: int | None,
        augment: Augment,
        seed: int,
    ) -> None:
        if not (hasattr(dataset, "read") and hasattr(dataset, "indices")):
            raise TypeError(
                f"found {type(dataset).__name__}, expected a data set: plotmill.Dataset(...), or plotmill.open(path)"
            )
        one_of("missing", missing, MISSING)
        self.dataset = dataset
        self.split = split
        self.seed = _random.seeded(seed)
        self.columns = Columns(dataset, labels, columns)
        self.indices = part_indices(dataset, split)
        if missing != "keep":
            self._without_unlabelled(missing)
        if not len(self.indices):
            parts = {name: len(part_indices(dataset, name)) for name in SPLITS} if dataset.split is not None else {}
            found = ", ".join(f"{count} {name}" for name, count in parts.items())
            raise ValueError(
                f"there are no images{f' in the part {split!r}' if split else ''}"
                + (f": the data set has {found} before those without labels are dropped" if found else "")
                + ": expected another split, or another part"
            )
        self.format = ImageFormat(dataset, dtype, normalize, channels)
        self.augmented = Augmented(dataset, augment, seed) if augment is not None else None

    def _without_unlabelled(self, missing: str) -> None:
        unlabelled = self.columns.unlabelled(self.indices)
        count = int(unlabelled.sum())
        if count and missing == "error":
            names = ", ".join(f'"{name}"' for name in self.columns.labels)
            raise ValueError(
                f"{count} of {len(self.indices)} images lack a value of {names} (image {self.indices[unlabelled][0]} is "
                'the first); missing="drop" leaves them out, missing="keep" takes them with NaN or -2^63'
            )
        if count:
            self.indices = self.indices[~unlabelled]

    def read(self, indices: Indices, epoch: int, out: npt.NDArray[np.uint8]) -> None:
        """Draws images into `out`, uint8 (n, H, W) or (n, H, W, C)."""
        if self.augmented is not None:
            self.augmented.read(indices, epoch, out)
        else:
            self.dataset.read(indices, out=out)

    def pack(self, images: torch.Tensor, labels: Labels, columns: dict[str, torch.Tensor]) -> Any:
        """What a loop receives."""
        parts: list[Any] = [images]
        if self.columns.wanted:
            parts.append(labels)
        if self.columns.columns:
            parts.append(columns)
        return tuple(parts) if len(parts) > 1 else images
