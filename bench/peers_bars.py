"""The peers of bench/peers that draw bars and candles of (N, SAMPLES, 4) open, high, low and close. See peers_draw.py.

mplfinance's candles are antialiased and as wide as its defaults make them. NumPy's bars are those of CHARTS["bars"].
"""
import itertools

import numpy as np

from peers_draw import HEIGHT, INK, PAPER, SAMPLES, WIDTH

PITCH = WIDTH // SAMPLES
OPEN, HIGH, LOW, CLOSE = range(4)
FIELDS = ["open", "high", "low", "close"]

# What plotmill draws, in its chart language.
CHARTS = {
    name: {"size": f"{WIDTH}x{HEIGHT}", "background": PAPER, "x": {"scale": "band", "pitch": PITCH},
           "layers": [{**layer, **{field: field for field in FIELDS}}]}
    for name, layer in {"bars": {"mark": "bar", "ink": INK},
                        "candles": {"mark": "candle", "up": 160, "down": INK, "body": 5, "wick": 1}}.items()
}


def random_bars(count):
    """(count, SAMPLES, 4) of random walks, in whole cents: NumPy's float64 then rounds as exactly as plotmill."""
    random = np.random.default_rng(3)
    steps = random.standard_normal((count, SAMPLES, 4), np.float32)
    bars = np.empty(steps.shape)
    bars[..., CLOSE] = np.rint(steps[..., CLOSE].cumsum(1) * 100)
    bars[..., OPEN] = bars[..., CLOSE] - np.rint(steps[..., OPEN] * 80)
    bars[..., HIGH] = bars[..., [OPEN, CLOSE]].max(2) + np.rint(np.abs(steps[..., HIGH]) * 60)
    bars[..., LOW] = bars[..., [OPEN, CLOSE]].min(2) - np.rint(np.abs(steps[..., LOW]) * 60)
    return bars + 10_000


def numpy_bars(block, ring):
    """As many images at once as the ring holds: ranges by comparing all rows with their ends, then the ticks."""
    centres = np.arange(SAMPLES) * PITCH + (PITCH - 3) // 2 + 1
    columns = slice(centres[0], centres[-1] + 1, PITCH)
    y = np.arange(HEIGHT)[:, None]
    for begin in range(0, len(block), len(ring)):
        bars = block[begin:begin + len(ring)]
        low, high = bars.min((1, 2), keepdims=True), bars.max((1, 2), keepdims=True)
        rows = HEIGHT - 1 - np.rint((bars - low) * (HEIGHT - 1) / (high - low)).astype(np.intp)
        images, numbers = ring[:len(bars)], np.arange(len(bars))[:, None]
        images.fill(PAPER)
        inside = (y >= rows[:, None, :, HIGH]) & (y <= rows[:, None, :, LOW])
        images[:, :, columns] = np.where(inside, np.uint8(INK), np.uint8(PAPER))
        images[numbers, rows[..., OPEN], centres - 1] = images[numbers, rows[..., OPEN], centres] = INK
        images[numbers, rows[..., CLOSE], centres + 1] = INK
        yield from images


def as_frame(bars):
    """mplfinance draws pandas' frames."""
    import pandas
    return pandas.DataFrame(bars, columns=[name.title() for name in FIELDS],
                            index=pandas.date_range("2024-01-01", periods=len(bars)))


def new_figure(bars):
    import mplfinance
    return mplfinance.plot(as_frame(bars), type="candle", style="classic", axisoff=True, scale_padding=0,
                           returnfig=True, figsize=(WIDTH / 100, HEIGHT / 100))


def figures(block):
    """A figure per image."""
    from matplotlib import pyplot
    for bars in block:
        figure, _ = new_figure(bars)
        figure.canvas.draw()
        yield figure
        pyplot.close(figure)


def same_axes(block):
    """One figure, whose axes are cleared: the reuse that mplfinance's documentation shows."""
    import mplfinance
    from matplotlib import pyplot
    figure, (axes, *_) = new_figure(block[0])
    for bars in block:
        axes.clear()
        axes.set_axis_off()
        mplfinance.plot(as_frame(bars), type="candle", style="classic", ax=axes)
        figure.canvas.draw()
        yield figure
    pyplot.close(figure)


def same_collections(block):
    """One figure, whose wicks and bodies get other corners and colours: the fastest reuse."""
    from matplotlib import pyplot
    figure, (axes, *_) = new_figure(block[0])
    wicks, bodies = axes.collections[:2]
    corners = np.array([path.vertices[:4] for path in bodies.get_paths()])
    middle = np.arange(SAMPLES)
    for bars in block:
        ends = np.sort(bars[:, [OPEN, CLOSE]], axis=1)
        low = np.stack([np.stack([middle, bars[:, LOW]], 1), np.stack([middle, ends[:, 0]], 1)], 1)
        high = np.stack([np.stack([middle, ends[:, 1]], 1), np.stack([middle, bars[:, HIGH]], 1)], 1)
        wicks.set_segments(np.concatenate([low, high]))
        corners[..., 1] = bars[:, [OPEN, CLOSE, CLOSE, OPEN]]
        bodies.set_verts(corners)
        bodies.set_facecolor(np.where(bars[:, CLOSE] < bars[:, OPEN], "black", "white"))
        axes.set_ylim(bars[:, LOW].min(), bars[:, HIGH].max())
        figure.canvas.draw()
        yield figure
    pyplot.close(figure)


def mplfinance(block, ring, drawn):
    import matplotlib
    matplotlib.use("agg")
    for image, figure in zip(itertools.cycle(ring), {"figures": figures, "axes": same_axes,
                                                     "collections": same_collections}[drawn](block)):
        image[:] = np.asarray(figure.canvas.buffer_rgba())[..., 0]
        yield image
