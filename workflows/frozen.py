"""How frozen dataclasses are evolved: by the next one. Nothing here knows of orders."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414 - said twice, mypy lets others import it from here
else:

    def replace(record: Any, /, **changes: Any) -> Any:
        """`dataclasses.replace`, ten times as fast: a step makes a dozen new states.

        It copies the instance's dictionary, which is why such records have no slots.
        """
        new = object.__new__(type(record))
        state = new.__dict__
        state |= record.__dict__
        state |= changes
        assert len(state) == len(record.__dict__), f"{type(record).__name__} has no {changes.keys() - vars(record)}"
        return new
