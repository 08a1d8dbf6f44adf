"""Random charts: overlapping panels, layers of every mark, all kinds of scales."""
from charts import PRICES

DERIVED = ["ma(close,3)", "ma(close,7)", "(high+low)/2", "close-open", "2*volume", "high"]


def ink(rng, channels):
    if channels == 3 and rng.random() < 0.8:
        return f"#{rng.randrange(1 << 24):06x}"
    return rng.randrange(256)


def line(rng, channels, pitch):
    y = rng.choice(["close", "close", *DERIVED])
    layer = {"mark": "line", "y": y, "ink": ink(rng, channels), "missing": rng.choice(["gap", "bridge"])}
    if pitch and rng.random() < 0.4:
        layer["shape"] = "pixel"
    else:
        layer["width"] = rng.choice([0.5, 1, 1.5, 2, 3, round(rng.uniform(0.5, 9), 2)])
    if y.startswith("ma(") and rng.random() < 0.5:
        layer["whole"] = True
    return layer


def column(rng, channels, pitch):
    layer = {"mark": "column", "y": rng.choice(["volume", "2*volume", "open-close"]), "ink": ink(rng, channels),
             "width": rng.randint(1, pitch)}
    if layer["y"] == "open-close":
        layer["abs"] = True
    if rng.random() < 0.5:
        layer.update(height="count", zero=rng.choice(["pixel", "none"]))
    return layer


def bar(rng, channels, pitch):
    layer = {"mark": "bar", **{name: name for name in PRICES}}
    return {**layer, **inks(rng, channels)}


def inks(rng, channels):
    if rng.random() < 0.4:
        return {"ink": ink(rng, channels)}
    return {"up": ink(rng, channels), "down": ink(rng, channels)}


def candle(rng, channels, pitch):
    body = rng.randint(1, pitch)
    layer = {"mark": "candle", **{name: name for name in PRICES}, "body": body, "wick": rng.randint(1, body)}
    if rng.random() < 0.4:
        layer["fill"] = "hollow"
    return {**layer, **inks(rng, channels)}


def y_scale(rng):
    kind = rng.random()
    y = {}
    if 0.3 < kind < 0.5:
        y["share"] = rng.choice("ab")
    if kind < 0.4:
        y["fields"] = rng.choice([["close"], [*PRICES], [*PRICES, "ma(close,7)"], ["volume", "close"]])
    if kind < 0.15 or kind > 0.85:
        y["range"] = rng.choice([[0, 30], [8.5, 14], [-20, 40.25]])
    elif kind > 0.75:
        y["range"] = "zero"
    if rng.random() < 0.5:
        y["outside"] = rng.choice(["clamp", "clip"])
    return y


def panel(rng, size, count, window, channels):
    """With `count` layers; somewhere in the image, of any size on which they have room."""
    width = rng.randint(3 * window, size[0])
    height = rng.randint(1, size[1])
    margin = rng.choice([0, 0, 0, 1, 3]) if height > 8 and width > 3 * window + 6 else 0
    found = {"rect": [rng.randint(0, size[0] - width), rng.randint(0, size[1] - height), width, height],
             "margin": margin, "y": y_scale(rng)}
    pitch = 0
    if rng.random() < 0.7:
        pitch = (width - 2 * margin) // window
        found["x"] = "band"
        if rng.random() < 0.7:
            pitch = rng.randint(3, pitch)
            found["x"] = {"scale": "band", "pitch": pitch}
    else:
        found["x"] = "point"
    marks = [line, line, bar, candle, column] if pitch else [line]
    found["layers"] = [rng.choice(marks)(rng, channels, pitch) for _ in range(count)]
    return found


def random_chart(rng, layers, window, channels, antialias=False):
    size = [rng.randint(3 * window, 9 * window), rng.randint(9, 90)]
    counts = []
    while sum(counts) < layers:
        counts.append(min(rng.randint(1, max(1, layers // 2)), layers - sum(counts)))
    panels = [panel(rng, size, count, window, channels) for count in counts]
    for name in "ab":  # what a panel alone cannot share
        sharing = [found["y"] for found in panels if found["y"].get("share") == name]
        if len(sharing) == 1:
            del sharing[0]["share"]
    chart = {"size": f"{size[0]}x{size[1]}", "background": ink(rng, channels), "channels": channels,
             "antialias": antialias, "panels": panels}
    if rng.random() < 0.3:
        chart["rounding"] = rng.choice(["truncate", "half-up"])
    if rng.random() < 0.3:
        chart["origin"] = "top"
    if rng.random() < 0.2:
        chart["flip"] = True
    return chart

