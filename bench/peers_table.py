"""Prints the results of bench/peers as text or Markdown."""
import textwrap


def number(value, digits=3):
    """With `digits` significant digits, without exponents."""
    if value is None:
        return ""
    return f"{float(f'{value:.{digits}g}'):,.0f}" if value >= 10 ** digits else f"{value:.{digits}g}"


def print_table(titles, lines, markdown):
    """Columns whose title begins with a space hold numbers."""
    widths = [max(len(line[i]) for line in [titles, *lines]) for i in range(len(titles))]
    right = [title.startswith(" ") for title in titles]
    if markdown:
        print("| " + " | ".join(title.strip() for title in titles) + " |")
        print("|" + "|".join("--:" if r else "---" for r in right) + "|")
    for line in lines if markdown else [titles, *lines]:
        cells = line if markdown else [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(line, widths, right)]
        print("| " + " | ".join(cells) + " |" if markdown else "  ".join(cells).rstrip())


def print_speed(entries, markdown):
    lines = []
    for e in entries:
        line = [str(e["row"]), e["work"], e.get("against", "")]
        if "megabytes" in e:
            line += ["", "", "", "", "", f"{number(e['megabytes'])} MB", f"at most {e['needed']}", f"{e['aim']}"]
        else:
            line += [e["clock"], f"{e['images']:,} / {e['peer_images']:,}", number(e["us"]), number(e["peer_us"]),
                     f"{e['bytes']:,.0f} / {e['peer_bytes']:,.0f}" if e["bytes"] else "",
                     f"{number(e['ratio'])} x ({number(e['lowest'], 2)} to {number(e['highest'], 2)})",
                     f"{e['needed']} x" if e["needed"] else "", f"{e['aim']} x" if e["aim"] else ""]
        lines.append([*line, e["verdict"] or ""])
    print_table([" row", "work", "against", "clock", " images, theirs", " us/image", " theirs", " B/image, theirs",
                 " ratio (of each round)", " needed", " aim", "verdict"], lines, markdown)


def print_exactness(table, walks, markdown):
    print(f"\nAgainst the definition, {walks} walks:\n")
    lines = [[e["renderer"], number(e.get("wrong")), number(e.get("rms")), number(e.get("worst")),
              number(e.get("elsewhere"))] for e in table]
    print_table(["renderer", " wrong pixels per image", " antialiased: RMS error of 255", " worst",
                 " wrong elsewhere per image"], lines, markdown)


def print_notes(lines):
    if lines:
        print()
    for line in lines:
        print(textwrap.fill(line, 120, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False))
