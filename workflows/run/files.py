"""Under which schemes files may lie is a setting of the worker; what was decided by it stands in history.

Which schemes there are lives in `messages/file_schemes.py`.
"""

from collections.abc import Collection
from typing import Final

from temporalio import workflow

from workflows.messages.base import Message
from workflows.messages.file_schemes import check_schemes, schemes_to_name

FILE_SCHEMES: Final = "countermand_file_schemes"
"""The function outside that knows what the setting names; `sandbox.py` provides it to every run."""


def check_files_of_update(event: Message) -> None:
    """For a validator: refuses files under schemes that nobody has named. History keeps only what it lets through."""
    check_schemes(event, _named_schemes())


def check_files_of_signal(event: Message) -> None:
    """The same for a signal. That its schemes were named is a marker in history, for the setting may change before the
    next replay: a worker without it must find what was accepted accepted, and one with it what was refused refused."""
    named = _named_schemes()
    schemes = {scheme for _, scheme in schemes_to_name(event)}
    check_schemes(event, {scheme for scheme in sorted(schemes) if _was_named(scheme, named)})


def _was_named(scheme: str, named: Collection[str]) -> bool:
    # Asked live of a scheme that is not named, it would be marked as named for good.
    return (workflow.unsafe.is_replaying() or scheme in named) and workflow.patched(f"files under {scheme}:")


def _named_schemes() -> tuple[str, ...]:
    named: tuple[str, ...] = workflow.extern_functions()[FILE_SCHEMES]()
    return named
