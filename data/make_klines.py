#!/usr/bin/env python3
"""Makes SYNTHETIC-1m-2024-01.zip: one month of invented one-minute prices in the layout of an exchange's kline dump.

    make_klines.py [-o FILE.zip] [--month YYYY-MM]

Nothing in it was ever traded. It imitates what makes real minute prices hard to draw: heavy tails, volatility
that comes in clusters and follows the hour of the day, jumps, quiet minutes without a trade, high prices that move
by little. The same month gives the same rows on every machine: the random numbers are Python's own Mersenne
Twister, and every value is rounded far more coarsely than the mathematical functions of two systems differ.
"""
import argparse
import calendar
import math
import pathlib
import random
import zipfile

MINUTE = 60_000  # milliseconds
START_PRICE = 42_000.0
BASE_VOLATILITY = 4.5e-4  # of log price, a minute: 1.7% a day
DEGREES_OF_FREEDOM = 4.0  # of Student's t: heavy tails, but a finite variance
JUMP_CHANCE = 1.5 / 1440
BASE_VOLUME = 16.0


def student_t(rng):
    """Student's t with unit variance."""
    chi_square = rng.gammavariate(DEGREES_OF_FREEDOM / 2, 2.0)
    scale = math.sqrt((DEGREES_OF_FREEDOM - 2) / DEGREES_OF_FREEDOM)
    return scale * rng.gauss(0, 1) / math.sqrt(chi_square / DEGREES_OF_FREEDOM)


def hour_factor(minute_of_day):
    """Trading is busiest in the afternoon (UTC), quietest before dawn."""
    return 1 + 0.35 * math.sin(2 * math.pi * (minute_of_day / 1440 - 0.35))


def volatilities(rng, minutes):
    """Log volatility as the sum of a slow and a fast mean-reverting process, so that storms last hours and calm days."""
    slow = fast = 0.0
    for minute in range(minutes):
        slow = 0.9995 * slow + 0.016 * rng.gauss(0, 1)
        fast = 0.97 * fast + 0.09 * rng.gauss(0, 1)
        yield BASE_VOLATILITY * math.exp(slow + fast) * hour_factor(minute % 1440)


def extremes(rng, opening, closing, sigma):
    """High and low of a Brownian bridge between the two log prices: its maximum has a closed form."""
    def reach():
        return math.sqrt((closing - opening) ** 2 - 2 * sigma * sigma * math.log(1 - rng.random()))
    return (opening + closing + reach()) / 2, (opening + closing - reach()) / 2


def klines(year, month):
    """Yields rows: open_time, open, high, low, close, volume, close_time, quote_volume, count, taker_buy_volume,
    taker_buy_quote_volume, ignore."""
    rng = random.Random(year * 100 + month)
    first = calendar.timegm((year, month, 1, 0, 0, 0)) * 1000
    minutes = calendar.monthrange(year, month)[1] * 1440
    opening = math.log(START_PRICE)
    for minute, sigma in enumerate(volatilities(rng, minutes)):
        change = sigma * student_t(rng)
        if rng.random() < JUMP_CHANCE:
            change += rng.choice((-1, 1)) * rng.expovariate(1 / (8 * BASE_VOLATILITY))
        quiet = rng.random() < 0.002 * (BASE_VOLATILITY / sigma)
        closing = opening if quiet else opening + change
        high, low = (opening, opening) if quiet else extremes(rng, opening, closing, 0.8 * sigma)
        activity = (sigma / BASE_VOLATILITY) ** 0.8 * (0.4 + abs(change) / sigma)
        volume = 0.0 if quiet else BASE_VOLUME * activity * math.exp(rng.gauss(0, 0.5))
        share = 1 / (1 + math.exp(-(0.7 * change / sigma + rng.gauss(0, 0.4))))
        trades = 0 if quiet else 1 + int(volume * rng.uniform(15, 30))
        mean_price = math.exp((opening + closing + high + low) / 4)
        time = first + minute * MINUTE
        yield (f"{time},{math.exp(opening):.2f},{math.exp(high):.2f},{math.exp(low):.2f},{math.exp(closing):.2f},"
               f"{volume:.3f},{time + MINUTE - 1},{volume * mean_price:.0f},{trades},"
               f"{volume * share:.3f},{volume * share * mean_price:.0f},0")
        opening = closing


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--month", default="2024-01")
    parser.add_argument("-o", "--output", type=pathlib.Path)
    arguments = parser.parse_args()
    year, month = map(int, arguments.month.split("-"))
    name = f"SYNTHETIC-1m-{year:04}-{month:02}"
    output = arguments.output or pathlib.Path(__file__).with_name(name + ".zip")

    rows = list(klines(year, month))
    entry = zipfile.ZipInfo(name + ".csv", (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr(entry, "\n".join(rows) + "\n", zipfile.ZIP_DEFLATED, 9)
    print(f"{output}: {len(rows)} rows, {output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
