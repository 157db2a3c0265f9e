"""Bugs in what becomes of a parcel: delivery, the way back, interception, goods, exchange; and in offers."""

from typing import Final

from tests.planted.bug import Bug

PARCELS: Final = (
    Bug(
        "story/carrier",
        "(Stage.LOST_IN_RETURN, ParcelReturned): Stage.RETURNED_TO_SELLER,",
        "",
        "a parcel that was found again stays lost",
    ),
    Bug(
        "story/carrier",
        "(Stage.RETURNING_TO_SELLER, ParcelDelivered): Stage.DELIVERED,",
        "",
        "a parcel that was delivered after all is still awaited by the seller",
    ),
    Bug(
        "story/carrier",
        "if event.tracking != parcel.tracking:",
        "if False:",
        "another parcel's report delivers this one",
    ),
    Bug("story/carrier", "if event.name in parcel.facts:", "if False:", "a carrier's report sent twice counts twice"),
    Bug("story/carrier", "if order.stage not in FOLLOWING:", "if False:", "the carrier ends a dispute"),
    Bug(
        "story/carrier",
        "if isinstance(event, ParcelLost) and deadlines.running_deadline(order, DeadlineKind.DELIVER_BY):",
        "if isinstance(event, ParcelLost):",
        "each report of a loss starts the protection anew",
    ),
    Bug(
        "arrivals/whereabouts",
        "order = replace(deadlines.stage_left(order), stage=parcel_of(order).where)",
        "order = replace(order, stage=parcel_of(order).where)",
        "a parcel goes on with the deadline of where it was",
    ),
    Bug(
        "arrivals/whereabouts",
        "    if order.return_agreed:\n        return remedies.goods_asked_back",
        "    if False:\n        return remedies.goods_asked_back",
        "an agreed return is forgotten when the parcel arrives",
    ),
    Bug(
        "arrivals/whereabouts",
        "if ParcelLost.name in parcel.facts or any(",
        "if any(",
        "a lost parcel is awaited again after a dispute",
        "second half",
    ),
    Bug(
        "story/delivery",
        'if order.terms.on_no_delivery == "full_refund":',
        "if False:",
        "who never got anything pays all the same",
    ),
    Bug(
        "story/way_back",
        "if parcel_of(order).inspection:\n        raise",
        "if False:\n        raise",
        "a parcel is inspected twice",
    ),
    Bug(
        "story/way_back",
        "    if interception.is_intercepted(order):\n        if not as_agreed:",
        "    if interception.is_intercepted(order):\n        if False:",
        "an empty intercepted parcel is refunded without a look",
    ),
    Bug(
        "story/way_back",
        "if order.return_agreed and as_agreed:",
        "if order.return_agreed:",
        "an agreed return that is empty is refunded",
    ),
    Bug(
        "story/way_back",
        'if order.terms.on_lost_return == "full_refund":',
        'if order.terms.on_no_delivery == "full_refund":',
        "the wrong term says who pays for what was lost on the way back",
    ),
    Bug(
        "story/way_back",
        "return whereabouts.parcel_followed(_with_parcel_lost(order), (), now, told)",
        "return Change(order, told)",
        "a parcel that never comes back is awaited for ever",
    ),
    Bug(
        "arrivals/whereabouts",
        "    if parcel_of(order).inspection:\n        return dispute_possible",
        "    if False:\n        return dispute_possible",
        "after a withdrawn dispute the seller inspects again",
    ),
    Bug(
        "story/interception",
        "if is_interception_open(order):\n        raise",
        "if False:\n        raise",
        "the seller is asked to intercept while the answer is still out",
    ),
    Bug(
        "story/interception", "if number > MAX_INTERCEPTIONS:", "if False:", "the seller is asked to intercept for ever"
    ),
    Bug(
        "story/interception",
        '"succeeded" if isinstance(event, ParcelReturned) else "too_late"',
        '"succeeded"',
        "a parcel that was delivered counts as intercepted",
    ),
    Bug(
        "story/interception",
        "    return (\n"
        '        _with_interception(order, "ended")\n'
        "        if is_interception_open(order) and order.stage is not Stage.SHIPPED\n"
        "        else order\n"
        "    )\n",
        '    return _with_interception(order, "ended") if False else order\n',
        "an interception is open after the parcel is gone",
    ),
    Bug("story/shipment", "if parcel.facts:", "if False:", "a tracking is corrected under the carrier's eyes"),
    Bug(
        "arrivals/shipped", "if tracking in order.trackings:", "if False:", "two parcels of one order have one tracking"
    ),
    Bug(
        "arrivals/shipped",
        "number=order.parcel.number + 1 if order.parcel else 1)",
        "number=1)",
        "there is an exchange of the exchange",
    ),
    Bug("story/returning", "    if record.tracking is not None:", "    if False:", "goods are sent back twice"),
    Bug(
        "story/returning",
        "order = deadlines.end_deadlines(replace(order, goods=record), DeadlineKind.RETURN_SHIP_BY)",
        "order = replace(order, goods=record)",
        "goods that are on their way back are paid for as if they were kept",
    ),
    Bug(
        "story/returning",
        "    if inspection is Inspection.AS_AGREED:",
        "    if inspection is not Inspection.EMPTY:",
        "broken goods are refunded without a look",
    ),
    Bug(
        "story/returning",
        "    order = deadlines.end_deadlines(order, DeadlineKind.RETURN_BY)",
        "    pass",
        "goods that have arrived are reported as lost",
    ),
    Bug(
        "story/returning",
        "    if record.arrived_at:",
        "    if False:",
        "a second report of the arrival gives the seller more time",
    ),
    Bug(
        "story/returning",
        "endings.order_completed(order, now, ClosingReason.RETURN_NOT_SHIPPED, why)",
        "endings.order_refunded(order, now, ClosingReason.RETURN_NOT_SHIPPED, why)",
        "who keeps the goods is refunded",
    ),
    Bug(
        "story/returning",
        "    if order.stage is Stage.DISPUTED:\n",
        "    if False:\n",
        "a late arrival takes the goods out of the platform's hands",
    ),
    Bug(
        "story/carrier",
        "return parcel_found(order, event, told, why) if is_found(order, event) else Change(order, told, why=why)",
        "return Change(order, told, why=why)",
        "nobody hears that a parcel which was lost has turned up",
    ),
    Bug(
        "arrivals/whereabouts",
        "    if is_dispute_left(order):\n        possible",
        "    if True:\n        possible",
        "a dispute is offered that is used up",
    ),
    Bug(
        "story/exchange",
        "return endings.order_refunded(order, now, ClosingReason.REPLACEMENT_NOT_SHIPPED, why)",
        "return endings.order_completed(order, now, ClosingReason.REPLACEMENT_NOT_SHIPPED, why)",
        "a seller is paid for a replacement that was never sent",
    ),
    Bug(
        "arrivals/remedies",
        "order.parcel is not None and order.parcel.number > 1",
        "False",
        "there is a second exchange",
    ),
    Bug(
        "arrivals/remedies",
        "replace(deadlines.stage_left(order), stage=Stage.EXCHANGING",
        "replace(order, stage=Stage.EXCHANGING",
        "protection of the first goods ends the exchange",
    ),
    Bug(
        "story/offers",
        'replace(old, state="replaced") if old.state == "open" and old.by is by else old',
        "old",
        "one side has two offers open",
    ),
    Bug("story/offers", "    if offer.by is event.by.role:", "    if False:", "a side accepts its own offer"),
    Bug("story/offers", 'if offer.state != "open":', "if False:", "an offer that was declined is accepted"),
    Bug(
        "story/offers",
        "(moved_on or not _has_fitting_amount(order, offer))",
        "not _has_fitting_amount(order, offer)",
        "an offer of another time is accepted",
    ),
    Bug(
        "story/offers",
        "(moved_on or not _has_fitting_amount(order, offer))",
        "moved_on",
        "an offer stands over more than there is",
    ),
    Bug(
        "story/offers",
        "if order.stage not in NEGOTIABLE or order.phase is Phase.DECIDED:",
        "if order.stage not in NEGOTIABLE:",
        "a decision is negotiated over",
    ),
    Bug(
        "story/offers",
        "    resolutions.check_amount_fits(order, event.resolution, event.amount)\n",
        "",
        "more is offered than is held",
    ),
    Bug(
        "story/offers",
        "sum(old.by is event.by.role for old in order.offers) >= MAX_OFFERS",
        "len(order.offers) >= 2 * MAX_OFFERS",
        "one side makes the other's offers too",
    ),
    Bug(
        "story/offers",
        "return order.parcel is not None and parcel_of(order).where not in back",
        "return True",
        "goods that were never shipped are agreed to come back",
    ),
)
