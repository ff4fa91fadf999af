"""Draws the plots of the page on performance out of the file of results.

Runs in an environment of its own, with matplotlib and without the product:
``python bench/plots.py bench/results.json docs/performance``.
"""

import itertools
import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl  # type: ignore[import-not-found]  # in an environment of its own
from matplotlib.axes import Axes  # type: ignore[import-not-found]  # likewise
from matplotlib.figure import Figure  # type: ignore[import-not-found]  # likewise

INK, FAINT = "#1f2328", "#afb8c1"
INK_ON_DARK, FAINT_ON_DARK = "#e6edf3", "#57606a"
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c8c00", "#7a5195")
"""Told apart by everybody, and on light and dark ground."""
BRIGHT = PALETTE[1:7]
"""What black text is read on better than white."""
MARKERS = ("o", "s", "^")
Rows = list[dict[str, Any]]


def main(results: Path, folder: Path) -> None:
    mpl.use("svg")
    mpl.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "clusterwright",
            "font.family": "sans-serif",
            "font.size": 10,
            **{f"{part}.color": INK for part in ("text", "xtick", "ytick")},
            "axes.labelcolor": INK,
            "axes.edgecolor": FAINT,
            "grid.color": FAINT,
            "axes.prop_cycle": mpl.cycler(color=PALETTE),
        }
    )
    rows = [row for row in json.loads(results.read_text())["rows"] if _is_create(row)]
    if rows:
        _cost(rows, folder / "cost-against-hosts.svg")
        _steps(rows, folder / "time-per-step.svg")


def _is_create(row: dict[str, Any]) -> bool:
    return "hosts" in row["spread"] and "against " in row["name"]


def _cost(rows: Rows, path: Path) -> None:
    """Seconds against hosts: ours once, and every contender."""
    lines: dict[str, dict[int, dict[str, float]]] = {}
    for row in rows:
        hosts, other = row["spread"]["hosts"], row["name"].partition("against ")[2]
        lines.setdefault("Clusterwright", {})[hosts] = row["spread"]["ours"]
        if row["spread"].get("contender"):
            lines.setdefault(other, {})[hosts] = row["spread"]["contender"]
    figure, axes = _figure(7.2, 4.0)
    for place, (name, points) in enumerate(lines.items()):
        sizes = sorted(points)
        middle = [points[size]["median"] for size in sizes]
        low = [points[size]["median"] - points[size]["min"] for size in sizes]
        high = [points[size]["max"] - points[size]["median"] for size in sizes]
        marker = MARKERS[place % len(MARKERS)]
        axes.errorbar(sizes, middle, yerr=[low, high], marker=marker, capsize=3, label=name)
        axes.annotate(
            f"{middle[-1]:.1f} s",
            (sizes[-1], middle[-1]),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
        )
    axes.set_xticks(sorted({row["spread"]["hosts"] for row in rows}))
    axes.set(xlabel="hosts", ylabel="seconds, median (least to most)", ylim=(0, None))
    axes.grid(axis="y", linewidth=0.5)
    axes.legend(frameon=False)
    _save(figure, path, "Seconds to form a cluster, against the number of hosts")


def _steps(rows: Rows, path: Path) -> None:
    """Where a create's time goes: one bar a size, its parts the steps."""
    bars = {row["spread"]["hosts"]: row["spread"]["steps"] for row in rows if _has_steps(row)}
    if not bars:
        return
    names = list(dict.fromkeys(name for size in sorted(bars) for name in bars[size]))
    labels = [f"{size} hosts" for size in sorted(bars)]
    figure, axes = _figure(7.2, 1.6 + 0.6 * len(bars))
    left = [0.0] * len(bars)
    for name, colour in zip(names, itertools.cycle(PALETTE), strict=False):
        widths = [bars[size].get(name, 0.0) for size in sorted(bars)]
        label = name.replace("_", " ")
        drawn = axes.barh(labels, widths, left=left, label=label, height=0.6, color=colour)
        shown = [f"{width:.1f}" if width > 0.06 * _most(bars) else "" for width in widths]
        on_it = "#000000" if colour in BRIGHT else "#ffffff"
        axes.bar_label(drawn, shown, label_type="center", color=on_it, fontsize=9)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.invert_yaxis()
    axes.set(xlabel="seconds, median of each step")
    axes.grid(axis="x", linewidth=0.5)
    axes.set_axisbelow(True)
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    _save(figure, path, "Where the time of a create goes, step by step")


def _has_steps(row: dict[str, Any]) -> bool:
    return bool(row["spread"].get("steps"))


def _most(bars: dict[int, dict[str, float]]) -> float:
    return max(sum(steps.values()) for steps in bars.values())


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _save(figure: Figure, path: Path, title: str) -> None:
    """Write the plot without a ground of its own, with inks for light and dark ground."""
    figure.savefig(path, transparent=True, metadata={"Date": None, "Creator": None, "Title": title})
    text = path.read_text()
    head, mark, rest = text.partition("<defs>")
    path.write_text(f"{head}{_dark_style()}\n {mark}{rest}")


def _dark_style() -> str:
    rules = "".join(
        f'[style*="{what}: {light}"]{{{what}:{dark}!important}}'
        for what in ("fill", "stroke")
        for light, dark in ((INK, INK_ON_DARK), (FAINT, FAINT_ON_DARK))
    )
    return f"<style>@media (prefers-color-scheme: dark){{{rules}}}</style>"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
