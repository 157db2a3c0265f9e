"""What one person may not move alone: kept before it is sent, sent once, whoever dies and whoever is faster."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from starter.approvals import MAX_OPEN, OPEN_FOR, Approval, Approvals, Person, Status
from starter.errors import CommandRefused, EngineUnavailable
from starter.four_eyes import ApprovalEnded, FourEyes, SecondPersonNeeded
from starter.settings.environment import SettingsError, load_settings
from starter.settings.four_eyes import Limits
from workflows.messages.answers import Answer, Preview
from workflows.messages.base import Message
from workflows.messages.chargebacks import ChargebackOpened
from workflows.messages.fields import MAX_AMOUNT
from workflows.messages.refusal import Code, Refusal, Refused
from workflows.messages.values import Party, Role, Stage

LIMIT = 699
Change = Callable[[asyncpg.Pool, Approval], Awaitable[Any]]


def somebody(name: str, through: str | None = None, *others: str) -> Person:
    return Person(f"platform:{name}", frozenset({f"platform:{name}", *others}), through)


ANA, BEN, CEM = somebody("ana"), somebody("ben"), somebody("cem")


def opened(request_id: str | None = "k-1", amount: int = LIMIT + 1, by: str = "ana") -> ChargebackOpened:
    return ChargebackOpened(
        by=Party(role=Role.PLATFORM, id=by),
        request_id=request_id,
        payment_id="p-1",
        chargeback_id="c-1",
        amount=amount,
        note="a letter",
    )


def answer(order_id: str, version: int) -> Answer:
    return Answer(
        order_id=order_id,
        version=version,
        stage=Stage.SHIPPED,
        status="shipped",
        waiting_on="buyer",
        deadline=None,
    )


@dataclass
class Order:
    """An order as the engine would have it, that remembers what it took; `fails` breaks off before or after it did."""

    version: int = 3
    stake: int | None = None
    """Instead of the message's own amount."""
    refuses: bool = False
    fails: str = ""
    taken: dict[str | None, Answer] = field(default_factory=dict)
    sendings: int = 0

    async def look(self, order_id: str, message: Message) -> Preview:
        assert isinstance(message, ChargebackOpened)
        if known := self.taken.get(message.request_id):
            return Preview(answer=known, money={}, deadlines=(), told=(), at_stake={})
        if self.refuses:
            raise CommandRefused(Refusal(code=Code.ORDER_CLOSED, message="It is over."))
        stake = message.amount if self.stake is None else self.stake
        shown = answer(order_id, self.version + 1)
        return Preview(answer=shown, money={}, deadlines=(), told=(), at_stake={"USD": stake})

    async def send(self, order_id: str, message: Message) -> Answer:
        self.sendings += 1
        if self.fails == "before":
            raise EngineUnavailable("Nobody knows.")
        if message.request_id not in self.taken:
            self.version += 1
            self.taken[message.request_id] = answer(order_id, self.version)
        if self.fails == "after":
            raise EngineUnavailable("Nobody knows.")
        return self.taken[message.request_id]


@pytest.fixture
def order() -> Order:
    return Order()


@pytest.fixture
def eyes(pool: asyncpg.Pool, order: Order) -> FourEyes:
    return FourEyes(order, Approvals(pool), Limits({"USD": LIMIT}))


async def asked(eyes: FourEyes, order: Order, order_id: str) -> Approval:
    found = await eyes.send(order_id, opened(), ANA, order.look)
    assert isinstance(found, Approval)
    return found


async def test_what_is_within_the_limit_is_sent(eyes: FourEyes, order: Order, order_id: str) -> None:
    told = await eyes.send(order_id, opened(amount=LIMIT), ANA, order.look)
    assert (told, order.sendings) == (answer(order_id, 4), 1)
    assert await eyes.approvals.page(None, order_id, None, 9) == ()


async def test_what_is_above_it_waits_and_is_sent_once_another_one_approves(
    eyes: FourEyes, order: Order, order_id: str
) -> None:
    waiting = await asked(eyes, order, order_id)
    assert (waiting.status, waiting.at_stake, waiting.version) == (Status.AWAITING_APPROVAL, {"USD": LIMIT + 1}, 3)
    assert waiting.expires_at - waiting.asked_at == OPEN_FOR == timedelta(days=7)
    assert await asked(eyes, order, order_id) == waiting
    assert order.sendings == 0
    ended = await eyes.approve(waiting, BEN, "Seen.", order.look)
    assert (ended.status, ended.answer, ended.decided_by, ended.note) == (
        *(Status.SENT, answer(order_id, 4)),
        *("platform:ben", "Seen."),
    )
    again = await eyes.send(order_id, opened(), ANA, order.look)
    assert (again, order.sendings) == (answer(order_id, 4), 1), "its asker hears the order's own answer"
    assert await eyes.approve(ended, CEM, None, order.look) == ended
    assert await eyes.approvals.approvers(order_id, ["k-1", "k-2"]) == {"k-1": "platform:ben"}


async def test_one_request_id_stands_for_one_command_of_one_person(eyes: FourEyes, order: Order, order_id: str) -> None:
    await asked(eyes, order, order_id)
    for other in (opened(amount=9_000), opened(by="ben")):
        with pytest.raises(Refused, match="used before"):
            await eyes.send(order_id, other, BEN, order.look)


async def test_the_same_without_an_id_is_asked_for_once_as_long_as_it_waits(
    eyes: FourEyes, order: Order, order_id: str
) -> None:
    """From the same person, with the same fields. An id of its own says that it is another one."""

    async def number(message: Message, person: Person = ANA) -> int:
        found = await eyes.send(order_id, message, person, order.look)
        assert isinstance(found, Approval)
        return found.approval_id

    first = await number(opened(None))
    assert await number(opened(None)) == first
    others = [opened(None, amount=LIMIT + 2), opened(None, by="ben"), opened("k-9")]
    assert len({first, *[await number(one) for one in others]}) == 4
    waiting = await eyes.approvals.get(first)
    assert waiting is not None
    await eyes.decline(waiting, BEN, None)
    assert await number(opened("k-10")) != first


async def test_so_many_of_one_order_wait_and_no_more(eyes: FourEyes, order: Order, order_id: str) -> None:
    """One that is decided makes room; what waits already is told as before."""
    for number in range(MAX_OPEN):
        assert isinstance(await eyes.send(order_id, opened(f"k-{number}"), ANA, order.look), Approval)
    with pytest.raises(Refused, match="20 commands") as refused:
        await eyes.send(order_id, opened("more"), ANA, order.look)
    assert refused.value.code is Code.LIMIT_REACHED
    waiting = await eyes.send(order_id, opened("k-0"), ANA, order.look)
    assert isinstance(waiting, Approval)
    await eyes.decline(waiting, BEN, None)
    assert isinstance(await eyes.send(order_id, opened("more"), ANA, order.look), Approval)


@pytest.mark.parametrize(
    ("asker", "approver"),
    [
        (ANA, ANA),
        (ANA, somebody("ana", "key:7")),
        (somebody("ana", "key:7"), somebody("desk", "key:7", "key:7")),
        (somebody("desk", "key:7", "key:7"), somebody("ana", "key:7")),
        (somebody("desk", "key:8", "platform:ana"), ANA),
        (somebody("desk", "key:8", "key:7"), somebody("ben", "key:7")),
    ],
    ids=["herself", "her key", "a key that names nobody", "the same key, named", "a key she made", "a key it made"],
)
async def test_nobody_approves_what_they_may_have_asked_for(
    eyes: FourEyes, order: Order, order_id: str, asker: Person, approver: Person
) -> None:
    waiting = await eyes.send(order_id, opened(), asker, order.look)
    assert isinstance(waiting, Approval)
    with pytest.raises(SecondPersonNeeded):
        await eyes.approve(waiting, approver, None, order.look)
    assert order.sendings == 0
    assert (await eyes.decline(waiting, approver, None)).status is Status.DECLINED, "who asked may take it back"


async def test_two_people_behind_one_desk_are_two(eyes: FourEyes, order: Order, order_id: str) -> None:
    """The key of a program that acts for people says truly for whom: it was made where nobody could make one up."""
    waiting = await eyes.send(order_id, opened(), somebody("ana", "key:7"), order.look)
    assert isinstance(waiting, Approval)
    assert (await eyes.approve(waiting, somebody("ben", "key:7"), None, order.look)).status is Status.SENT


@pytest.mark.parametrize("fails", ["before", "after"])
async def test_whoever_dies_while_it_is_sent_sends_it_again(
    eyes: FourEyes, order: Order, order_id: str, fails: str
) -> None:
    """Whether the order had taken it or not; by whoever comes first, the approver or the asker."""
    waiting = await asked(eyes, order, order_id)
    order.fails = fails
    with pytest.raises(EngineUnavailable):
        await eyes.approve(waiting, BEN, None, order.look)
    [left] = await eyes.approvals.page(Status.APPROVED, order_id, None, 9)
    assert (left.decided_by, left.answer) == ("platform:ben", None)
    order.fails = ""
    assert await eyes.send(order_id, opened(), ANA, order.look) == answer(order_id, 4)
    assert (await eyes.approve(left, BEN, None, order.look)).status is Status.SENT
    assert order.version == 4


async def test_what_the_order_took_and_has_forgotten_is_not_sent_again(
    eyes: FourEyes, order: Order, order_id: str, pool: asyncpg.Pool
) -> None:
    waiting = await asked(eyes, order, order_id)
    await eyes.approvals.decide(waiting.approval_id, Status.APPROVED, BEN.name, None)
    await was_taken(pool, order_id)
    ended = await eyes.approve(waiting, BEN, None, order.look)
    assert (ended.status, ended.answer, order.sendings) == (Status.SENT, None, 0)
    order.refuses = True
    assert (await eyes.approve(waiting, BEN, None, order.look)).status is Status.SENT


async def test_a_request_id_that_the_order_took_long_ago_is_not_asked_for_anew(
    eyes: FourEyes, order: Order, order_id: str, pool: asyncpg.Pool
) -> None:
    """What it then did would be taken for what is approved now."""
    await was_taken(pool, order_id)
    with pytest.raises(Refused, match="used before"):
        await eyes.send(order_id, opened(), ANA, order.look)


async def test_what_was_sent_under_its_request_id_meanwhile_is_not_taken_for_it(
    eyes: FourEyes, order: Order, order_id: str, pool: asyncpg.Pool
) -> None:
    """The order refuses the id for another command, and so does the approval: it was never sent."""
    waiting = await asked(eyes, order, order_id)
    await was_taken(pool, order_id, "add_note")
    order.refuses = True
    with pytest.raises(CommandRefused):
        await eyes.approve(waiting, BEN, None, order.look)
    [ended] = await eyes.approvals.page(None, order_id, None, 9)
    assert (ended.status, order.sendings) == (Status.REFUSED, 0)


async def was_taken(pool: asyncpg.Pool, order_id: str, name: str = "chargeback_opened") -> None:
    """The order's timeline has its request."""
    await pool.execute(
        "INSERT INTO timeline (order_id, entry, at, role, party_id, name, outcome, to_stage, summary, money, "
        "attachments, request_id, platform_only) VALUES ($1, 1, now(), 'platform', 'ana', $2, "
        "'accepted', 'shipped', 'It came.', '{}', '[]', 'k-1', false)",
        order_id,
        name,
    )


async def test_two_who_approve_at_once_send_it_once(eyes: FourEyes, order: Order, order_id: str) -> None:
    waiting = await asked(eyes, order, order_id)
    ended = await asyncio.gather(*(eyes.approve(waiting, who, None, order.look) for who in (BEN, CEM) * 3))
    assert {one.status for one in ended} == {Status.SENT}
    assert len({one.decided_by for one in ended}) == 1
    assert order.version == 4


async def test_an_approval_and_a_refusal_at_once_are_one_of_them(eyes: FourEyes, order: Order, order_id: str) -> None:
    waiting = await asked(eyes, order, order_id)
    results = await asyncio.gather(
        eyes.approve(waiting, BEN, None, order.look), eyes.decline(waiting, CEM, None), return_exceptions=True
    )
    ended = await eyes.approvals.get(waiting.approval_id)
    assert ended is not None
    assert [type(one) for one in results].count(ApprovalEnded) == 1
    assert order.sendings == (1 if ended.status is Status.SENT else 0)


async def _expire(pool: asyncpg.Pool, approval: Approval) -> None:
    await pool.execute("UPDATE approvals SET expires_at = now() WHERE approval_id = $1", approval.approval_id)


async def test_what_nobody_approves_in_time_expires(
    eyes: FourEyes, order: Order, order_id: str, pool: asyncpg.Pool
) -> None:
    waiting = await asked(eyes, order, order_id)
    await _expire(pool, waiting)
    for status, found in ((Status.EXPIRED, 1), (Status.AWAITING_APPROVAL, 0), (None, 1)):
        assert len(await eyes.approvals.page(status, order_id, None, 9)) == found
    for late in (eyes.approve(waiting, BEN, None, order.look), eyes.decline(waiting, BEN, None)):
        with pytest.raises(ApprovalEnded, match="in time"):
            await late
    with pytest.raises(ApprovalEnded, match="in time"):
        await eyes.send(order_id, opened(), ANA, order.look)
    assert order.sendings == 0


async def test_what_would_move_more_by_now_is_asked_for_anew(eyes: FourEyes, order: Order, order_id: str) -> None:
    """As much, or less, is what was approved."""
    for number, (stake, status) in enumerate(
        ((LIMIT, Status.SENT), (LIMIT + 1, Status.SENT), (LIMIT + 2, Status.OUTGROWN))
    ):
        order.stake = None
        waiting = await eyes.send(order_id, opened(f"k-{number}"), ANA, order.look)
        assert isinstance(waiting, Approval)
        order.stake = stake
        if status is Status.SENT:
            assert (await eyes.approve(waiting, BEN, None, order.look)).status is status
            continue
        with pytest.raises(ApprovalEnded, match="more than was asked for"):
            await eyes.approve(waiting, BEN, None, order.look)
    assert order.sendings == 2


async def test_what_the_order_refuses_when_it_is_approved_is_refused(
    eyes: FourEyes, order: Order, order_id: str
) -> None:
    waiting = await asked(eyes, order, order_id)
    order.refuses = True
    for again in (eyes.approve(waiting, BEN, None, order.look), eyes.send(order_id, opened(), ANA, order.look)):
        with pytest.raises(CommandRefused, match=r"It is over\."):
            await again
    [ended] = await eyes.approvals.page(Status.REFUSED, order_id, None, 9)
    assert ended.refusal is not None
    assert ended.refusal.code is Code.ORDER_CLOSED


async def test_a_command_that_would_be_refused_asks_nobody(eyes: FourEyes, order: Order, order_id: str) -> None:
    order.refuses = True
    with pytest.raises(CommandRefused):
        await eyes.send(order_id, opened(), ANA, order.look)
    assert await eyes.approvals.page(None, order_id, None, 9) == ()


async def test_that_it_was_taken_is_the_last_word(eyes: FourEyes, order: Order, order_id: str) -> None:
    """Also over what another one who sent it at the same time was told; and nothing comes of what nobody approved."""
    waiting = await asked(eyes, order, order_id)
    number, approvals, no = waiting.approval_id, eyes.approvals, Refusal(code=Code.ORDER_CLOSED, message="It is over.")
    await approvals.end(number, Status.SENT, answer(order_id, 4))
    assert await approvals.get(number) == waiting
    await approvals.decide(number, Status.APPROVED, BEN.name, None)
    for status, given in ((Status.REFUSED, no), (Status.SENT, None), (Status.REFUSED, no), (Status.OUTGROWN, None)):
        await approvals.end(number, status, refusal=given)
    ended = await approvals.get(number)
    assert ended is not None
    assert (ended.status, ended.refusal) == (Status.SENT, None)


@pytest.mark.parametrize(
    ("text", "at_stake", "exceeded"),
    [
        ("USD=500", {"USD": 500}, False),
        ("USD=500", {"USD": 501}, True),
        ("USD=500", {"EUR": 1}, True),
        ("USD=500, 100", {"EUR": 100}, False),
        ("100", {"EUR": 101}, True),
        ("100", {"EUR": 100, "USD": 101}, True),
        ("0", {"USD": 1}, True),
        (f"{MAX_AMOUNT}", {"USD": MAX_AMOUNT}, False),
        ("0", {}, False),
    ],
)
def test_a_limit_is_an_amount_of_each_currency(text: str, at_stake: dict[str, int], *, exceeded: bool) -> None:
    """What is not named needs a second person from the first cent on, unless a bare amount says more."""
    settings = load_settings({"COUNTERMAND_FOUR_EYES_ABOVE": text})
    assert settings.four_eyes is not None
    assert settings.four_eyes.are_exceeded(at_stake) is exceeded


@pytest.mark.parametrize(
    "text",
    ["USD", "USD=", "usd=5", "XXX=5", "USD=1.5", "USD=-1", "USD=1,USD=2", "1,2", "=5,", f"{MAX_AMOUNT + 1}", "5 5"],
)
def test_a_limit_that_cannot_be_meant_stops_the_start(text: str) -> None:
    with pytest.raises(SettingsError, match="COUNTERMAND_FOUR_EYES_ABOVE"):
        load_settings({"COUNTERMAND_FOUR_EYES_ABOVE": text})


def test_without_the_setting_there_is_no_limit() -> None:
    assert load_settings({}).four_eyes is None
