"""State diagrams as pictures. The exploration says which edges there are, `chapters.py` where they run.

An edge that has no place yet is an error that says where to give it one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Final

from tests.exploration.seen import Seen
from workflows.messages.commands import MESSAGES
from workflows.messages.values import DeadlineKind, Role

BOX_WIDTH, BOX_HEIGHT, LINE_HEIGHT = 208, 58, 20

COLOURS: Final = {
    Role.BUYER: "#2563eb",
    Role.SELLER: "#c2410c",
    Role.PLATFORM: "#7c3aed",
    Role.PAYMENT_PROVIDER: "#15803d",
    Role.CARRIER: "#0e7490",
    Role.SYSTEM: "#64748b",
}
WORDS: Final = {
    Role.BUYER: "buyer",
    Role.SELLER: "seller",
    Role.PLATFORM: "platform",
    Role.PAYMENT_PROVIDER: "payment provider",
    Role.CARRIER: "carrier",
    Role.SYSTEM: "a deadline passes",
}
FONT: Final = "font-family=\"ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\""


@dataclass(frozen=True)
class Box:
    """One place, or several drawn as one: the middle of its box, and how it looks."""

    label: str
    x: int
    y: int
    members: frozenset[str]
    look: str = "own"
    """`own`: a place of this chapter; `other`: one of another chapter; `end`: a closed one."""
    width: int = BOX_WIDTH
    below: str = ""
    """A second, smaller line."""
    into: frozenset[str] = frozenset()
    """The boxes of the chapter to which the edges from here are drawn, too."""


@dataclass(frozen=True)
class Frame:
    """Boxes that have exits in common: those are drawn once, from the frame."""

    label: str
    x: int
    y: int
    width: int
    height: int
    boxes: frozenset[str]
    to: frozenset[str]
    """The boxes and frames to which the exits are drawn from the frame."""
    entered_from: frozenset[str] = frozenset()
    """The boxes and frames from which the edges are drawn to the frame, not to a box in it."""


@dataclass(frozen=True)
class Route:
    """How an edge runs, and where its words stand."""

    path: str
    words: tuple[int, int]
    anchor: str = "start"


@dataclass(frozen=True)
class Drawing:
    """One picture."""

    name: str
    title: str
    width: int
    height: int
    boxes: Mapping[str, Box]
    routes: Mapping[tuple[str, str], Route]
    frames: Mapping[str, Frame] = field(default_factory=dict)
    most_words: int = 99
    """How many words stand at one edge; of the others it says how many there are."""
    legend: tuple[int, int] = (40, 104)


def edges(drawing: Drawing, seen: Seen) -> dict[tuple[str, str], list[str]]:
    """The edges of a picture with their words: those that begin in a box of its own."""
    box_of = {place: name for name, box in drawing.boxes.items() for place in box.members}
    found: dict[tuple[str, str], set[str]] = {}
    for source, name, target in seen.transitions:
        begin, end = box_of.get(source), box_of.get(target)
        if begin is None or end is None or begin == end or not _drawn(drawing, begin, end):
            continue
        found.setdefault(_framed(drawing, begin, end), set()).add(name)
    order = {name: number for number, name in enumerate((*MESSAGES, "provider_answered", *DeadlineKind))}
    return {ends: sorted(names, key=lambda name: order[name]) for ends, names in sorted(found.items())}


def _framed(drawing: Drawing, begin: str, end: str) -> tuple[str, str]:
    """The ends of an edge: a box or, where the frame speaks for its boxes, the frame."""
    around = {box: name for name, frame in drawing.frames.items() for box in frame.boxes}
    source, target = around.get(begin, begin), around.get(end, end)
    if target in drawing.frames and drawing.frames[target].entered_from & {begin, source} and source != target:
        end = target
    if source in drawing.frames and end in drawing.frames[source].to:
        begin = source
    return begin, end


def _drawn(drawing: Drawing, begin: str, end: str) -> bool:
    """From the chapter's own boxes everything is drawn; from another's only what leads into it, where that is asked."""
    return drawing.boxes[begin].look == "own" or end in drawing.boxes[begin].into


def drawn(drawing: Drawing, seen: Seen) -> str:
    """The SVG of every edge that was seen."""
    width, height = drawing.width, drawing.height
    size = f'width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {size} role="img" {FONT}>',
        f"<title>{escape(drawing.title)}</title>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" orient="auto">',
        '<path d="M0 0 L10 5 L0 10 Z" fill="#94a3b8"/></marker></defs>',
        f'<rect width="{width}" height="{height}" rx="18" fill="#ffffff"/>',
        *_legend(drawing),
    ]
    for frame in drawing.frames.values():
        parts += _frame(frame)
    told = edges(drawing, seen)
    for ends in told:
        parts += _line(drawing, ends)
    for box in drawing.boxes.values():
        parts += _box(box)
    for ends, names in told.items():
        parts += _words(drawing, ends, names)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _route(drawing: Drawing, ends: tuple[str, str]) -> Route:
    route = drawing.routes.get(ends)
    assert route, f"tests/exploration/chapters.py, {drawing.name}: give the edge {ends} a place in its routes"
    return route


def _line(drawing: Drawing, ends: tuple[str, str]) -> list[str]:
    path = _route(drawing, ends).path
    return [f'<path d="{path}" fill="none" stroke="#94a3b8" stroke-width="2" marker-end="url(#tip)"/>']


def _words(drawing: Drawing, ends: tuple[str, str], names: list[str]) -> list[str]:
    route, parts = _route(drawing, ends), []
    x, y = route.words
    left = len(names) - drawing.most_words
    told = names if left <= 0 else [*names[: drawing.most_words - 1], f"and {left + 1} more"]
    for line, name in enumerate(told):
        at = f'x="{x}" y="{y + line * LINE_HEIGHT}" font-size="14" text-anchor="{route.anchor}"'
        text = f"<text {at}{_italic(name)} "
        halo = 'fill="#ffffff" stroke="#ffffff" stroke-width="6" stroke-linejoin="round"'
        words = f">{escape(name)}</text>"
        parts += [f"{text}{halo}{words}", f'{text}fill="{COLOURS[_actor(name)]}"{words}']
    return parts


def _actor(name: str) -> Role:
    return MESSAGES[name].roles[0] if name in MESSAGES else Role.SYSTEM


def _italic(name: str) -> str:
    return "" if name in MESSAGES else ' font-style="italic"'


LOOKS: Final = {
    "own": ("#f1f5f9", "#334155", "#0f172a", ""),
    "other": ("#ffffff", "#94a3b8", "#475569", ' stroke-dasharray="5 4"'),
    "end": ("#0f172a", "#0f172a", "#ffffff", ""),
}


def _box(box: Box) -> list[str]:
    fill, line, ink, dashes = LOOKS[box.look]
    left, top = box.x - box.width // 2, box.y - BOX_HEIGHT // 2
    size, bold = f'width="{box.width}" height="{BOX_HEIGHT}"', 'font-size="16" font-weight="600"'
    baseline = box.y - 3 if box.below else box.y + 6
    parts = [
        f'<rect x="{left}" y="{top}" {size} rx="12" fill="{fill}" stroke="{line}" stroke-width="2"{dashes}/>',
        f'<text x="{box.x}" y="{baseline}" {bold} text-anchor="middle" fill="{ink}">{escape(box.label)}</text>',
    ]
    if box.below:
        small = 'font-size="12" text-anchor="middle"'
        parts.append(f'<text x="{box.x}" y="{box.y + 16}" {small} fill="{ink}">{escape(box.below)}</text>')
    return parts


def _frame(frame: Frame) -> list[str]:
    size = f'width="{frame.width}" height="{frame.height}"'
    look = 'rx="20" fill="#f8fafc" stroke="#cbd5e1" stroke-width="2"'
    label = f'x="{frame.x + 18}" y="{frame.y + 26}" font-size="14" font-weight="600" fill="#64748b"'
    return [
        f'<rect x="{frame.x}" y="{frame.y}" {size} {look}/>',
        f"<text {label}>{escape(frame.label)}</text>",
    ]


def _legend(drawing: Drawing) -> list[str]:
    parts = [f'<text x="40" y="50" font-size="24" font-weight="700" fill="#0f172a">{escape(drawing.title)}</text>']
    x, y = drawing.legend
    told = "Every edge was taken by the exploration. What leaves a frame leaves several of its stages."
    parts.append(f'<text x="40" y="74" font-size="14" fill="#475569">{told}</text>')
    for role, words in WORDS.items():
        style = ' font-style="italic"' if role is Role.SYSTEM else ""
        parts.append(f'<circle cx="{x + 6}" cy="{y - 5}" r="6" fill="{COLOURS[role]}"/>')
        parts.append(f'<text x="{x + 20}" y="{y}" font-size="14" fill="{COLOURS[role]}"{style}>{words}</text>')
        x += 48 + 8 * len(words)
    return parts
