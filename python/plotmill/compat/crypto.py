"""The interface of a CuPy pipeline for charts of crypto prices. Its scripts run with the import changed:

    from plotmill.compat.crypto import GPURenderer, create_images_from_data, load_images_from_storage

Images are those of `plotmill render`: lines are the strokes of the chart `line`, bars the chart `crypto`, both without
grey edges. They are float32, 1 white and 0 black. Everything works on a GPU or a CPU. Files need h5py.

What is different: missing values (NaN) leave a gap; a line is a stroke with round ends and joins instead of squares
along it; bars are placed by exact quotients; an open outside of low..high also leaves a pixel in the bar's middle
column; and a GPU and a CPU draw the same.
"""

from __future__ import annotations

import operator
from typing import Any

from numpy.typing import NDArray

from plotmill.compat import _storage
from plotmill.compat._create import COLUMNS, create_images_from_data, create_ohlc_sequences, create_price_sequences
from plotmill.compat._renderer import GPURenderer, Renderer, logger

__all__ = [
    "COLUMNS",
    "GPURenderer",
    "Renderer",
    "create_images_from_data",
    "create_ohlc_sequences",
    "create_price_sequences",
    "get_storage_info",
    "load_images_from_storage",
    "load_single_image",
    "logger",
]


def load_images_from_storage(file_path: str, storage_format: str = "hdf5", indices: _storage.Indices = None
                             ) -> tuple[NDArray[Any], NDArray[Any], dict[str, Any]]:
    """Reads images with their sequences.

    Parameters
    ----------
    file_path : str
        A file in either form, or the output_path of batch mode.
    storage_format : str
        'hdf5'.
    indices : slice or list of int
        The images to read, in this order; all without it.

    Returns
    -------
    images : (N, H, W)
        As stored: float32 of 0 to 1. Of the form index_based_implicit they are drawn now.
    sequences : (N, T) or (N, T, 4)
    metadata : dict
        The attributes of the file.
    """
    _storage.check_format(storage_format)
    with _storage.opened(file_path) as storage:
        wanted = storage.indices(indices)
        return storage.images(wanted), storage.sequences(wanted), storage.metadata


def load_single_image(file_path: str, image_index: int = 0) -> NDArray[Any]:
    """Reads one image (H, W) of a file in either form."""
    with _storage.opened(file_path) as storage:
        image: NDArray[Any] = storage.images(storage.indices([operator.index(image_index)]))[0]
        return image


def get_storage_info(file_path: str, storage_format: str = "hdf5") -> dict[str, Any]:
    """What a file in either form holds: num_images, image_shape, sequence_length, file_size_mb and metadata."""
    _storage.check_format(storage_format)
    with _storage.opened(file_path) as storage:
        return {"num_images": storage.count, "image_shape": storage.image_shape,
                "sequence_length": storage.sequence_length, "file_size_mb": _storage.size_mb(storage),
                "metadata": storage.metadata}
