"""How a program that runs a stack is told to stop: Ctrl-C, or SIGTERM. What stopping does, `stack.py` says."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def stoppable() -> AsyncIterator[None]:
    """A block that SIGINT and SIGTERM end quietly, from whatever it awaits; more of them change nothing.

    Enter it before the stack, so that the stack is stopped in order wherever the signal finds it.
    """
    loop = asyncio.get_running_loop()
    owner = asyncio.current_task()
    assert owner is not None, "an async context is entered by a task"
    told = False

    def stop() -> None:
        nonlocal told
        if not told:
            told = True
            owner.cancel()

    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not told:
            raise
        owner.uncancel()
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
