"""Batches of charts as PyTorch tensors: `Loader` draws whole batches in the background, `MapDataset` serves a DataLoader.

    loader = plotmill.torch.Loader(dataset, 256, shuffle=True, seed=1, normalize="train")
    for epoch in range(10):
        loader.set_epoch(epoch)
        for images, labels in loader:
            ...

Both take whatever has the interface `plotmill.dataset.Images`: a live `Dataset`, stored images from `plotmill.open`.
"""

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise ImportError("plotmill.torch needs PyTorch: pip install torch") from error

from plotmill.torch.loader import Loader
from plotmill.torch.map_dataset import MapDataset, collate

__all__ = ["Loader", "MapDataset", "collate"]
