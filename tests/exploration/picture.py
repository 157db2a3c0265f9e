"""The state diagram as a picture. Which edges there are comes from the exploration; where they run is drawn here.

A stage or an edge that has no place yet is an error that says where to give it one.
"""

from dataclasses import dataclass
from html import escape
from typing import Final

from tests.exploration.seen import Seen
from workflows.messages.commands import MESSAGES
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.process.view import _LABELS as LABELS

WIDTH, HEIGHT = 1470, 780
BOX_WIDTH, BOX_HEIGHT, LINE_HEIGHT = 208, 58, 21

BOXES: Final = {
    Stage.PENDING_PAYMENT: (130, 420),
    Stage.AWAITING_SHIPMENT: (500, 420),
    Stage.CANCELLATION_PENDING: (700, 150),
    Stage.SHIPPED: (900, 420),
    Stage.DELIVERED: (1270, 420),
    Stage.CANCELLED: (500, 700),
    Stage.REFUNDED: (900, 700),
    Stage.COMPLETED: (1270, 700),
}
"""The middle of each stage's box."""


@dataclass(frozen=True)
class Route:
    """How an edge runs, and where its words stand."""

    path: str
    words: tuple[int, int]
    anchor: str = "start"


S: Final = Stage
ROUTES: Final = {
    (S.PENDING_PAYMENT, S.AWAITING_SHIPMENT): Route("M235 420 H391", (248, 408)),
    (S.PENDING_PAYMENT, S.CANCELLED): Route("M130 449 V660 Q130 700 170 700 H391", (144, 500)),
    (S.AWAITING_SHIPMENT, S.CANCELLATION_PENDING): Route("M470 391 V190 Q470 150 510 150 H591", (458, 272), "end"),
    (S.CANCELLATION_PENDING, S.AWAITING_SHIPMENT): Route("M640 179 V230 Q640 270 600 270 H550 Q510 270 510 310 V383",
                                                         (524, 292)),
    (S.AWAITING_SHIPMENT, S.CANCELLED): Route("M470 449 V663", (458, 560), "end"),
    (S.CANCELLATION_PENDING, S.CANCELLED): Route(
        "M720 179 V560 Q720 600 680 600 H570 Q530 600 530 640 V663", (708, 502), "end"),
    (S.AWAITING_SHIPMENT, S.SHIPPED): Route("M605 420 H791", (620, 408)),
    (S.CANCELLATION_PENDING, S.SHIPPED): Route("M805 150 H860 Q900 150 900 190 V383", (912, 250)),
    (S.SHIPPED, S.DELIVERED): Route("M1005 420 H1161", (1020, 408)),
    (S.SHIPPED, S.REFUNDED): Route("M870 449 V663", (858, 580), "end"),
    (S.SHIPPED, S.COMPLETED): Route("M930 449 V520 Q930 560 970 560 H1180 Q1220 560 1220 600 V663", (944, 506)),
    (S.DELIVERED, S.COMPLETED): Route("M1290 449 V663", (1302, 560)),
}  # fmt: skip

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
    Role.SELLER: "seller (and platform)",
    Role.PAYMENT_PROVIDER: "payment provider",
    Role.CARRIER: "carrier",
    Role.SYSTEM: "a deadline passes",
}
SIZE: Final = f'width="{WIDTH}" height="{HEIGHT}"'
FONT: Final = "font-family=\"ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\""


def drawn(seen: Seen) -> str:
    """The SVG of every edge that was seen."""
    edges: dict[tuple[Stage, Stage], list[str]] = {}
    for source, name, target in sorted(seen.transitions):
        edges.setdefault((Stage(source), Stage(target)), []).append(name)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {SIZE} role="img" {FONT}>',
        "<title>How an order moves from stage to stage</title>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" orient="auto">',
        '<path d="M0 0 L10 5 L0 10 Z" fill="#94a3b8"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="18" fill="#ffffff"/>',
        *_legend(),
    ]
    for ends, names in edges.items():
        parts += _edge(ends, names)
    for stage in dict.fromkeys(stage for ends in edges for stage in ends):
        parts += _box(stage)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _edge(ends: tuple[Stage, Stage], names: list[str]) -> list[str]:
    route = ROUTES.get(ends)
    assert route, f"tests/exploration/picture.py: give the edge {ends[0]} → {ends[1]} a place in ROUTES"
    x, y = route.words
    named = sorted(names, key=lambda name: (name in set(DeadlineKind), name))
    parts = [f'<path d="{route.path}" fill="none" stroke="#94a3b8" stroke-width="2" marker-end="url(#tip)"/>']
    for line, name in enumerate(named):
        text = (
            f'<text x="{x}" y="{y + line * LINE_HEIGHT}" font-size="14.5" text-anchor="{route.anchor}"{_italic(name)} '
        )
        halo = 'fill="#ffffff" stroke="#ffffff" stroke-width="6" stroke-linejoin="round"'
        words = f">{escape(name)}</text>"
        parts += [f"{text}{halo}{words}", f'{text}fill="{COLOURS[_actor(name)]}"{words}']
    return parts


def _actor(name: str) -> Role:
    return MESSAGES[name].roles[0] if name in MESSAGES else Role.SYSTEM


def _italic(name: str) -> str:
    return "" if name in MESSAGES else ' font-style="italic"'


def _box(stage: Stage) -> list[str]:
    assert stage in BOXES, f"tests/exploration/picture.py: give the stage {stage} a place in BOXES"
    x, y = BOXES[stage]
    fill, line, ink = ("#0f172a", "#0f172a", "#ffffff") if stage.closed else ("#f1f5f9", "#334155", "#0f172a")
    left, top = x - BOX_WIDTH // 2, y - BOX_HEIGHT // 2
    box, bold = f'width="{BOX_WIDTH}" height="{BOX_HEIGHT}"', 'font-size="16.5" font-weight="600"'
    return [
        f'<rect x="{left}" y="{top}" {box} rx="12" fill="{fill}" stroke="{line}" stroke-width="2"/>',
        f'<text x="{x}" y="{y + 6}" {bold} text-anchor="middle" fill="{ink}">{LABELS[stage]}</text>',
    ]


def _legend() -> list[str]:
    parts = [
        '<text x="40" y="52" font-size="24" font-weight="700" fill="#0f172a">An order, from payment to its end</text>',
        '<text x="40" y="80" font-size="15" fill="#475569">Drawn from the exploration: every edge was taken.</text>',
    ]
    for line, (role, words) in enumerate(WORDS.items()):
        style = ' font-style="italic"' if role is Role.SYSTEM else ""
        y = 118 + line * 24
        parts.append(f'<circle cx="48" cy="{y - 5}" r="6" fill="{COLOURS[role]}"/>')
        parts.append(f'<text x="64" y="{y}" font-size="15" fill="{COLOURS[role]}"{style}>{words}</text>')
    return parts
