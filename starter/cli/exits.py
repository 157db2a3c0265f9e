"""How a command ends: 0, or a sentence on standard error with 1 (refused), 2 (wrong usage), 3 (the engine is away).

The sentences are those of the errors; here they only get their exit codes.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, NoReturn, TypeVar

import typer
from rich.text import Text

from activities.migrations import MigrationError
from starter.cli.render import console, instead_line, without_alternatives
from starter.cli.safe_text import safe
from starter.cli.wrong_usage import WrongUsage
from starter.client.reads import WrongPage
from starter.connections import NotReachable
from starter.errors import (
    CommandRefused,
    EngineUnavailable,
    FileNotTaken,
    NoSuchPolicy,
    OrderExists,
    OrderNotFound,
    PaymentElsewhere,
    PolicyChanged,
    StackError,
)
from starter.settings.environment import SettingsError
from starter.subscriptions import NoSuchSubscription, NotSubscribed
from workflows.messages.refusal import Refusal, Refused

REFUSED: Final = 1
USAGE: Final = 2
UNAVAILABLE: Final = 3
"""Nobody refused and nobody answered: try again. A code of its own, so that 1 always is a refusal."""
INTERRUPTED: Final = 130
"""What shells give a program that Ctrl-C ended."""

T = TypeVar("T")


def finish(work: Coroutine[Any, Any, T], *, as_json: bool) -> T:
    """What `work` gives; its errors are printed, and end the program with their exit code."""
    try:
        return asyncio.run(work)
    except (CommandRefused, Refused) as error:
        _tell_refusal(error.refusal, as_json=as_json)
        code = REFUSED
    except (FileNotTaken, OrderExists, OrderNotFound, PaymentElsewhere, NoSuchPolicy, PolicyChanged) as error:
        _tell(f"{error.code}: {error}")
        code = REFUSED
    except (WrongUsage, WrongPage, SettingsError, NotSubscribed, NoSuchSubscription) as error:
        _tell(str(error))
        code = USAGE
    except (EngineUnavailable, NotReachable, StackError, MigrationError, OSError) as error:
        _tell(str(error))
        code = UNAVAILABLE
    except KeyboardInterrupt:
        code = INTERRUPTED
    raise typer.Exit(code)


def wrong_usage(sentence: str) -> NoReturn:
    """End the program for a word that cannot be meant: one sentence, not broken into a frame's lines."""
    _tell(sentence)
    raise typer.Exit(USAGE)


@contextlib.contextmanager
def embedded_extra() -> Iterator[None]:
    """A block that imports what only a whole machine needs; where that is not installed, one sentence says so."""
    try:
        yield
    except ModuleNotFoundError as error:
        _tell(f'{error.name} is not installed: say `pip install "countermand[embedded]"` first.')
        raise typer.Exit(UNAVAILABLE) from None


def run(program: Callable[[], object]) -> NoReturn:
    """Run the program, and leave with its exit code.

    Leaves without tearing Python down: the Temporal SDK's own threads may still call into it, and then a command that
    went well dies of SIGABRT (temporalio/sdk-python issue 300).
    """
    code: object = 0
    try:
        program()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def _tell_refusal(refusal: Refusal, *, as_json: bool) -> None:
    if as_json:
        print(refusal.model_dump_json(exclude_none=True), flush=True)
    _tell(f"{refusal.code}: {without_alternatives(refusal)}")
    for instead in refusal.instead:
        _tell(instead_line(instead))


def _tell(sentence: str) -> None:
    console(to_errors=True).print(Text(safe(sentence), "red"), soft_wrap=True)
