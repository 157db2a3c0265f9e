"""What every message carries, and the two kinds of it. The messages themselves live in the files beside this one."""

import re
from typing import ClassVar

from workflows.messages.values import Party, RequestId, Role, Wire


class Message(Wire):
    """What every command and fact carries. Without `request_id` an update takes its update id, a signal none."""

    name: ClassVar[str]
    """The wire's name, `request_cancellation`: the class name in snake case."""
    roles: ClassVar[tuple[Role, ...]]
    """Who may send it; the process may narrow this by stage."""

    request_id: RequestId | None = None
    by: Party

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class Command(Message):
    """What a party asks for."""


class Fact(Message):
    """What a system reports."""
