"""Four eyes: what one person of the platform may not move alone is asked for, and sent when another one approves it.

The order of things makes it safe to die anywhere: an approval is written before anything is sent, the message is sent
under the request id of its asker, and what nobody heard the answer to is asked of the order before it is sent again.
It binds those who come through here; whoever sends to Temporal directly is trusted.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol
from uuid import uuid4

from starter.approvals import MAX_OPEN, Approval, Approvals, Person, Status
from starter.client.recorded import was_sent_before
from starter.errors import CommandRefused
from starter.settings.four_eyes import Limits
from workflows.messages.answers import Answer, Preview
from workflows.messages.base import Message
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, say
from workflows.messages.told_errors import ToldError
from workflows.messages.values import Role

Look = Callable[[str, Message], Awaitable[Preview]]
"""What a message would do to that order now: asked of the order itself. Raises `Refused` or `CommandRefused`."""


class SecondPersonNeeded(ToldError):
    """Whoever would approve it may be who asked for it. The message says by what."""

    code = "second_person_needed"


class ApprovalEnded(ToldError):
    """Nothing can be sent by this approval any more: it was declined, has expired, or the command has outgrown it."""

    code = "approval_ended"

    def __init__(self, approval: Approval) -> None:
        super().__init__(_how_it_ended(approval))
        self.approval = approval


class Sends(Protocol):
    """What messages are sent by: the client."""

    async def send(self, order_id: str, message: Message) -> Answer: ...


class FourEyes:
    """Asks, decides, sends. Tasks may share it."""

    def __init__(self, engine: Sends, approvals: Approvals, limits: Limits | None) -> None:
        self.approvals = approvals
        self.limits = limits
        """None: nobody ever needs a second person."""
        self._engine = engine

    async def send(self, order_id: str, message: Message, person: Person, look: Look) -> Answer | Approval:
        """Send a message that moves money: the order's answer, or the approval that it waits for.

        The same again gets what the first has come to. Raises what the engine's `send` does, `Refused` for a request id
        that stands for something else or where too many wait, and `ApprovalEnded`.
        """
        assert self.limits is not None, "asked only where there is a limit"
        # Without an id of its own it cannot be told from the last one, and is taken for it as long as that waits.
        if not message.request_id and (same := await self.approvals.find_same(order_id, message)):
            return same
        message = message if message.request_id else message.model_copy(update={"request_id": str(uuid4())})
        if asked := await self._asked(order_id, message):
            return await self._outcome(asked, look)
        shown = await look(order_id, message)
        # What a worker of an earlier version does not say is not taken for nothing.
        if shown.at_stake is not None and not self.limits.are_exceeded(shown.at_stake):
            return await self._engine.send(order_id, message)
        # Long ago, and forgotten by the order: what this id was approved for would be mistaken for what it did then.
        if await self._was_sent(order_id, message):
            raise _reused(message)
        version = shown.answer.version - 1
        await self.approvals.ask(order_id, message, person, version, shown.at_stake or {})
        asked = await self._asked(order_id, message)
        if asked is None:
            raise Refused(Code.LIMIT_REACHED, TOO_MANY)
        return asked

    async def approve(self, approval: Approval, person: Person, note: str | None, look: Look) -> Approval:
        """Let it be sent, and send it; also what was approved before and may not have been sent.

        Raises `SecondPersonNeeded`, `ApprovalEnded`, and what the engine's `send` does.
        """
        if person.may_be(approval):
            told = say(
                "{person} asked for it: somebody else has to approve it, and not with a key that may be theirs.",
                person=approval.asked_by,
            )
            raise SecondPersonNeeded(told)
        if approval.status is Status.AWAITING_APPROVAL:
            await self.approvals.decide(approval.approval_id, Status.APPROVED, person.name, note)
        approval = await self._now(approval)
        await self._outcome(approval, look)
        return await self._now(approval)

    async def decline(self, approval: Approval, person: Person, note: str | None) -> Approval:
        """Let it never be sent; whoever asked may too. Raises `ApprovalEnded` where it was decided otherwise."""
        if not await self.approvals.decide(approval.approval_id, Status.DECLINED, person.name, note):
            approval = await self._now(approval)
            if approval.status is not Status.DECLINED:
                raise ApprovalEnded(approval)
        return await self._now(approval)

    async def _asked(self, order_id: str, message: Message) -> Approval | None:
        """What was asked for under the message's request id. Refuses other content, and the same from somebody else."""
        asked = await self.approvals.find(order_id, message.request_id)
        if asked is not None and asked.sent_message() != message:
            raise _reused(message)
        return asked

    async def _outcome(self, approval: Approval, look: Look) -> Answer | Approval:
        """What it has come to, sent now if it is approved and nobody knows that it was."""
        if approval.status is Status.APPROVED:
            await self._carry(approval, look)
            approval = await self._now(approval)
        match approval.status:
            case Status.SENT if approval.answer is not None:
                return approval.answer
            case Status.REFUSED if approval.refusal is not None:
                raise CommandRefused(approval.refusal)
            case Status.AWAITING_APPROVAL | Status.SENT:
                return approval
        raise ApprovalEnded(approval)

    async def _carry(self, approval: Approval, look: Look) -> None:
        """Send it. Whoever does this a second time, or at the same time, sends the same message: one effect."""
        number, order_id, message = approval.approval_id, approval.order_id, approval.sent_message()
        taken = await self._was_sent(order_id, message)
        try:
            shown = await look(order_id, message)
            if taken:
                # Nothing at stake: the order remembers it, and shows its first answer.
                await self.approvals.end(number, Status.SENT, None if shown.at_stake else shown.answer)
            elif shown.at_stake is None or _is_more(shown.at_stake, approval.at_stake):
                await self.approvals.end(number, Status.OUTGROWN)
            else:
                await self.approvals.end(number, Status.SENT, await self._engine.send(order_id, message))
        except (Refused, CommandRefused) as error:
            if taken:
                await self.approvals.end(number, Status.SENT)
            else:
                await self.approvals.end(number, Status.REFUSED, refusal=error.refusal)

    async def _was_sent(self, order_id: str, message: Message) -> bool:
        assert message.request_id, "it was given one"
        return await was_sent_before(self.approvals.pool, order_id, Role.PLATFORM, message.request_id, message.name)

    async def _now(self, approval: Approval) -> Approval:
        found = await self.approvals.get(approval.approval_id)
        assert found is not None, "no approval is ever removed"
        return found


def _is_more(now: dict[str, int], approved: dict[str, int]) -> bool:
    return any(amount > approved.get(currency, 0) for currency, amount in now.items())


def _reused(message: Message) -> Refused:
    told = say(
        'The request id "{request_id}" was used before with other content. Use a new one for a new command.',
        request_id=message.request_id,
    )
    return Refused(Code.REQUEST_ID_REUSED, told, fields=("request_id",))


def _how_it_ended(approval: Approval) -> Sentence:
    match approval.status:
        case Status.DECLINED:
            return say("{person} has declined it.", person=str(approval.decided_by))
        case Status.OUTGROWN:
            return OUTGROWN
        case Status.EXPIRED:
            return EXPIRED
    return say("{person} has approved it.", person=str(approval.decided_by))


TOO_MANY: Final = say(
    "{most} commands about this order wait for a second person, and more cannot. Have one of them approved or "
    "declined.",
    most=MAX_OPEN,
)
OUTGROWN: Final = say(
    "By the time it was approved it would have moved more than was asked for. Look at the order, and ask anew with "
    "another Idempotency-Key."
)
EXPIRED: Final = say("Nobody approved it in time. Look at the order, and ask anew with another Idempotency-Key.")
