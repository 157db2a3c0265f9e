"""The calls to the payment provider that an order waits for, side by side: one that hangs must not hold up another."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any, Final

from workflows.messages.values import MoneyState
from workflows.messages.work import Call
from workflows.process.state.changes import Answered, Asked, Check, Inquire, LookUp, Send
from workflows.run import activity_calls

Ask = Callable[[Any], Awaitable[Answered | None]]
"""Makes one kind of call, and says what came of it."""
Spawn = Callable[[Coroutine[Any, Any, None]], None]


class Money:
    """Refunds, voids, captures and releases on their way."""

    def __init__(self, spawn: Spawn, heard: Callable[[Answered], None]) -> None:
        self._spawn = spawn
        self._heard = heard
        self._calls: list[tuple[Ask, Call]] = []
        self._moving = 0
        self._epoch = 0

    @property
    def idle(self) -> bool:
        return not self._calls and not self._moving

    def take(self, effect: Asked, ours: Mapping[str, object]) -> None:
        """Make this call with the next flush, and with it what of a call is only ours (`OUR_OWN`)."""
        self._calls.append((_ASK[type(effect)], effect.call.model_copy(update=ours)))

    def flush(self) -> bool:
        """Make every call that waits; whether there was one."""
        waiting, self._calls = self._calls, []
        for ask, call in waiting:
            self._moving += 1
            self._spawn(self._move(ask, call, self._epoch))
        return bool(waiting)

    def forget(self) -> None:
        """Count nothing that is under way: the state that is loaded next says what must be looked up."""
        self._calls, self._moving, self._epoch = [], 0, self._epoch + 1

    async def _move(self, ask: Ask, call: Call, epoch: int) -> None:
        answered = await ask(call)
        if epoch == self._epoch:
            self._moving -= 1
        elif answered is None or answered.state in (MoneyState.UNKNOWN, None):
            return  # a reset broke the call off; the loaded order looks it up by itself
        if answered:
            self._heard(answered)


_ASK: Final[Mapping[type[Asked], Ask]] = MappingProxyType(
    {
        Send: activity_calls.send_call,
        LookUp: activity_calls.look_up_call,
        Check: activity_calls.check_call,
        Inquire: activity_calls.inquire,
    }
)
