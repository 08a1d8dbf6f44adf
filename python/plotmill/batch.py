"""Batches of rows to images, in the engines that map a function over batches: Ray Data, Dask, Spark."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plotmill._arguments import Encoding, check_encode
from plotmill._option_types import DrawOptions
from plotmill._render import shared_renderers
from plotmill.arrays import to_numpy
from plotmill.errors import InputError
from plotmill.options import DRAW, check_keywords, documented, option_texts
from plotmill.renderer import Renderer

if TYPE_CHECKING:
    from typing_extensions import Unpack

# Options that choose windows of a series. Here a row is an image.
OTHER = frozenset(("column", "axes", "from", "to", "group-by", "time", "limit"))
PARAMETERS = ("column", "window", "encode", "image")


@documented(DrawOptions)
class RenderBatch:
    """A function that draws an image for each row of a batch, for ``map_batches`` of Ray Data and the like.

    Parameters
    ----------
    column : str, sequence of str, or mapping
        The column whose values are the windows: lists of T numbers, or arrays (T, F), whose fields the option columns
        names. Several columns are the fields of the chart by these names; a mapping gives the column of each field:
        ``{"close": "price"}``.
    window : int, optional
        What T must be. None: the rows of a batch decide.
    encode : {'png', 'jpeg', 'zlib'}, optional
        Add files, or streams of zlib, as bytes in place of pixels.
    image : str, default: 'image'
        The name of the column that is added.
    {options}

    Notes
    -----
    A batch is a dict of arrays, a table or record batch of Arrow, or a data frame of pandas or Polars; what is returned
    is of the same kind, with all its columns and the new one. Pixels are an array (N, H, W) or (N, H, W, C) in a dict, a
    column of tensors in Arrow, of arrays in pandas, of fixed-size arrays in Polars.

    A batch can be processed again, on any machine: the bytes are the same. The object holds options alone and can be
    pickled. Each process makes one renderer for them when it draws first, which plotmill.render() with the same options
    also uses; threads wait for each other.

    Examples
    --------
    >>> ds = ray.data.read_parquet("windows.parquet").map_batches(
    ...     plotmill.RenderBatch("values", window=100, size=(224, 224), encode="png"))
    """

    def __init__(
        self,
        column: str | Sequence[str] | Mapping[str, str],
        /,
        window: int | None = None,
        *,
        encode: Encoding | None = None,
        image: str = "image",
        **options: Unpack[DrawOptions],
    ) -> None:
        check_keywords(options, "RenderBatch", DRAW - OTHER, PARAMETERS)
        check_encode(encode, options.get("quality"))
        self.column: str | dict[str, str]
        if isinstance(column, str):
            self.column = column
        else:
            self.column = dict(column) if isinstance(column, Mapping) else {name: name for name in column}
            if not self.column:
                raise InputError("column: found none, expected the name of at least one column")
        self.window, self.encode, self.image = window, encode, image
        self.options: dict[str, Any] = copy.deepcopy(dict(options))  # a chart may be changed later
        option_texts({**self.options, "window": window})  # refuses what is no value of an option

    def __repr__(self) -> str:
        options = {"window": self.window, "encode": self.encode, "image": self.image, **self.options}
        words = [f"{name}={value!r}" for name, value in options.items() if value is not None]
        return f"plotmill.RenderBatch({', '.join([repr(self.column), *words])})"

    def __call__(self, batch: Any) -> Any:
        """Draw a batch.

        Parameters
        ----------
        batch : dict of arrays, pyarrow.Table, pyarrow.RecordBatch, pandas.DataFrame or polars.DataFrame
            N rows.

        Returns
        -------
        of the same kind
            Its columns and the images, N rows.

        Raises
        ------
        InputError
            A column that is missing, or has values of different lengths, or the name of the images is taken.
        """
        kind = type(batch).__module__.partition(".")[0]
        if isinstance(batch, Mapping):
            return {**batch, self.image: self._draw(batch, list(batch))}
        if kind == "pandas":
            return batch.assign(**{self.image: _objects(self._draw(batch, list(batch.columns)))})
        if kind == "polars":
            return _with_polars(batch, self.image, self._draw(batch, batch.columns))
        if kind == "pyarrow":
            return _with_arrow(batch, self.image, self._draw(batch, batch.schema.names))
        raise TypeError(
            f"batch: found {type(batch).__name__}, expected a dict of arrays, or a table of Arrow, pandas or Polars"
        )

    def _draw(self, batch: Any, names: list[Any]) -> Any:
        """An array of pixels, or an array of bytes objects."""
        if self.image in names:
            raise InputError(f"the batch has a column {self.image!r} already: choose another name by image=")
        wanted = [self.column] if isinstance(self.column, str) else list(self.column.values())
        for name in wanted:
            if name not in names:
                raise InputError(f"column {name!r}: not found; the batch has {', '.join(map(str, names)) or 'no column'}")
        renderer = shared_renderers().renderer(self.window, 1, self.options)
        if not len(batch[wanted[0]]):
            return self._nothing(renderer)
        arrays = [self._windows(batch[name], name) for name in wanted]
        values: Any = arrays[0]
        if not isinstance(self.column, str):
            if any(array.ndim != 2 for array in arrays):
                raise InputError("column: found arrays (T, F) in several columns, expected numbers in each")
            values = dict(zip(self.column, arrays))
        images = renderer(values, encode=self.encode)
        if len(images) != len(arrays[0]):
            raise InputError(f"{len(arrays[0])} rows gave {len(images)} images: expected the window to be a row's length")
        return images if self.encode is None else _array_of(images)

    def _nothing(self, renderer: Renderer) -> NDArray[Any]:
        """For engines that try a function with a batch of no rows."""
        if self.encode is not None:
            return np.empty(0, object)
        if renderer.shape is None:
            raise InputError("the batch has no rows, and the size of the chart depends on their length: give the window")
        return np.empty((0, *renderer.shape), renderer.dtype)

    def _windows(self, column: Any, name: str) -> NDArray[Any]:
        """A column as an array (N, T) or (N, T, F)."""
        found = to_numpy(column, name)
        if found.ndim not in (2, 3):
            what = "single numbers" if found.ndim == 1 else f"values of {found.ndim - 1} axes"
            raise InputError(f"column {name!r}: found {what}, expected lists of numbers, or arrays (T, F): a window in each")
        if self.window is not None and found.shape[1] != self.window:
            raise InputError(f"column {name!r}: found rows of {found.shape[1]} values, expected {self.window}, the window")
        return found


def _array_of(items: Any) -> NDArray[Any]:
    """One object for each item, whatever its shape."""
    found = np.empty(len(items), object)
    for i, item in enumerate(items):
        found[i] = item
    return found


def _objects(images: NDArray[Any]) -> NDArray[Any]:
    """A column of arrays. Each has memory of its own, so that one row does not keep the others."""
    return images if images.dtype == object else _array_of([image.copy() for image in images])


def _with_arrow(batch: Any, name: str, images: NDArray[Any]) -> Any:
    import pyarrow

    if images.dtype == object:
        column = pyarrow.array(images.tolist(), pyarrow.large_binary())
    elif len(images):
        column = pyarrow.FixedShapeTensorArray.from_numpy_ndarray(images)
    else:
        kind = pyarrow.fixed_shape_tensor(pyarrow.from_numpy_dtype(images.dtype), images.shape[1:])
        storage = pyarrow.array([], kind.storage_type)
        column = pyarrow.ExtensionArray.from_storage(kind, storage)
    if isinstance(batch, pyarrow.RecordBatch):
        schema = batch.schema.append(pyarrow.field(name, column.type))
        return pyarrow.RecordBatch.from_arrays([*batch.columns, column], schema=schema)
    return batch.append_column(name, column)


def _with_polars(batch: Any, name: str, images: NDArray[Any]) -> Any:
    import polars

    if images.dtype == object:
        return batch.with_columns(polars.Series(name, images.tolist(), polars.Binary))
    if not len(images):
        inner = polars.Series(np.zeros(1, images.dtype)).dtype
        return batch.with_columns(polars.Series(name, [], polars.Array(inner, images.shape[1:])))
    return batch.with_columns(polars.Series(name, images))


__all__ = ["RenderBatch"]
