"""Data sets as recipes: images that are drawn when they are asked for, of files, arrays or tables."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plotmill import _core, notebook
from plotmill._columns import write_records
from plotmill._log import Names, log, renamed
from plotmill._recipe import Recipe, check_window_times
from plotmill._samples import SampleRenderers, WindowSamples, drawn_fields, read_samples
from plotmill._sources import Source, find_source
from plotmill.arrays import to_numpy
from plotmill.errors import ExistingFileError, InputError, MissingFileError, check_exists, of_file
from plotmill.images import Column, Images, ImageSet, find_indices, parse, place_for
from plotmill.options import check_keywords, option_table, option_texts

__all__ = ["Dataset", "Images"]

Progress = Callable[[dict[str, Any]], object]
Path = str | os.PathLike[str]

# Columns of the table of windows that are not stored beside images.
OF_WINDOWS = ("window_start", "sample", "values", "rows_before")


class Live:
    """What a process has open."""

    def __init__(self, dataset: Dataset) -> None:
        owner = weakref.ref(dataset)  # else the two would be freed by the garbage collector alone, when it comes to them

        def report(level: int, line: str) -> None:
            found = owner()
            if found is not None:
                found._log(level, line)

        self.handle = _core.Handle(report)
        self.source: _core.Source | None = None
        self.names: Names = {}  # of temporary files, in messages
        self.table: _core.Reader | None = None
        self.renderer: _core.Renderer | None = None
        self.samples: NDArray[np.uint64] | None = None
        self.drawers: SampleRenderers | None = None
        self.output: str | None = None


class Dataset(ImageSet):
    """Images of the windows of a source, drawn when they are asked for.

    The images, their order and what lies beside them are those that ``plotmill render`` stores with the same options.
    ``len``, labels and the other columns open no device; the first image does. It may be pickled, for worker processes:
    what they get is the recipe, which they open by themselves at first use. A process that was forked after an image
    was drawn cannot draw: start workers by spawn. Several threads may use it; they wait for each other.

    Parameters
    ----------
    source : path, list of paths, array, or table
        Files: all that the command reads (CSV, .zip, HDF5, .npy, ...), and Parquet, Feather and Arrow files where
        pyarrow is installed. Arrays: a series (T), (T, F), or ready sequences (N, T), (N, T, F), of NumPy or any other
        library, also a dict of arrays (N, T). Columns of tables (pandas, Polars, Arrow, records, dicts) are fields; texts
        may be groups and labels, and times are those of a column or an index of dates. None: the option `input`.
        Arrays and tables are taken as they are now: later changes do not change the data set. What can be written to
        is copied; an array that is read-only, such as ``np.load(path, mmap_mode="r")``, is not.
    options : mapping, or str, optional
        Options by name; or a preset or chart file, as the option `chart`; or a job document, as a file or a text, over
        which options by name prevail, as the command line does over a job file.
    windows : path, table, array, or mapping, optional
        A table of windows: CSV, .npy, Parquet or Feather, a data frame, or a dict of arrays, with the column `start`
        (the row of the source that a window begins with), optionally `group` and `split`; all other columns are labels.
        An array of whole numbers is the column `start`. A mapping without `start` is more options.
    **keywords
        Options by name, with _ for -: window=60, stride=10, size=(224, 224), label="return:5", split=(0.7, 0.15, 0.15),
        group_by="ticker", ... ``plotmill.options()`` lists them. An option that `options` or `windows` give by name too,
        with another value, is refused. None: not given.
    """

    def __init__(
        self,
        source: Any,
        options: Mapping[str, Any] | str | os.PathLike[str] | None = None,
        windows: Any = None,
        **keywords: Any,
    ) -> None:
        super().__init__()
        recipe = Recipe(options, windows, keywords)
        self._document, self._windows, self._texts = recipe.document, recipe.windows, recipe.texts
        self._source: Source = find_source(source, to_numpy)
        self._about()
        times = self.timestamps if recipe.window_times else None
        if times is not None and self._windows is not None:
            starts = next(column.values for column in self._windows if column.name == "start")
            assert isinstance(starts, np.ndarray)
            check_window_times(recipe.window_times, starts, self.window_start, times)

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("_document", "_windows", "_texts", "_source")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._reset()
        self.__dict__.update(state)

    # What is open; with the lock.

    def _log(self, level: int, line: str) -> None:
        drawers = self._live.drawers if self._live is not None else None
        if drawers is not None and drawers.loading:
            return
        for path, name in list(self._live.names.items() if self._live is not None else ()):
            line = line.replace(path, name)
        log(level, line)

    def _named(self, text: str) -> str:
        """JSON of the library, with what the caller gave in place of temporary files."""
        for path, name in self._state().names.items():
            text = text.replace(json.dumps(path)[1:-1], json.dumps(name)[1:-1])
        return text

    def _state(self) -> Live:
        if self._live is None:
            self._live = Live(self)
        live: Live = self._live
        return live

    @contextlib.contextmanager
    def _options(self, **further: str) -> Iterator[_core.Options]:
        """The options in effect, with the table of windows as a file."""
        texts = {**self._texts, **{name.replace("_", "-"): text for name, text in further.items()}}
        handle = self._state().handle
        if self._windows is None:
            yield handle.options(texts, self._document)
            return
        with tempfile.TemporaryDirectory(prefix="plotmill-") as folder:
            path = os.path.join(folder, "windows.npy")
            write_records(path, self._windows)
            with renamed({f"windows {path}": "windows", path: "the table of windows"}):
                yield handle.options({**texts, "windows": path}, self._document)

    def _opened(self) -> _core.Source:
        live = self._state()
        if live.source is None:
            options = live.handle.options(self._texts, self._document)
            live.source = self._source.open(live.handle, options, live.names)
        return live.source

    def _table(self) -> _core.Reader:
        live = self._state()
        if live.table is None:
            source = self._opened()
            with renamed(live.names), self._options() as options:
                if table := options.get("windows"):
                    check_exists(table)
                live.table = live.handle.windows(options, source)
                live.output = options.get("output")
        return live.table

    def _renderer(self) -> _core.Renderer:
        live = self._state()
        if live.renderer is None:
            table, source = self._table(), self._opened()
            options = live.handle.options({**self._texts, "dtype": "u8", "layout": "auto"}, self._document)
            renderer = live.handle.renderer(options)
            with renamed(live.names):
                renderer.load(source)
            every = np.arange(len(self), dtype=np.uint64)
            live.samples = np.empty(len(every), np.uint64)
            table.column("sample", every, live.samples)
            live.renderer = renderer
        return live.renderer

    def _describe(self) -> dict[str, Any]:
        return parse(self._table().describe())

    def _read_column(self, column: Column, indices: NDArray[np.uint64], out: NDArray[Any]) -> None:
        self._table().column(column.name, indices, out)

    def _starts(self, indices: NDArray[np.uint64]) -> NDArray[np.int64]:
        starts = np.empty(len(indices), np.int64)
        self._table().column("window_start", indices, starts)
        return starts

    def _draw(self, indices: NDArray[np.uint64], out: NDArray[np.uint8], y_range: NDArray[np.float64] | None) -> None:
        if not len(indices):
            return
        renderer, live = self._renderer(), self._state()
        assert live.samples is not None
        with renamed(live.names):
            renderer.render(out, len(indices), live.samples[indices], y_range=y_range)

    # Samples.

    def samples(self, indices: Any) -> NDArray[np.float64]:
        """The samples that images show, as the source has them: float64 (n, window, fields), missing NaN.

        The fields are `source["values"]`: those that the chart is made of, before averages are computed, and those of
        labels.
        """
        found = self._samples(indices)
        return found.values[:, found.reach :]

    def window_samples(self, indices: Any) -> WindowSamples:
        return drawn_fields(self._samples(indices), self.spec)

    def _samples(self, indices: Any) -> WindowSamples:
        found = find_indices(indices, len(self))[0]
        with self._locked():
            source = parse(self._opened().describe())
            widths = {name: column.width for name, column in super()._columns().items()}
            with renamed(self._state().names):
                return read_samples(self._table(), widths, source, self.spec, found)

    def draw_samples(
        self, samples: WindowSamples, out: NDArray[np.uint8], line_widths: NDArray[np.float64] | None = None
    ) -> None:
        with self._locked():
            live = self._state()
            if live.drawers is None:
                options = live.handle.options(self._texts, self._document)
                live.drawers = SampleRenderers(live.handle, options, self.shape, self.window)
            plain = place_for(out, (len(samples.values), *self.shape))
            live.drawers.draw(samples, plain, line_widths)
        if plain is not out:
            out[...] = plain

    def _columns(self) -> dict[str, Column]:
        columns = super()._columns()
        return {name: column for name, column in columns.items() if name not in OF_WINDOWS}

    # Beside the images.

    @property
    def info(self) -> dict[str, Any]:
        """What the job's report says of the windows: images in all, per part and per class, left out, embargoed."""
        return dict(self._about()["counts"])

    @property
    def fields(self) -> list[str]:
        """The names of all fields of the source: columns of a table, fields of an array. []: they have no names."""
        with self._locked():
            found: list[str] = parse(self._opened().describe())["fields"]
            return found

    @property
    def source(self) -> dict[str, Any]:
        """What is known of the source: samples, fields, groups, first and last time, how its text was read."""
        with self._locked():
            return parse(self._named(self._opened().describe()))

    @property
    def window(self) -> int:
        """Samples per image."""
        return int(self.spec["window"])

    def save(
        self, path: Path | None = None, *, progress: bool | Progress | None = None, **output: Any
    ) -> dict[str, Any]:
        """Store the images: the job that ``plotmill render`` runs.

        Parameters
        ----------
        path : str or path, optional
            A file (.h5, .npy, .npz, .dat, .tar), or with format="png" or "jpeg" a folder. "null:" stores nothing, and
            "hash:" nothing but the hash in the report. None: the option `output` of the job document.
        progress : bool or function, optional
            None: a bar in notebooks and on terminals, where tqdm is installed. True: a bar; False: none. A function is
            called with a dict (done, images, seconds, device, ...); a true value that it returns cancels the job.
        **output
            Options of the scopes output and device: format, compress, dtype, layout, images_per_file, force, ...

        Returns
        -------
        dict
            The report of the job.
        """
        table = option_table()
        check_keywords(output, "save", table, ("path", "progress"))
        texts = option_texts(output)
        for name in texts:
            if table[name]["scope"] not in ("output", "device", "general"):
                raise TypeError(f"save: {name} is not an option of outputs: give it to Dataset(...)")
        if path is not None and not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"save: found {type(path).__name__}, expected a path")
        if not (progress is None or isinstance(progress, bool) or callable(progress)):
            raise TypeError(f"save: progress: found {progress!r}, expected True, False, None or a function")
        if path is not None:
            texts["output"] = os.fspath(path)
        with self._locked():
            self._table()
            if path is None and not self._state().output:
                raise TypeError("save: expected a path, or the option output in the job document")
            with contextlib.ExitStack() as stack:
                show = progress if callable(progress) else stack.enter_context(
                    notebook.progress(texts.get("output") or self._state().output or "", progress)
                )
                stack.enter_context(renamed(self._state().names))
                options = stack.enter_context(self._options(**texts))
                target = options.get("output") or ""
                folder = os.path.dirname(target.rstrip("/"))
                if folder and not os.path.isdir(folder):
                    raise of_file(MissingFileError, folder, f"{target}: no such folder: {folder}")
                try:
                    return parse(self._named(self._state().handle.run(options, self._opened(), show)))
                except InputError as error:
                    if options.get("force") != "true" and os.path.lexists(target) and self._runs_forced(texts):
                        raise of_file(ExistingFileError, target, str(error)) from None
                    raise

    def _runs_forced(self, texts: Mapping[str, str]) -> bool:
        """Whether a job that was refused would run if it replaced its output."""
        try:
            with self._options(**{**texts, "force": "true", "dry-run": "true"}) as options:
                self._state().handle.run(options, self._opened())
        except InputError:
            return False
        return True

    def _title(self) -> str:
        return f"Dataset {self._source.title!r}"
