"""The start input: what an order is, before anything has happened to it."""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from workflows.messages.complaints import FieldsError
from workflows.messages.fields import MAX_AMOUNT, Amount, Currency, Id, OrderId, plain
from workflows.messages.policies import MAX_LAYERS, PolicyName, PolicyVersion
from workflows.messages.sentences import say
from workflows.messages.shapes import LOCALE
from workflows.messages.terms import Terms
from workflows.messages.values import Wire

MAX_LINES: Final = 200
"""Lines of one order; they travel with the state through every record."""
MAX_START_BYTES: Final = 40 * 1024
"""Of the start input, which the order's state holds for ever: two hundred lines of 170 bytes, and the terms."""
MAX_TITLE: Final = 200
MAX_LOCALE: Final = 35
"""Characters: the longest language tag that RFC 5646 asks to be taken."""
MAX_QUANTITY: Final = 1_000_000

Locale = Annotated[str, StringConstraints(pattern=LOCALE, max_length=MAX_LOCALE)]
"""A language tag such as `en` or `de-AT` (BCP 47)."""
Title = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TITLE), AfterValidator(plain)]


class Line(Wire):
    """One thing that was bought."""

    line_id: Id
    sku: Id
    title: Title
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)]
    unit_price: Amount


class StartOrder(Wire):
    """A new order. Amounts in minor units of `currency`; `terms` names only what differs from the defaults."""

    order_id: OrderId
    buyer_id: Id
    seller_id: Id
    currency: Currency
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=MAX_LINES)]
    shipping_fee: Amount = 0
    tax: Amount = 0
    discount: Amount = 0
    locale: Locale = "en"
    """The buyer's language, in which they are told where they have not asked for another."""
    terms: Terms = Terms()
    policies: Annotated[tuple[PolicyVersion, ...], Field(max_length=MAX_LAYERS)] = ()
    """Of which policies its terms come, as far as they are not its own; the later beats the earlier. For the record:
    the order obeys `terms`, and asks no policy again."""

    @property
    def total(self) -> int:
        goods = sum(line.quantity * line.unit_price for line in self.lines)
        return goods + self.shipping_fee + self.tax - self.discount

    @model_validator(mode="after")
    def _is_between_two(self) -> Self:
        if self.buyer_id == self.seller_id:
            raise FieldsError(("buyer_id", "seller_id"), say("these must be two, for nobody buys from themselves"))
        return self

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        line_ids = [line.line_id for line in self.lines]
        if len(set(line_ids)) != len(line_ids):
            raise FieldsError(("lines",), say("no line_id may stand twice"))
        if not 1 <= self.total <= MAX_AMOUNT:
            raise FieldsError(
                ("total",),
                say(
                    "the lines, shipping_fee and tax without the discount must come to 1 to {limit}, and are {total}",
                    limit=MAX_AMOUNT,
                    total=self.total,
                ),
            )
        if self.total % (step := self.terms.smallest_amount):
            raise FieldsError(
                ("total",),
                say(
                    "it must be a multiple of {step}, which the terms call smallest_amount, and is {total}",
                    step=step,
                    total=self.total,
                ),
            )
        return self


class NewOrder(StartOrder):
    """A new order as whoever starts one writes it: of which version of which policy it becomes the engine says."""

    policy: PolicyName | None = None
    """The set of terms under which it starts, below its own `terms`. Left out: the marketplace's, and over it the
    seller's own."""

    @model_validator(mode="after")
    def _leaves_the_versions_to_the_engine(self) -> Self:
        # An empty list is what a program writes that writes every field.
        if self.policies:
            raise FieldsError(("policies",), say("the engine says them; name one policy, as policy"))
        return self


class ResumeOrder(Wire):
    """The start input of a run that a late fact wakes (R28): load the order's last state, take the fact, end again."""

    order_id: OrderId
    resume: Literal[True]
