"""Errors that client and gateway share."""


class OrderNotFound(LookupError):
    """There is no such order."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"There is no order {order_id}. Look for it with `countermand list`.")
        self.order_id = order_id


class StackError(Exception):
    """The embedded stack cannot start or go on. The message says which part, why, and what to do."""
