"""Charts as inline SVG: no script, no external resource; colors come from the page's style; pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 14, 44
_MAX_TICKS = 8
_ROW = 26  # height of a bar of a bar chart
_LABEL = 250  # width for the labels of a bar chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point with the words shown when it is pointed at; y None is a gap."""

    x: float
    y: float | None
    told: str = ""
    faint: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A line; look is the style class that gives it its color and dashes."""

    name: str
    look: str
    points: Sequence[Point]
    stepped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """An axis from low to high with labelled ticks."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    title: str = ""


def lines(series: Sequence[Series], *, x: Axis, y: Axis, about: str) -> Markup:
    """Return a line chart; about says in words what it shows, for those who cannot see it."""
    parts = [*_y_grid(y), *_x_ticks(x), *_titles(x, y)]
    for one in series:
        parts += _line(one, x, y)
    return _svg(parts, width=WIDTH, height=HEIGHT, about=about)


def bars(rows: Sequence[tuple[str, int, str]], *, about: str) -> Markup:
    """Return a bar chart of (label, count, style class), a row each."""
    most = max((count for _, count, _ in rows), default=0) or 1
    room = WIDTH - _LABEL - 70
    parts = []
    for i, (label, count, look) in enumerate(rows):
        middle = i * _ROW + _ROW / 2
        width = max(1.0, room * count / most) if count else 0.0
        parts += [
            _text(_LABEL - 10, middle + 4, label, anchor="end"),
            Markup('<rect class="bar {}" x="{}" y="{}" width="{}" height="{}" rx="2"/>').format(
                look, _LABEL, _number(middle - 8), _number(width), 16
            ),
            _text(_LABEL + width + 8, middle + 4, f"{count:,}", look="value"),
        ]
    return _svg(parts, width=WIDTH, height=max(1, len(rows)) * _ROW, about=about)


def percent_axis(high: float = 1.0, *, title: str = "") -> Axis:
    """Return an axis of shares from 0 to a round value at or above `high`."""
    step = next((s for s in (0.01, 0.02, 0.05, 0.1, 0.2) if high / s <= 5), 0.2)  # noqa: PLR2004 -- grid lines
    top = min(1.0, max(step, math.ceil(high / step - 1e-9) * step))
    ticks = [(i * step, f"{i * step:.0%}") for i in range(round(top / step) + 1)]
    return Axis(low=0.0, high=top, ticks=ticks, title=title)


def count_axis(high: int, *, title: str = "") -> Axis:
    """Return an axis of counts from 0 to a round number at or above `high`."""
    rough = max(1.0, high / 4)
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(int(m * magnitude) for m in (1, 2, 5, 10) if m * magnitude >= rough)
    top = max(1, math.ceil(high / step)) * step
    return Axis(low=0.0, high=float(top), ticks=[(float(v), f"{v:,}") for v in range(0, top + 1, step)], title=title)


def label_axis(labels: Sequence[tuple[float, str]], *, title: str = "") -> Axis:
    """Return an axis over labelled places, with as many labels as there is room for."""
    places = [at for at, _ in labels] or [0.0]
    low, high = min(places), max(places)
    every = math.ceil(len(labels) / _MAX_TICKS) or 1
    margin = (high - low) * 0.03 or 1.0
    return Axis(low=low - margin, high=high + margin, ticks=labels[::every], title=title)


def _at(axis: Axis, value: float, start: float, end: float) -> float:
    span = axis.high - axis.low or 1.0
    return start + (value - axis.low) / span * (end - start)


def _x(axis: Axis, value: float) -> float:
    return _at(axis, value, _LEFT, WIDTH - _RIGHT)


def _y(axis: Axis, value: float) -> float:
    return _at(axis, value, HEIGHT - _BOTTOM, _TOP)


def _y_grid(axis: Axis) -> list[Markup]:
    parts = []
    for value, label in axis.ticks:
        at = _number(_y(axis, value))
        parts += [
            Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(_LEFT, WIDTH - _RIGHT, at, at),
            _text(_LEFT - 8, _y(axis, value) + 4, label, anchor="end"),
        ]
    return parts


def _x_ticks(axis: Axis) -> list[Markup]:
    return [_text(_x(axis, value), HEIGHT - _BOTTOM + 17, label, anchor="middle") for value, label in axis.ticks]


def _titles(x: Axis, y: Axis) -> list[Markup]:
    middle = (HEIGHT - _BOTTOM + _TOP) / 2
    parts = [_text((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 8, x.title, anchor="middle")] if x.title else []
    if y.title:
        turned = Markup('<text text-anchor="middle" transform="translate(11 {}) rotate(-90)">{}</text>')
        parts.append(turned.format(_number(middle), y.title))
    return parts


def _line(series: Series, x: Axis, y: Axis) -> list[Markup]:
    command, path = "M", ""
    for point in series.points:
        if point.y is None:
            command = "M"
            continue
        at_x, at_y = _number(_x(x, point.x)), _number(_y(y, point.y))
        path += f"H{at_x}V{at_y}" if series.stepped and command == "L" else f"{command}{at_x} {at_y}"
        command = "L"
    parts = [Markup('<path class="line {}" d="{}"/>').format(series.look, path)] if path else []
    marked = [] if series.stepped else [point for point in series.points if point.y is not None and point.told]
    for point in marked:
        look = f"{series.look} faint" if point.faint else series.look
        parts.append(
            Markup('<circle class="dot {}" cx="{}" cy="{}" r="3.5"><title>{}</title></circle>').format(
                look, _number(_x(x, point.x)), _number(_y(y, point.y or 0.0)), point.told
            )
        )
    return parts


def _text(x: float, y: float, text: str, *, anchor: str = "start", look: str = "") -> Markup:
    look_of = Markup(' class="{}"').format(look) if look else Markup()
    return Markup('<text{} x="{}" y="{}" text-anchor="{}">{}</text>').format(
        look_of, _number(x), _number(y), anchor, text
    )


def _number(value: float) -> str:
    """Return a coordinate, short and the same on every machine."""
    return f"{value:.1f}".removesuffix(".0")


def _svg(parts: Sequence[Markup], *, width: int, height: int, about: str) -> Markup:
    head = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(width, height, escape(about))
    return head + Markup("\n").join(parts) + Markup("</svg>")
