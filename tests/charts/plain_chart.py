"""Draws a chart of whole-pixel layers (bar, candle, column, pixel line) plainly: layer after layer, pixel by pixel.

Independent of plotmill. A chart is a dict of the chart language: whole pixels, samples on band scales, layers in
panels. A series is {field: [float, ...]}, a whole group; NaN and infinities are missing. docs/definition.md
says what each mark covers.
"""
import ast
import math
import operator

from plain import Scale, average, bar_pixels, line_pixels, present, rounded

OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
PRICES = ["open", "high", "low", "close"]
ROLES = {"line": ["y"], "column": ["y"], "bar": PRICES, "candle": PRICES}


def field_values(text, series):
    """The values of a field, or of ma(f,N) and + - * / of fields and numbers."""
    def values(node):
        if isinstance(node, ast.Expression):
            return values(node.body)
        if isinstance(node, ast.Constant):
            return [float(node.value)] * len(next(iter(series.values())))
        if isinstance(node, ast.Name):
            return [value if present(value) else math.nan for value in series[node.id]]
        if isinstance(node, ast.UnaryOp):
            return [-value for value in values(node.operand)]
        if isinstance(node, ast.Call):
            return average(values(node.args[0]), node.args[1].value)
        return [apply(OPERATIONS[type(node.op)], *pair) for pair in zip(values(node.left), values(node.right))]
    return values(ast.parse(text, mode="eval"))


def apply(operation, a, b):
    """As float64: division by zero is missing."""
    try:
        return operation(a, b)
    except ZeroDivisionError:
        return math.nan


def rows_of_average(text):
    return max([node.args[1].value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)], default=0)


def ink_of(value, channels):
    """Grey 0..255 or "#rrggbb" as a tuple of channels."""
    if isinstance(value, str):
        colour = tuple(int(value[at:at + 2], 16) for at in (1, 3, 5))
        return colour if channels == 3 else colour[:1]
    return (value,) * channels


def size_of(chart):
    size = chart["size"]
    return tuple(int(side) for side in size.split("x")) if isinstance(size, str) else tuple(size)


def panels_of(chart):
    return chart.get("panels") or [{key: chart[key] for key in ("layers", "margin", "x", "y") if key in chart}]


def is_stroke(layer):
    return layer["mark"] == "line" and layer.get("shape", "stroke") == "stroke"


def layer_fields(layer):
    return [layer[role] for role in ROLES[layer["mark"]] if role in layer]


class Window:
    """The fields of a chart in one window."""

    def __init__(self, series, start, count):
        self.series, self.start, self.count, self.known = series, start, count, {}

    def values(self, text):
        if text not in self.known:
            self.known[text] = field_values(text, self.series)[self.start:self.start + self.count]
        return self.known[text]

    def shows(self, layer):
        return not layer.get("whole") or all(self.start >= rows_of_average(text) for text in layer_fields(layer))


def scale_values(panels, window):
    """What the scale of these panels covers: their fields, without those of layers that the window leaves out."""
    layers, fields = [layer for panel in panels for layer in panel["layers"]], []
    for panel in panels:
        named = panel.get("y", {}).get("fields")
        fields += [text for layer in panel["layers"] for text in layer_fields(layer)] if named is None else named
    values = []
    for text in dict.fromkeys(fields):
        users = [layer for layer in layers if text in layer_fields(layer)]
        if users and not any(window.shows(layer) for layer in users):
            continue
        absolute = any(layer["mark"] == "column" and layer.get("abs") for layer in users)
        values += [abs(value) if absolute else value for value in window.values(text)]
    return values


def scale_of(panel, panels, window):
    """None where nothing is to be drawn."""
    y = panel.get("y", {})
    kind = y.get("range", "minmax")
    sharing = [other for other in panels if "share" in y and other.get("y", {}).get("share") == y["share"]] or [panel]
    values = [value for value in scale_values(sharing, window) if present(value)]
    if not values or (kind == "zero" and max(values) <= 0):
        return None
    if isinstance(kind, list):
        return Scale(low=kind[0], high=kind[1])
    return Scale(values, low=0 if kind == "zero" else None)


class Area:
    """Where the marks of a panel are drawn: the panel inside its margin."""

    def __init__(self, chart, panel, panels, window):
        width, height = size_of(chart)
        self.rect = panel.get("rect", [0, 0, width, height])
        self.margin = panel.get("margin", 0)
        self.height = self.rect[3] - 2 * self.margin
        x = panel.get("x", "band")
        whole = (self.rect[2] - 2 * self.margin) // window.count
        self.pitch = x.get("pitch", whole) if isinstance(x, dict) else whole
        self.scale = scale_of(panel, panels, window)
        self.clip = panel.get("y", {}).get("outside", "clamp") == "clip"
        self.rounding = chart.get("rounding", "even")
        self.top = chart.get("origin", "bottom") == "top"

    def share(self, value):
        low, high = (-3, 4) if self.clip else (0, 1)
        return min(max(self.scale.share(value), low), high)

    def row(self, value):
        """Counted from the bottom; None: missing."""
        if not present(value):
            return None
        if self.top:
            return self.height - 1 - rounded((1 - self.share(value)) * (self.height - 1), self.rounding)
        return rounded(self.share(value) * (self.height - 1), self.rounding)

    def columns(self, sample, count):
        first = self.pitch * sample + (self.pitch - count) // 2
        return range(first, first + count)


def bar(layer, window, area):
    for sample, values in enumerate(zip(*(window.values(layer[role]) for role in ROLES["bar"]))):
        centre = area.columns(sample, 3)[1]
        yield from ((*pixel, rising(values)) for pixel in bar_pixels(centre, *map(area.row, values)))


def rising(values):
    opening, _, _, closing = values
    return not (present(opening) and present(closing) and closing < opening)


def candle(layer, window, area):
    for sample, values in enumerate(zip(*(window.values(layer[role]) for role in ROLES["candle"]))):
        opening, high, low, closing = map(area.row, values)
        if high is None or low is None:
            continue
        body, hollow = set(), set()
        if opening is not None and closing is not None:
            columns, rows = area.columns(sample, layer["body"]), range(min(opening, closing), max(opening, closing) + 1)
            body = {(x, row) for x in columns for row in rows}
            if layer.get("fill", "solid") == "hollow" and rising(values):
                hollow = {(x, row) for x in columns[1:-1] for row in rows[1:-1]}
        wick = {(x, row) for x in area.columns(sample, layer["wick"]) for row in range(low, high + 1)}
        yield from ((*pixel, rising(values)) for pixel in (wick | body) - hollow)


def column(layer, window, area):
    for sample, value in enumerate(window.values(layer["y"])):
        if not present(value):
            continue
        value = abs(value) if layer.get("abs") else value
        if layer.get("height", "position") == "count":
            count = rounded(area.share(value) * area.height, area.rounding)
            count = 1 if count == 0 and layer.get("zero") == "pixel" else count
        else:
            count = area.row(value) + 1
        yield from ((x, row, True) for x in area.columns(sample, layer["width"]) for row in range(count))


def line(layer, window, area):
    points = [present(value) and (area.columns(sample, 1)[0], area.row(value))
              for sample, value in enumerate(window.values(layer["y"]))]
    last = points[-1]
    if layer.get("missing", "gap") == "bridge":
        points = [point for point in points if point]
    pixels = [pixel for a, b in zip(points, points[1:]) if a and b for pixel in line_pixels(*a, *b)]
    yield from ((*pixel, True) for pixel in [*pixels, *([last] if last else [])])


MARKS = {"bar": bar, "candle": candle, "column": column, "line": line}


def layers_of(chart, series, start, count):
    """Of each layer, bottom to top, in all panels: {(x, y): whether it rises}, in pixels of the image whose row 0 is
    the top. Strokes are empty."""
    window, panels = Window(series, start, count), panels_of(chart)
    for panel in panels:
        area = Area(chart, panel, panels, window)
        left, top, width, height = area.rect
        for layer in panel["layers"]:
            pixels = {}
            if area.scale is not None and window.shows(layer) and not is_stroke(layer):
                for x, row, up in MARKS[layer["mark"]](layer, window, area):
                    x, y = x + area.margin, height - 1 - area.margin - row
                    if 0 <= x < width and 0 <= y < height:
                        pixels[left + x, top + y] = up
            yield layer, pixels


def draw(chart, series, start, count):
    """bytes (height, width, channels)."""
    width, height = size_of(chart)
    layers = list(layers_of(chart, series, start, count))
    alone = chart.get("channels", 1) == "layer"
    channels = len(layers) if alone else chart.get("channels", 1)
    background = (0,) * channels if alone else ink_of(chart.get("background", 255), channels)
    image = [[background] * width for _ in range(height)]
    for number, (layer, pixels) in enumerate(layers):
        for (x, y), up in pixels.items():
            if alone:
                image[y][x] = (*image[y][x][:number], 255, *image[y][x][number + 1:])
            else:
                image[y][x] = ink_of(layer.get("up" if up else "down", layer.get("ink", 0)), channels)
    if chart.get("flip"):
        image.reverse()
    return b"".join(bytes(pixel) for row in image for pixel in row)
