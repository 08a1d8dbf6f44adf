"""Published price charts, drawn plainly: the specifications of the OHLC price-trend images (jkx) and of the crypto
classifier's bars, and the integer line that both pixel lines and moving averages are made of.

Independent of plotmill: integers and fractions alone, one pixel after the other. A series is {field: [float, ...]};
NaN and infinities are missing. An image is a list of rows from the top, each a bytearray.
"""
import fractions
import math

ROUNDINGS = ("even", "truncate", "half-up")
JKX_HEIGHT = {5: 32, 20: 64, 60: 96}


def present(value):
    return math.isfinite(value)


def rounded(value, rounding):
    """A Fraction to a whole number."""
    if rounding == "truncate":
        return math.floor(value)
    if rounding == "half-up":
        return math.floor(value + fractions.Fraction(1, 2))
    return round(value)  # ties to even


class Scale:
    """From the lowest to the highest of the values; exact, for each float64 is a fraction."""

    def __init__(self, values=(), low=None, high=None):
        values = [fractions.Fraction(value) for value in values if present(value)]
        self.empty = not values and high is None
        if not self.empty:
            self.low = min(values) if low is None else fractions.Fraction(low)
            self.high = max(values) if high is None else fractions.Fraction(high)

    def share(self, value):
        """0 at the lowest, 1 at the highest value; 1/2 where they are equal."""
        if self.low == self.high:
            return fractions.Fraction(1, 2)
        return (fractions.Fraction(value) - self.low) / (self.high - self.low)


def average(values, count, rows=None):
    """Of each value (of those in `rows`) and the count - 1 before it, summed from the oldest, as float64; NaN where one
    is missing or there are too few."""
    means = []
    for last in range(len(values)) if rows is None else rows:
        total = math.nan
        if last + 1 >= count:
            total = 0.0
            for value in values[last + 1 - count:last + 1]:
                total += value if present(value) else math.nan
        means.append(total / count)
    return means


def adjusted(series, returns):
    """The series with prices that follow the returns: the first close is 1."""
    closes, last = [], 1.0
    for row, gain in enumerate(returns):
        closes.append(1.0 if row == 0 else (1.0 + gain) * last)
        last = closes[-1] if present(closes[-1]) else last
    factors = [new / old if present(old) and old else math.nan for new, old in zip(closes, series["close"])]
    result = {**series, "close": closes}
    for name in ("open", "high", "low"):
        result[name] = [value * factor for value, factor in zip(series[name], factors)]
    return result


def line_pixels(x0, y0, x1, y1):
    """The pixels of an integer line by Bresenham, both ends included, as Pillow draws it."""
    dx, dy = abs(x1 - x0), abs(y1 - y0)
    step_x, step_y = (1 if x1 > x0 else -1), (1 if y1 > y0 else -1)
    steep = dy >= dx
    long, short = (dy, dx) if steep else (dx, dy)
    error, pixels = 2 * short - long, []
    for _ in range(long):
        pixels.append((x0, y0))
        if error >= 0:
            x0, y0 = (x0 + step_x, y0) if steep else (x0, y0 + step_y)
            error -= 2 * long
        error += 2 * short
        x0, y0 = (x0, y0 + step_y) if steep else (x0 + step_x, y0)
    return [*pixels, (x1, y1)]


def polyline_pixels(points):
    """Of points (x, y) or None, in order of x: a line between neighbours that both exist, and the last point."""
    pixels = []
    for here, there in zip(points, points[1:]):
        if here and there:
            pixels += line_pixels(*here, *there)
    if points and points[-1]:
        pixels.append(points[-1])
    return pixels


def bar_pixels(centre, opening, high, low, closing):
    """Rows, or None where missing. The centre column has the range, and the opening price too."""
    if high is None or low is None:
        return []
    pixels = [(centre, row) for row in range(min(low, high), max(low, high) + 1)]
    if opening is not None:
        pixels += [(centre - 1, opening), (centre, opening)]
    if closing is not None:
        pixels.append((centre + 1, closing))
    return pixels


def part(series, start, count):
    return {name: values[start:start + count] for name, values in series.items()}


def blank(width, height, value):
    return [bytearray([value]) * width for _ in range(height)]


def jkx(series, start, days, *, ma=True, volume=True, rounding="even", ma_in_scale=True, gap=1, volume_scale="max",
        zero_pixel=True, flip=False, from_top=False, clamp=False):
    """The image (H, 3 days) of rows start..start+days-1 of {open, high, low, close, volume}. An average outside a scale
    that leaves it out is clamped to it, or cut off; in the latter case not beyond a share of -3 to 4."""
    height = JKX_HEIGHT[days]
    volume_height = height // 5 if volume else 0
    price_height = height - volume_height - (gap if volume else 0)
    shown = part(series, start, days)
    means = [math.nan] * days
    if ma and start >= days:
        means = average(series["close"], days, range(start, start + days))
    prices = [*shown["open"], *shown["high"], *shown["low"], *shown["close"]]
    scale = Scale(prices + means if ma_in_scale else prices)
    image = blank(3 * days, height, 0)

    def paint(x, row):  # row 0 at the bottom
        if 0 <= row < height:
            image[height - 1 - row][x] = 255

    base = height - price_height

    def row_of(value):
        if not present(value) or scale.empty:
            return None
        low, high = (0, 1) if clamp else (-3, 4)
        share = min(max(scale.share(value), low), high)
        if from_top:
            return base + price_height - 1 - rounded((1 - share) * (price_height - 1), rounding)
        return base + rounded(share * (price_height - 1), rounding)

    for day in range(days):
        rows = [row_of(shown[name][day]) for name in ("open", "high", "low", "close")]
        for x, row in bar_pixels(3 * day + 1, *rows):
            paint(x, row)
    points = [present(mean) and (3 * day + 1, row_of(mean)) for day, mean in enumerate(means)]
    for x, row in polyline_pixels(points):
        if base <= row < height:  # outside only if the scale leaves the average out
            paint(x, row)
    if volume:
        for day, rows in enumerate(volume_rows(shown["volume"], volume_height, volume_scale, rounding, zero_pixel)):
            for row in range(rows):
                paint(3 * day + 1, row)
    return image[::-1] if flip else image


def volume_rows(values, height, volume_scale, rounding, zero_pixel):
    """The rows of each day's column."""
    sizes = [abs(value) for value in values]
    scale = Scale(sizes, low=0 if volume_scale == "max" else None)
    if scale.empty or (volume_scale == "max" and scale.high == 0):
        return [0] * len(values)
    rows = [rounded(scale.share(size) * height, rounding) if present(size) else None for size in sizes]
    return [0 if count is None else max(count, 1 if zero_pixel else 0) for count in rows]


def crypto(series, start, bars, height=500):
    """The image (height, 4 bars): rows counted from the top, rounded down."""
    shown = part(series, start, bars)
    scale = Scale([value for name in ("open", "high", "low", "close") for value in shown[name]])
    image = blank(4 * bars, height, 255)
    for bar in range(bars):
        rows = [math.floor((1 - scale.share(shown[name][bar])) * (height - 1)) if present(shown[name][bar]) else None
                for name in ("open", "high", "low", "close")]
        for x, row in bar_pixels(4 * bar + 1, *rows):
            image[row][x] = 0
    return image
