"""The peers of bench/peers: the same line images drawn by other programs, into memory or files.

A drawer takes vertices (N, SAMPLES, 2) in pixels and a ring of images (R, HEIGHT, WIDTH), and yields N finished images,
one at a time; image i may be overwritten once R more were drawn. A storer takes a drawer, the first image, the number
of images and a folder of its own. Both run in the worker processes of bench/peers, which inherit `series`.
"""
import functools
import io
import itertools
import os
import tarfile

import numpy as np

WIDTH, HEIGHT, SAMPLES, LINE_WIDTH = 800, 500, 100, 3
PAPER, INK = 255, 0
CORES = len(os.sched_getaffinity(0))
RING = (64 << 20) // CORES // (WIDTH * HEIGHT)  # images per worker that stay in memory
BLOCK = 16  # images per write to HDF5
POINTS = 16  # per segment, of the NumPy-style renderer

series = {}  # name: (N, SAMPLES) or (N, SAMPLES, fields) float64; each row becomes an image


def vertices(block):
    """(N, SAMPLES, 2) float64 in pixels, as plotmill places them: each image from its lowest to its highest sample."""
    low, high = block.min(1, keepdims=True), block.max(1, keepdims=True)
    points = np.empty((*block.shape, 2))
    points[..., 0] = np.arange(SAMPLES) * ((WIDTH - 1) / (SAMPLES - 1))
    points[..., 1] = (high - block) / (high - low) * (HEIGHT - 1)
    return points


@functools.lru_cache
def ring_of(images):
    return np.full((images, HEIGHT, WIDTH), PAPER, np.uint8)


def opencv(points, ring, antialias, thickness=LINE_WIDTH):
    import cv2
    kind, fraction = cv2.LINE_AA if antialias else cv2.LINE_8, 6  # vertices in 1/64 px
    for image, line in zip(itertools.cycle(ring), np.rint(points * (1 << fraction)).astype(np.int32)):
        image.fill(PAPER)
        cv2.polylines(image, [line], False, INK, thickness, kind, fraction)
        yield image


def pillow(points, ring):
    """Pillow allocates its own images; as many are kept as the ring holds."""
    from PIL import Image, ImageDraw
    kept = [None] * len(ring)
    for i, line in enumerate(points.reshape(len(points), -1).tolist()):
        image = kept[i % len(ring)] = Image.new("L", (WIDTH, HEIGHT), PAPER)
        ImageDraw.Draw(image).line(line, fill=INK, width=LINE_WIDTH)
        yield image


def cairo(points, ring, quality):
    """The fastest way to 8-bit images: coverage in an A8 surface, so ink is 255 on paper 0."""
    import cairo as lib
    for image, line in zip(itertools.cycle(ring), points.tolist()):
        image.fill(0)
        surface = lib.ImageSurface.create_for_data(image, lib.FORMAT_A8, WIDTH, HEIGHT)
        context = lib.Context(surface)
        context.translate(0.5, 0.5)
        context.set_antialias(getattr(lib, f"ANTIALIAS_{quality}"))
        context.set_line_width(LINE_WIDTH)
        context.set_line_join(lib.LINE_JOIN_ROUND)
        context.set_line_cap(lib.LINE_CAP_ROUND)
        line_to = context.line_to
        for x, y in line:
            line_to(x, y)
        context.stroke()
        surface.flush()
        yield image


def numpy_style(points, ring):
    """A whole batch at once: POINTS points along each segment, each drawn as a square of 3x3 pixels."""
    along = np.linspace(0, 1, POINTS)
    for begin in range(0, len(points), len(ring)):
        block = points[begin:begin + len(ring)]
        images = ring[:len(block)]
        images.fill(PAPER)
        start, step = block[:, :-1, None], np.diff(block, axis=1)[:, :, None]
        places = np.rint(start + step * along[:, None]).astype(np.intp).reshape(len(block), -1, 2)
        rows = np.arange(len(block))[:, None]
        for dx, dy in itertools.product((-1, 0, 1), repeat=2):
            x, y = np.clip(places[..., 0] + dx, 0, WIDTH - 1), np.clip(places[..., 1] + dy, 0, HEIGHT - 1)
            images[rows, y, x] = INK
        yield from images


def new_figure(antialias):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    canvas = FigureCanvasAgg(Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100))
    axes = canvas.figure.add_axes([0, 0, 1, 1])
    axes.set_axis_off()
    axes.set_xlim(-0.5, WIDTH - 0.5)
    axes.set_ylim(HEIGHT - 0.5, -0.5)
    (curve,) = axes.plot([], [], color="black", linewidth=LINE_WIDTH * 72 / 100, antialiased=antialias,
                         solid_joinstyle="round", solid_capstyle="round")
    return canvas, curve


def figures(points, antialias, reuse):
    canvas, curve = new_figure(antialias)
    for i, line in enumerate(points):
        if i and not reuse:
            canvas, curve = new_figure(antialias)
        curve.set_data(line[:, 0], line[:, 1])
        yield canvas


def matplotlib(points, ring, antialias, reuse):
    for image, canvas in zip(itertools.cycle(ring), figures(points, antialias, reuse)):
        canvas.draw()
        image[:] = np.asarray(canvas.buffer_rgba())[..., 0]
        yield image


def drawn(drawer, name, first, count, ring):
    """The images of one worker; vertices are computed for RING images at a time. Samples of several fields are drawn as
    they are."""
    for begin in range(first, first + count, RING):
        block = series[name][begin:min(begin + RING, first + count)]
        yield from drawer(vertices(block) if block.ndim == 2 else block, ring_of(ring))


def to_memory(drawer, name, first, count, folder):
    for _ in drawn(drawer, name, first, count, RING):
        pass


def to_hdf5(drawer, name, first, count, folder, level):
    """One file per worker, because HDF5 lets one process write at a time."""
    import h5py
    images = drawn(drawer, name, first, count, BLOCK)
    with h5py.File(os.path.join(folder, "images.h5"), "w") as file:
        data = file.create_dataset("images", (count, HEIGHT, WIDTH), np.uint8, chunks=(1, HEIGHT, WIDTH),
                                   compression="gzip", compression_opts=level)
        for begin in range(0, count, BLOCK):
            size = sum(1 for _ in itertools.islice(images, min(BLOCK, count - begin)))
            data[begin:begin + size] = ring_of(BLOCK)[:size]


def to_files(drawer, name, first, count, folder, extension, *parameters):
    import cv2
    parameters = [getattr(cv2, p) if isinstance(p, str) else p for p in parameters]
    for i, image in enumerate(drawn(drawer, name, first, count, 1), first):
        cv2.imwrite(os.path.join(folder, f"{i:08d}{extension}"), image, parameters)


def to_tar(drawer, name, first, count, folder):
    import cv2
    with tarfile.open(os.path.join(folder, "images.tar"), "w") as file:
        for i, image in enumerate(drawn(drawer, name, first, count, 1), first):
            body = cv2.imencode(".png", image)[1].tobytes()
            entry = tarfile.TarInfo(f"{i:09d}.png")
            entry.size = len(body)
            file.addfile(entry, io.BytesIO(body))


def to_npy(drawer, name, first, count, folder):
    path = os.path.join(folder, "images.npy")
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (count, HEIGHT, WIDTH))
    for i, image in enumerate(drawn(drawer, name, first, count, 1)):
        images[i] = image


def to_savefig(drawer, name, first, count, folder):
    """matplotlib alone: a figure per image, saved as PNG; `drawer` is None."""
    for i, canvas in enumerate(figures(vertices(series[name][first:first + count]), False, False), first):
        canvas.figure.savefig(os.path.join(folder, f"{i:08d}.png"))
