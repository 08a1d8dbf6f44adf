"""The interval of a median ratio over rounds, for programs that compare in turn."""
import random
import statistics


def interval(ratios, repeats=10_000):
    """The 95 % interval of the median, by bootstrap."""
    generator = random.Random(1)
    medians = sorted(statistics.median(generator.choices(ratios, k=len(ratios))) for _ in range(repeats))
    return medians[int(0.025 * repeats)], medians[int(0.975 * repeats)]


def ratio_text(ratios):
    """"0.82 (0.80 to 0.84)": the median ratio and its interval."""
    low, high = interval(ratios)
    return f"{statistics.median(ratios):.3f} ({low:.3f} to {high:.3f})"
