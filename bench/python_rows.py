"""What bench/python compares: each way to get shuffled batches of chart images in Python, as a class.

A way is measured in a process of its own, which takes one line of JSON on standard input per measurement. What it needs
is imported there, so that a missing package leaves out that way alone.
"""
import itertools
import os
import time

import numpy as np

PAPER, INK = 255, 0


class Way:
    """One way. `title` is the row of the table, `needs` the packages, `kinds` what it can draw or read."""

    title, needs, kinds = "", (), ("binary", "antialiased")
    warm = 2  # batches that are not timed, each time: those that wait already
    exact = False  # draws or reads plotmill's pixels
    goal = None  # the share of the rate of `plotmill render -o null:` that it must reach
    memory = False  # its resident memory is measured over epochs

    def __init__(self, job):
        self.job = job
        self.batch, self.window, self.count = job["batch"], job["window"], job["windows"]
        self.width, self.height = job["width"], job["height"]
        self.antialias = job["kind"] == "antialiased"
        self.random = np.random.default_rng(7)

    def series(self):
        return np.load(self.job["walk"])

    def options(self):
        return {"window": self.window, "size": (self.width, self.height), "line_width": self.job["line_width"],
                "antialias": self.antialias}

    def shuffled(self, count):
        """Batches of indices of one epoch."""
        order = self.random.permutation(count)
        return (order[first:first + self.batch] for first in range(0, count, self.batch))

    def epoch(self):
        """Yields the number of images of each batch."""
        raise NotImplementedError

    def endless(self):
        return itertools.chain.from_iterable(self.epoch() for _ in itertools.count())

    def first(self, count):
        """The images of the stored windows 0 .. count - 1: those that begin at 0, step, 2 step ..."""
        raise NotImplementedError

    def starts(self, count):
        return np.arange(count) * self.job["step"]


class RendererView(Way):
    title, exact, memory, goal = "Renderer.at(view=True)", True, True, 0.8

    def __init__(self, job):
        super().__init__(job)
        import plotmill
        self.renderer = plotmill.Renderer(**self.options())
        self.renderer.load(self.series())

    def draw(self, starts):
        return self.renderer.at(None, starts, view=True)

    def epoch(self):
        for indices in self.shuffled(self.count):
            yield len(self.draw(indices))

    def first(self, count):
        return self.draw(self.starts(count)).copy()


class RendererOut(RendererView):
    title, memory = "Renderer.at(out=...)", False

    def __init__(self, job):
        super().__init__(job)
        self.out = np.empty((self.batch, self.height, self.width), np.uint8)

    def draw(self, starts):
        return self.renderer.at(None, starts, out=self.out[:len(starts)])


class RendererOwn(RendererView):
    title, memory, goal = "Renderer.at", True, 0.5

    def draw(self, starts):
        return self.renderer.at(None, starts)


class DatasetOwn(Way):
    title, exact, memory, goal = "Dataset[indices]", True, True, 0.5

    def __init__(self, job):
        super().__init__(job)
        import plotmill
        self.data = plotmill.Dataset(self.series(), **self.options())

    def draw(self, indices):
        return self.data[indices]

    def epoch(self):
        for indices in self.shuffled(self.count):
            yield len(self.draw(indices))

    def first(self, count):
        return np.array(self.draw(self.starts(count)))


class DatasetOut(DatasetOwn):
    title, memory, goal = "Dataset.read(indices, out)", False, 0.8

    def __init__(self, job):
        super().__init__(job)
        self.out = np.empty((self.batch, self.height, self.width), np.uint8)

    def draw(self, indices):
        return self.data.read(indices, out=self.out[:len(indices)])


class LoaderOwn(Way):
    title, needs, exact, memory, goal = "torch.Loader", ("torch",), True, True, 0.5
    warm, reuse = 6, False

    def __init__(self, job):
        super().__init__(job)
        import plotmill
        import plotmill.torch
        self.data = plotmill.Dataset(self.series(), **self.options())
        self.loader = plotmill.torch.Loader(self.data, self.batch, shuffle=True, seed=1, dtype="uint8", reuse=self.reuse,
                                            labels=False)

    def epoch(self):
        for images in self.loader:
            yield len(images)

    def first(self, count):
        import plotmill.torch
        chosen = self.data.subset(self.starts(count))
        loader = plotmill.torch.Loader(chosen, count, dtype="uint8", reuse=self.reuse, labels=False)
        return next(iter(loader)).numpy()[:, 0].copy()


class LoaderReuse(LoaderOwn):
    title, reuse, goal = "torch.Loader(reuse=True)", True, 0.8


class Opened(Way):
    """Our own reader of stored images, in one process."""

    title, exact = "plotmill.open(HDF5)[indices]", True

    def __init__(self, job):
        super().__init__(job)
        import plotmill
        self.data = plotmill.open(job["stored"][".h5"])

    def epoch(self):
        for indices in self.shuffled(self.job["kept"]):
            yield len(self.data[indices])

    def first(self, count):
        return self.data[np.arange(count)]


# Peers: a DataLoader of two workers. Each draws or reads whole batches (__getitems__), as fast as it can.


class Loaded(Way):
    """Indices are given to the workers in batches, which come back as one tensor."""

    needs, warm, workers = ("torch",), 8, 2

    def __init__(self, job):
        super().__init__(job)
        import torch
        torch.set_num_threads(1)
        self.torch = torch
        self.data = self
        self.loader = None

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return self.__getitems__([index])[0]

    def __getitems__(self, indices):
        return self.torch.from_numpy(self.items(np.asarray(indices)))

    def __getstate__(self):
        return {**self.__dict__, "loader": None, "data": None, "torch": None, "opened": None}

    def __setstate__(self, state):
        import torch
        self.__dict__.update(state, torch=torch)

    def epoch(self):
        if self.loader is None:
            self.loader = self.torch.utils.data.DataLoader(self, self.batch, shuffle=True, num_workers=self.workers,
                                                           collate_fn=same, persistent_workers=True)
        for images in self.loader:
            yield len(images)

    def first(self, count):
        return self.items(self.starts(count))


def same(batch):
    return batch


class OpenCV(Loaded):
    title, needs = "OpenCV polylines, DataLoader of 2 workers", ("torch", "cv2")

    def __init__(self, job):
        super().__init__(job)
        self.walk = self.series()
        self.thickness = max(1, int(job["line_width"]))  # whole pixels only: the faster of the two nearest

    def items(self, starts):
        import cv2
        cv2.setNumThreads(1)
        images = np.full((len(starts), self.height, self.width), PAPER, np.uint8)
        x = np.arange(self.window) * ((self.width - 1) / (self.window - 1))
        points = np.empty((self.window, 2), np.int32)
        points[:, 0] = np.rint(16 * x)
        line = cv2.LINE_AA if self.antialias else cv2.LINE_8
        for image, start in zip(images, starts):
            values = self.walk[start:start + self.window]
            low, high = values.min(), values.max()
            u = (high - values) / (high - low) if high > low else np.full(self.window, 0.5)
            points[:, 1] = np.rint(16 * u * (self.height - 1))
            cv2.polylines(image, [points], False, INK, self.thickness, line, 4)
        return images


class Matplotlib(Loaded):
    title, needs, kinds = "matplotlib, DataLoader of 2 workers", ("torch", "matplotlib"), ("antialiased",)
    warm = 1

    def __init__(self, job):
        super().__init__(job)
        self.walk, self.opened = self.series(), None

    def figure(self):
        """One figure whose line is replaced: a figure per image takes many times as long."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        figure = Figure(figsize=(self.width / 100, self.height / 100), dpi=100)
        axes = figure.add_axes([0, 0, 1, 1])
        axes.set_axis_off()
        line, = axes.plot(np.arange(self.window), np.zeros(self.window), "k", linewidth=self.job["line_width"] * 0.72)
        axes.set_xlim(0, self.window - 1)
        return FigureCanvasAgg(figure), axes, line

    def items(self, starts):
        if self.opened is None:
            self.opened = self.figure()
        canvas, axes, line = self.opened
        images = np.empty((len(starts), self.height, self.width), np.uint8)
        for image, start in zip(images, starts):
            values = self.walk[start:start + self.window]
            line.set_ydata(values)
            axes.set_ylim(values.min(), max(values.max(), values.min() + 1e-9))
            canvas.draw()
            image[...] = np.asarray(canvas.buffer_rgba())[:, :, 0]
        return images


class Stored(Loaded):
    """Reads what plotmill has stored, from the page cache."""

    exact = True

    def __init__(self, job):
        super().__init__(job)
        self.count, self.opened = job["kept"], None

    def first(self, count):
        return self.items(np.arange(count))


class HDF5(Stored):
    title, needs = "our HDF5 by h5py, DataLoader of 2 workers", ("torch", "h5py")

    def items(self, indices):
        if self.opened is None or self.opened[0] != os.getpid():
            import h5py
            self.opened = os.getpid(), h5py.File(self.job["stored"][".h5"])["images"]
        images = np.empty((len(indices), self.height, self.width), np.uint8)
        for k, i in enumerate(indices):
            self.opened[1].read_direct(images, np.s_[i], np.s_[k])
        return images


class Npy(Stored):
    title, kinds = "our .npy by NumPy, DataLoader of 2 workers", ("binary",)  # as many bytes when antialiased

    def items(self, indices):
        if self.opened is None:
            self.opened = np.load(self.job["stored"][".npy"], mmap_mode="r")
        return self.opened[indices]


class Tar(Way):
    title, needs, exact, warm = "our tar by webdataset, DataLoader of 2 workers", ("torch", "webdataset", "PIL"), True, 8

    def __init__(self, job):
        super().__init__(job)
        import torch
        torch.set_num_threads(1)
        self.shards, self.loader = job["stored"][".tar"], None

    def pipeline(self, shuffle):
        import webdataset as wds
        data = wds.WebDataset(self.shards, shardshuffle=len(self.shards) if shuffle else False,
                              nodesplitter=None, empty_check=False)
        data = data.shuffle(1000) if shuffle else data
        return data.decode("l8").to_tuple("png").batched(self.batch if shuffle else 1, partial=True)

    def epoch(self):
        if self.loader is None:
            import webdataset as wds
            self.loader = wds.WebLoader(self.pipeline(True), batch_size=None, num_workers=2, persistent_workers=True)
        for images, in self.loader:
            yield len(images)

    def first(self, count):
        return np.stack([np.asarray(images[0]) for images, in itertools.islice(self.pipeline(False), count)])


class Dali(Way):
    title, needs, exact, warm = "our tar by NVIDIA DALI, 2 threads on the CPU", ("nvidia.dali",), True, 4

    def pipeline(self, batch, shuffle):
        from nvidia.dali import fn, pipeline_def, types

        @pipeline_def(batch_size=batch, num_threads=2, device_id=None, prefetch_queue_depth=2)
        def read():
            encoded = fn.readers.webdataset(paths=self.job["stored"][".tar"], ext=["png"], random_shuffle=shuffle,
                                            initial_fill=1000 if shuffle else 1, name="tar")
            return fn.decoders.image(encoded, device="cpu", output_type=types.GRAY)
        made = read()
        made.build()
        return made

    def epoch(self):
        made = self.made = getattr(self, "made", None) or self.pipeline(self.batch, True)
        for _ in range(self.job["kept"] // self.batch):
            images, = made.run()
            yield len(images)

    def first(self, count):
        images, = self.pipeline(count, False).run()
        return images.as_array()[..., 0]


WAYS = {each.__name__: each for each in (
    RendererView, RendererOut, RendererOwn, DatasetOut, DatasetOwn, LoaderReuse, LoaderOwn, Opened, OpenCV, Matplotlib,
    HDF5, Npy, Tar, Dali)}
ABSENT = {
    "FFCV": "not compared: pip cannot build it without the development files of OpenCV and libjpeg-turbo, and it reads "
            "a format of its own",
}


def resident():
    """Resident memory of this process, bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(batches, warm, seconds):
    """Images per second of the next batches, at least `seconds` long."""
    for _ in range(warm):
        next(batches)
    images, begin = 0, time.perf_counter()
    while (now := time.perf_counter()) < begin + seconds:
        images += next(batches)
    return images / (now - begin) if images else 0.0


def epochs(way, count):
    """Resident memory at the end of each epoch, bytes."""
    found = []
    for _ in range(count):
        for _ in way.epoch():
            pass
        found.append(resident())
    return found
