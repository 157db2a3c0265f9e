"""What was bounded in the exploration, and why: one row for each bound, for docs/process.md."""

from typing import Final, NamedTuple


class Bound(NamedTuple):
    """What, how much of it, and why no more."""

    what: str
    how_much: str
    why: str


_NUMBER: Final = "the next one is refused, whatever the number is"
BOUNDED: Final = (
    Bound("terms that choose", "every choice, in the step that reads it", "–"),
    Bound("windows", "a new deadline before, with and after each pending one", "only the order of instants counts"),
    Bound(
        "payments",
        "two; in `money` the second one while nothing was tried again, or said otherwise",
        "a third is sent back whole, like the second",
    ),
    Bound("cancellation requests", "two, by the terms", _NUMBER),
    Bound("disputes of the buyer", "one, by the terms; the platform's are not limited", _NUMBER),
    Bound("appeals, returns, exchanges", "one, as the rules say", "–"),
    Bound("interceptions", "as many as an order allows", "–"),
    Bound("extensions of delivery", "one day, by the terms", "a further day is refused"),
    Bound("chargebacks", "one, over part or all; over more in `attention`", "each takes from what is left"),
    Bound("words of a bank that changes its mind", "any, in any order, in `minds`; else it keeps to it", "–"),
    Bound(
        "refunds made elsewhere",
        "one, over part or all, in `elsewhere`",
        "each takes from what is left; reversed is as failed",
    ),
    Bound("early facts", "two at once, in `early` and `early money`", "each waits for its own thing"),
    Bound("captures", "one attempt", "a retry begins as the first attempt did"),
    Bound("offers", "one open, or a partial refund of each side", "no side's offer changes what the other may offer"),
    Bound("partial refunds", "two of 10.00; a third does not fit", "each takes from what is held, and nothing else"),
    Bound("evidence", "an item that was shown before, and a new one", "an appeal asks only whether one is new"),
    Bound("dispute reasons", "one for each list of places", "with the same places only the words differ"),
    Bound("inspections", "`as_agreed` and one other result", "the others lead to the same"),
    Bound(
        "what a provider says",
        "`money`: all; `story`: less; `minds`, `elsewhere`: that it arrives; else how it ends",
        "no stage asks for more",
    ),
    Bound("attempts", "two of the first record in `money`, else one", "a retry begins as the first attempt did"),
    Bound(
        "a provider that says otherwise than before",
        "in `money`, where no more than the total was paid: of a first attempt beside no other record, one question",
        "only the answer to the last question changes anything",
    ),
    Bound("races", "each in four states of a place", "what comes late goes on from a state that is explored anyway"),
    Bound(
        "resets",
        "one, tried in every state of every world; gone on with in `attention`",
        "the next is told as the first",
    ),
    Bound("the deadline that closed an order", "is forgotten", "it only names another refusal than the end"),
    Bound("what is acknowledged", "every subject that is listed, in `attention`", "elsewhere it is only listed"),
    Bound("texts, hashes, notes, ids", "one of each", "nothing reads them: equal states allow the same, says a test"),
)
WORLDS: Final = (
    "The story is told in worlds, since the product of everything has too many states: each tells its own part in full "
    "and the rest in outline. `story` and `money` begin with a new order and know no dispute; `parcels` and `disputes` "
    "begin with an order that was shipped, `goods` with one that was delivered; `negotiation` begins with one that was "
    "paid, and ends where goods go back or a replacement is due; `chargebacks` begins there too, "
    "and `money charged back` is `money` with a chargeback beside it; `authorised` and `promises` begin with a new "
    "order that may be paid by a promise, and so does `let off`; the last two end at the shipment; `shared payments` "
    "begins where `chargebacks` does, with another order that claims the payment; `early` and `early money` "
    "tell what comes before its parcel is named, or its payment captured; `minds` and `elsewhere` begin with one that "
    "was paid, and tell of banks that change their minds and of refunds that nobody asked us for; `attention` begins "
    "with one that was cancelled, and looks at what becomes of its refund."
)


def bounds() -> list[str]:
    """The bounds, as a part of the page."""
    head = "Everything within these bounds was tried; nothing was sampled."
    table = ["| what | how much | why no more |", "| --- | --- | --- |"]
    rows = [f"| {bound.what} | {bound.how_much} | {bound.why} |" for bound in BOUNDED]
    return ["## What was bounded, and why", "", WORLDS, "", head, "", *table, *rows, ""]
