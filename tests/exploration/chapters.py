"""Where the boxes and edges of each picture stand. Which edges there are is said by the exploration."""

from typing import Final

from tests.exploration.picture import Box, Drawing, Frame, Route
from workflows.messages.values import Stage
from workflows.messages.vocabulary import Phase

S: Final = Stage
IN_DISPUTE: Final = {phase: f"{S.DISPUTED}.{phase}" for phase in Phase if phase is not Phase.ENDED}
"""The places of a dispute, as the exploration calls them."""
BEFORE: Final = (S.PENDING_PAYMENT, S.AWAITING_SHIPMENT, S.CANCELLATION_PENDING)
WITH_THE_PARCEL: Final = (
    S.SHIPPED,
    S.DELIVERED,
    S.RETURNING_TO_SELLER,
    S.RETURNED_TO_SELLER,
    S.LOST_IN_RETURN,
)
FOLLOWING_A_DECISION: Final = (S.RETURNING_GOODS, S.EXCHANGING)
AFTER_SHIPMENT: Final = (S.REFUNDED, S.PARTIALLY_REFUNDED, S.COMPLETED)


def one(stage: str, label: str, x: int, y: int, look: str = "own") -> Box:
    """The box of one place."""
    return Box(label, x, y, frozenset({stage}), look)


def _ended(x: int, y: int, width: int = 300) -> Box:
    return Box("Closed", x, y, frozenset(AFTER_SHIPMENT), "end", width, ", ".join(AFTER_SHIPMENT))


PAYMENT: Final = Drawing(
    "payment",
    "Payment and cancellation",
    1200,
    760,
    {
        "pending": one(S.PENDING_PAYMENT, "Pending Payment", 150, 420),
        "awaiting": one(S.AWAITING_SHIPMENT, "Awaiting Shipment", 540, 420),
        "asked": one(S.CANCELLATION_PENDING, "Cancellation Pending", 740, 180),
        "shipped": one(S.SHIPPED, "Shipped", 1010, 420, "other"),
        "cancelled": one(S.CANCELLED, "Cancelled", 540, 690, "end"),
    },
    {
        ("pending", "awaiting"): Route("M255 420 H431", (268, 390)),
        ("pending", "cancelled"): Route("M150 449 V650 Q150 690 190 690 H431", (164, 500)),
        ("awaiting", "asked"): Route("M510 391 V220 Q510 180 550 180 H631", (498, 300), "end"),
        ("asked", "awaiting"): Route("M680 209 V250 Q680 290 640 290 H590 Q550 290 550 330 V383", (570, 312)),
        ("awaiting", "cancelled"): Route("M510 449 V653", (498, 530), "end"),
        ("asked", "cancelled"): Route("M770 209 V560 Q770 600 730 600 H610 Q570 600 570 640 V653", (758, 490), "end"),
        ("awaiting", "shipped"): Route("M645 420 H901", (830, 408)),
        ("asked", "shipped"): Route("M845 180 H970 Q1010 180 1010 220 V383", (1022, 270)),
    },
)
DELIVERY: Final = Drawing(
    "delivery",
    "Shipment, delivery and the way back",
    1470,
    880,
    {
        "shipped": one(S.SHIPPED, "Shipped", 190, 220),
        "delivered": one(S.DELIVERED, "Delivered", 760, 220),
        "returning": one(S.RETURNING_TO_SELLER, "Delivery Refused", 190, 490),
        "returned": one(S.RETURNED_TO_SELLER, "Returned to Seller", 760, 490),
        "lost": one(S.LOST_IN_RETURN, "Lost in Return", 190, 750),
        "goods": one(S.RETURNING_GOODS, "Return Requested", 1310, 180, "other"),
        "exchange": one(S.EXCHANGING, "Exchange in Progress", 1310, 300, "other"),
        "disputed": Box("In Dispute", 1310, 420, frozenset(IN_DISPUTE.values()), "other"),
        "ended": _ended(1290, 600),
        "cancelled": one(S.CANCELLED, "Cancelled", 1310, 790, "end"),
    },
    {
        ("shipped", "delivered"): Route("M295 220 H651", (308, 208)),
        ("shipped", "returning"): Route("M150 249 V453", (162, 300)),
        ("shipped", "returned"): Route("M250 249 L670 455", (390, 300)),
        ("returning", "delivered"): Route("M250 461 L670 255", (350, 440)),
        ("returning", "returned"): Route("M295 490 H651", (420, 512)),
        ("returning", "lost"): Route("M150 519 V713", (162, 600)),
        ("lost", "returned"): Route("M295 740 L700 525", (420, 705)),
        ("framed", "goods"): Route("M930 180 H1201", (945, 150)),
        ("framed", "exchange"): Route("M930 300 H1201", (945, 288)),
        ("framed", "disputed"): Route("M930 420 H1201", (945, 390)),
        ("framed", "ended"): Route("M930 600 H1131", (945, 495)),
        ("returned", "cancelled"): Route("M760 519 V750 Q760 790 800 790 H1201", (960, 760)),
    },
    {
        "framed": Frame(
            "the order goes where its parcel goes",
            50,
            130,
            880,
            700,
            frozenset({"shipped", "delivered", "returning", "returned", "lost"}),
            frozenset({"goods", "exchange", "disputed", "ended"}),
        )
    },
)
DISPUTE: Final = Drawing(
    "dispute",
    "Dispute, and what follows from it",
    1470,
    920,
    {
        "parcel": Box(
            "Not in dispute",
            170,
            290,
            frozenset(WITH_THE_PARCEL),
            "other",
            220,
            "the stage of the parcel",
            frozenset({"open", "review"}),
        ),
        "open": one(IN_DISPUTE[Phase.OPEN], "Dispute Open", 560, 290),
        "review": one(IN_DISPUTE[Phase.UNDER_REVIEW], "Under Review", 920, 290),
        "inform": Box(
            "Information Requested", 1300, 290, frozenset({IN_DISPUTE[Phase.INFORMATION_REQUESTED]}), width=228
        ),
        "decided": one(IN_DISPUTE[Phase.DECIDED], "Decided", 1290, 640),
        "goods": one(S.RETURNING_GOODS, "Return Requested", 800, 640),
        "exchange": one(S.EXCHANGING, "Exchange in Progress", 480, 640),
        "ended": _ended(820, 860, 1040),
    },
    {
        ("parcel", "open"): Route("M280 290 H451", (292, 278)),
        ("parcel", "review"): Route("M170 261 V175 Q170 145 200 145 H890 Q920 145 920 175 V253", (620, 166)),
        ("open", "review"): Route("M664 290 H811", (674, 262)),
        ("review", "inform"): Route("M1024 280 H1181", (1034, 268)),
        ("inform", "review"): Route("M1186 302 H1033", (1036, 324)),
        ("review", "decided"): Route("M1000 319 V610 Q1000 640 1030 640 H1181", (1040, 628)),
        ("decided", "review"): Route("M1290 611 V490 Q1290 460 1260 460 H1048 Q1018 460 1018 430 V327", (1150, 448)),
        ("goods", "review"): Route("M904 640 H930 Q960 640 960 610 V327", (948, 520), "end"),
        ("framed", "parcel"): Route("M420 380 H260 Q230 380 230 350 V327", (250, 404)),
        ("framed", "exchange"): Route("M480 400 V603", (486, 440)),
        ("framed", "goods"): Route("M790 400 V603", (802, 426)),
        ("framed", "ended"): Route("M625 400 V823", (635, 440)),
        ("exchange", "parcel"): Route("M375 640 H180 Q150 640 150 610 V327", (172, 628)),
        ("exchange", "ended"): Route("M480 669 V823", (492, 750)),
        ("goods", "ended"): Route("M800 669 V823", (812, 730)),
        ("decided", "ended"): Route("M1290 669 V823", (1302, 750)),
    },
    {
        "framed": Frame(
            "until it is decided",
            420,
            205,
            1010,
            195,
            frozenset({"open", "review", "inform"}),
            frozenset({"parcel", "ended", "goods", "exchange"}),
        )
    },
)
OVERVIEW: Final = Drawing(
    "stages",
    "An order, from payment to its end",
    1620,
    790,
    {
        "pending": one(S.PENDING_PAYMENT, "Pending Payment", 170, 220),
        "awaiting": one(S.AWAITING_SHIPMENT, "Awaiting Shipment", 170, 370),
        "asked": one(S.CANCELLATION_PENDING, "Cancellation Pending", 170, 540),
        "shipped": one(S.SHIPPED, "Shipped", 680, 220),
        "delivered": one(S.DELIVERED, "Delivered", 1030, 220),
        "returning": one(S.RETURNING_TO_SELLER, "Delivery Refused", 680, 380),
        "returned": one(S.RETURNED_TO_SELLER, "Returned to Seller", 1030, 380),
        "lost": one(S.LOST_IN_RETURN, "Lost in Return", 680, 540),
        "disputed": Box("In Dispute", 1430, 230, frozenset(IN_DISPUTE.values())),
        "goods": one(S.RETURNING_GOODS, "Return Requested", 1430, 450),
        "exchange": one(S.EXCHANGING, "Exchange in Progress", 1430, 570),
        "cancelled": one(S.CANCELLED, "Cancelled", 225, 740, "end"),
        "ended": _ended(1100, 740, 640),
    },
    {
        ("pending", "awaiting"): Route("M170 249 V333", (182, 296)),
        ("awaiting", "asked"): Route("M84 399 V503", (94, 455)),
        ("asked", "awaiting"): Route("M244 511 V407", (252, 435)),
        ("paying", "cancelled"): Route("M225 620 V703", (237, 645)),
        ("paying", "shipped"): Route("M410 220 H567", (420, 190)),
        ("shipped", "delivered"): Route("M784 220 H917", (796, 210)),
        ("shipped", "returned"): Route("M784 235 L926 360", (872, 336)),
        ("shipped", "returning"): Route("M640 249 V343", (652, 288)),
        ("returning", "delivered"): Route("M784 365 L926 240", (872, 270)),
        ("returning", "returned"): Route("M784 388 H917", (790, 410)),
        ("returning", "lost"): Route("M640 409 V503", (652, 450)),
        ("lost", "returned"): Route("M784 530 L990 418", (890, 510)),
        ("moving", "disputed"): Route("M1155 215 H1317", (1165, 185)),
        ("disputed", "moving"): Route("M1326 250 H1164", (1165, 272)),
        ("moving", "following"): Route("M1155 480 H1297", (1165, 450)),
        ("disputed", "following"): Route("M1510 259 V371", (1500, 296), "end"),
        ("goods", "disputed"): Route("M1345 421 V268", (1335, 330), "end"),
        ("exchange", "moving"): Route("M1326 570 H1164", (1240, 560)),
        ("moving", "cancelled"): Route("M620 620 V700 Q620 740 580 740 H338", (470, 708)),
        ("moving", "ended"): Route("M1000 620 V703", (1012, 645)),
        ("following", "ended"): Route("M1370 640 V703", (1358, 662), "end"),
        ("disputed", "ended"): Route("M1534 230 H1570 Q1590 230 1590 250 V720 Q1590 740 1570 740 H1429", (1474, 690)),
    },
    {
        "paying": Frame(
            "not shipped yet",
            40,
            140,
            370,
            480,
            frozenset({"pending", "awaiting", "asked"}),
            frozenset({"cancelled", "shipped"}),
        ),
        "moving": Frame(
            "the order goes where its parcel goes",
            560,
            140,
            595,
            480,
            frozenset({"shipped", "delivered", "returning", "returned", "lost"}),
            frozenset({"disputed", "following", "ended", "cancelled"}),
            frozenset({"disputed", "exchange"}),
        ),
        "following": Frame(
            "as it was decided, or agreed",
            1306,
            380,
            248,
            260,
            frozenset({"goods", "exchange"}),
            frozenset({"ended"}),
            frozenset({"moving", "disputed"}),
        ),
    },
    most_words=3,
)
CHAPTERS: Final = (PAYMENT, DELIVERY, DISPUTE)
