"""What a run that takes an order over asks for and gets: the last recorded state, and what the timeline knows."""

from datetime import datetime

from workflows.messages.values import Role
from workflows.messages.work import Work


class LoadRequest(Work):
    """Which order to load, for a run of which rank: a record of a run before it comes too late from then on."""

    order_id: str
    run_started_at: datetime
    history_length: int
    decided_at: datetime


class StoredEntry(Work):
    """By what the last entry of the stored timeline can be told from another of the same number."""

    name: str
    party_id: str
    request_id: str | None


class SentRequest(Work):
    """A request id that stands in the timeline, and whose it is: each role has its own (R41)."""

    role: Role
    request_id: str


class StoredOrder(Work):
    """The last recorded state of an order, and what its whole timeline knows."""

    state: str
    opened_by: str
    entry: int
    """The last one that stands in the timeline."""
    last: StoredEntry | None = None
    requests: tuple[SentRequest, ...] = ()
    """Everything that was sent with an id, however old, and whatever came of it (R38)."""
    request_ids: tuple[str, ...] = ()
    """The same without senders, in what was loaded before each role had ids of its own."""

    @property
    def known(self) -> frozenset[tuple[Role | None, str]]:
        """Every request, by whose it is, as far as that is known, and its id."""
        return frozenset(
            (*((sent.role, sent.request_id) for sent in self.requests), *((None, sent) for sent in self.request_ids))
        )
