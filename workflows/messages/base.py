"""What every message carries, and what it says of itself. The messages themselves live in the files beside this one.

Whatever is known of a message by its name alone stands on its class, so that nobody keeps a list of names elsewhere.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from workflows.messages.fields import RequestId
from workflows.messages.sentences import Label, Sentence
from workflows.messages.values import DeadlineKind, Party, Role, Wire


def filled(**fields: Any) -> Mapping[str, Any]:
    """For a class: fields with their values, which nobody changes."""
    return MappingProxyType(fields)


class Message(Wire):
    """What every command and fact carries. Without `request_id` an update takes its update id, a signal none."""

    name: ClassVar[str]
    """The wire's name, `request_cancellation`: the class name in snake case."""
    roles: ClassVar[tuple[Role, ...]]
    """Who may send it; the process may narrow this by stage."""
    until: ClassVar[tuple[DeadlineKind, ...]] = ()
    """Once any of these has passed it comes too late; while one runs, that is until when it is possible."""
    platform_only: ClassVar[bool] = False
    """Whether its row of the timeline is for the platform alone."""

    request_id: RequestId | None = None
    by: Party

    @classmethod
    def called(cls) -> Label:
        """What people call it: its name in words."""
        return Label(cls.name.replace("_", " "), "Fact")

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class Command(Message):
    """What a party asks for."""

    label: ClassVar[str]
    """The words on its button: the class name in words, unless the class has better ones."""
    sample: ClassVar[Mapping[str, Any]] = filled()
    """Own fields of an honest one, by which the process is asked whether it is possible now. What has to be of the
    order at hand, such as a tracking or an offer, `process/samples.py` puts in."""
    nothing_open: ClassVar[Sentence | None] = None
    """What a refusal says is missing, where the command answers something that may not be there."""

    @classmethod
    def called(cls) -> Label:
        """The words on its button."""
        return Label(cls.label, "Action")

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "label" not in cls.__dict__:
            cls.label = re.sub(r"(?<!^)(?=[A-Z])", " ", cls.__name__)


class StoryCommand(Command):
    """What a party asks for, and the stage of the order decides. Every other message means the same in all of them."""


class Fact(Message):
    """What a system reports."""
