"""Draws the results as SVG. matplotlib is only in the dependency group `bench`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_OURS, _FLOOR, _OTHER, _THIRD = "#8a3391", "#666666", "#d08700", "#c03a2b"
_SIZE = (7.0, 4.0)  # inches

Rows = Sequence[Mapping[str, Any]]


def draw(results: Mapping[str, Any], folder: Path) -> None:
    """Draw `scale.svg`, `calls.svg` and `noop.svg` into *folder*.

    Raises:
        RuntimeError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an optional dependency
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise RuntimeError("matplotlib is not installed: run `make bench`") from error
    mpl.rcParams.update({"svg.hashsalt": "pulumi-eci", "svg.fonttype": "none", "font.size": 10})
    for name, plot in PLOTS.items():
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.subplots()
        plot(axes, results[name])
        axes.grid(visible=True, alpha=0.3)
        if name != "calls":
            axes.set_xlabel("caches")
            axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})


def in_batches(caches: int, workers: int, row: Mapping[str, Any]) -> float:
    """Return the theoretical seconds with *workers*, without any other cost."""
    batches = math.ceil(caches / workers)
    return float(row["floor_s"]) + batches * float(row["build_seconds"])


def _scale(axes: Any, rows: Rows) -> None:  # noqa: ANN401 - of matplotlib, which is optional
    numbers = [row["caches"] for row in rows]
    build = rows[0]["build_seconds"]
    for workers, colour in ((4, _THIRD), (10, _OTHER)):
        seconds = [in_batches(row["caches"], workers, row) for row in rows]
        axes.plot(numbers, seconds, "--", color=colour, label=f"{workers} workers, in theory")
    axes.plot(numbers, [row["wall_s"] for row in rows], "o-", color=_OURS, label="pulumi-eci")
    floor = [row["floor_s"] for row in rows]
    axes.plot(numbers, floor, ".:", color=_FLOOR, label="as many resources that do nothing")
    axes.set_title(f"Creating caches that take {build:g} s to build")
    axes.set_ylabel("seconds of `pulumi up --parallel 128`")


def _noop(axes: Any, rows: Rows) -> None:  # noqa: ANN401
    numbers = [row["caches"] for row in rows]
    axes.plot(numbers, [row["wall_s"] for row in rows], "o-", color=_OURS, label="pulumi-eci")
    floor = [row["floor_s"] for row in rows]
    axes.plot(numbers, floor, ".:", color=_FLOOR, label="as many resources that do nothing")
    axes.set_title("`pulumi up` with nothing to do")
    axes.set_ylabel("seconds")


def _calls(axes: Any, rows: Rows) -> None:  # noqa: ANN401
    pages = sorted({row["page"] for row in rows}, reverse=True)
    names = list(dict.fromkeys(row["operation"] for row in rows))
    for offset, (page, colour) in enumerate(zip(pages, (_OURS, _OTHER), strict=False)):
        looks = [
            next(
                row["calls"].get("DescribeImageCaches", 0)
                for row in rows
                if row["operation"] == name and row["page"] == page
            )
            for name in names
        ]
        places = [index + 0.35 * (offset - 0.5) for index in range(len(names))]
        axes.bar(places, looks, 0.33, color=colour, label=f"pages of {page}")
    caches = rows[0]["caches"]
    axes.axhline(caches, linestyle="--", color=_THIRD, label="one call a cache")
    axes.set_xticks(range(len(names)), names)
    axes.set_title(f"DescribeImageCaches of each operation on {caches} caches")
    axes.set_ylabel("calls")


PLOTS = {"scale": _scale, "calls": _calls, "noop": _noop}
"""The benchmarks that have a plot."""
