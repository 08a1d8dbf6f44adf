"""A data set for torch.utils.data.DataLoader, which draws a batch by one call."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy.typing as npt
import torch

from plotmill.augment import Augment
from plotmill.errors import DeviceError
from plotmill.images import find_indices
from plotmill.torch.part import Part, whole
from plotmill.torch.tensors import Indices, Labels, Normalize

if TYPE_CHECKING:
    from plotmill.images import Images


class Samples(list):  # type: ignore[type-arg]
    """The samples of a batch, one by one, with the whole tensors that they are views of."""

    whole: Any = None


def collate(samples: Sequence[Any]) -> Any:
    """A collate_fn that takes the batches of `MapDataset` whole, without copying them together from samples."""
    together = samples.whole if isinstance(samples, Samples) else None
    return together if together is not None else torch.utils.data.default_collate(list(samples))


class MapDataset(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """A part of a data set for torch.utils.data.DataLoader. A batch is drawn by one call, through `__getitems__`.

        DataLoader(MapDataset(dataset), batch_size=256, shuffle=True, collate_fn=plotmill.torch.collate)

    Sample k is (image, label) of image `indices[k]` of the data set: a tensor (C, H, W), and a tensor () or a dict, as
    for `Loader`; without labels the image alone. [slice or list] gives a batch of them. PyTorch before 2.0 does not know `__getitems__`; there
    `DataLoader(mapped, sampler=BatchSampler(RandomSampler(mapped), 256, False), batch_size=None)` draws whole batches.

    Worker processes draw by themselves. With multiprocessing_context="spawn" that always works. Forked workers read
    stored images, and draw if the process that started them had drawn nothing before: OpenCL does not survive fork().
    Otherwise they raise DeviceError at their first batch.

    Parameters
    ----------
    dataset, split, dtype, normalize, channels, augment, seed, labels, columns, missing
        As for `Loader`. For `augment`, set_epoch() must be called before the DataLoader starts its workers.
    transform : callable or None
        Applied to the tensor (C, H, W) of each image.
    """

    def __init__(
        self,
        dataset: Images,
        split: str | None = "train",
        transform: Callable[[torch.Tensor], Any] | None = None,
        *,
        dtype: str | torch.dtype = "float32",
        normalize: Normalize = None,
        channels: int | None = None,
        augment: Augment = None,
        seed: int = 0,
        labels: str | Sequence[str] | bool | None = None,
        columns: Sequence[str] = (),
        missing: str = "error",
    ) -> None:
        self._part = Part(dataset, split, labels, columns, missing, dtype, normalize, channels, augment, seed)
        self._part.columns.wanted &= bool(self._part.columns.labels)  # a DataLoader cannot put None together
        self.transform = transform
        self.epoch = 0
        self._process = os.getpid()

    @property
    def indices(self) -> Indices:
        """The indices of the images in the data set."""
        return self._part.indices

    def set_epoch(self, epoch: int) -> None:
        """The epoch from which `augment` takes its random numbers. Its first value is 0."""
        self.epoch = whole("epoch", epoch, 0)

    def __len__(self) -> int:
        return len(self._part.indices)

    def __setstate__(self, state: dict[str, Any]) -> None:  # in a spawned worker, which may draw
        self.__dict__.update(state, _process=os.getpid())

    def _read(self, places: npt.NDArray[Any]) -> tuple[torch.Tensor, Labels, dict[str, torch.Tensor]]:
        part = self._part
        indices = part.indices[places]
        drawn = torch.empty((len(indices), *part.format.drawn), dtype=torch.uint8)
        try:
            part.read(indices, self.epoch, drawn.numpy())
        except DeviceError as error:
            if os.getpid() == self._process:
                raise
            raise DeviceError(
                f"{error}. For a DataLoader: multiprocessing_context=\"spawn\", or draw nothing before its workers start"
            ) from error
        labels, columns = part.columns.take(indices)
        return part.format.convert(drawn), labels, columns

    def __getitem__(self, index: Any) -> Any:
        """A sample, or a batch for a slice, a list of places or a mask."""
        places, shape = find_indices(index, len(self))
        if shape == ():
            return self.__getitems__(places)[0]
        if self.transform is not None:
            return torch.utils.data.default_collate(list(self.__getitems__(places)))
        return self._part.pack(*self._read(places))

    def __getitems__(self, places: Sequence[int] | npt.NDArray[Any]) -> Samples:
        """The samples of these places, drawn by one call."""
        images, labels, columns = self._read(find_indices(places, len(self))[0])
        pictures = list(images) if self.transform is None else [self.transform(image) for image in images]
        samples = Samples(
            self._part.pack(picture, _row(labels, k), {name: values[k] for name, values in columns.items()})
            for k, picture in enumerate(pictures)
        )
        if self.transform is None:
            samples.whole = self._part.pack(images, labels, columns)
        return samples


def _row(labels: Labels, k: int) -> Any:
    if isinstance(labels, dict):
        return {name: values[k] for name, values in labels.items()}
    return None if labels is None else labels[k]
