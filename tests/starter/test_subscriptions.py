"""Who may subscribe, to what, and what an operator does about it."""

import asyncpg
import pytest

from activities.channels.targets import AllowedHosts
from starter.subscriptions import (
    MAX_KINDS,
    NotSubscribed,
    resend,
    rotate_secret,
    subscribe,
    subscriptions,
    unsubscribe,
    wanted,
)
from workflows.messages.notices import NoticeKind

HOOK = "https://example.com/hooks"
NOBODY = AllowedHosts()


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("carrier:ups", "email", "a@example.com", "en", ()), "PARTY"),
        (("buyer", "email", "a@example.com", "en", ()), "PARTY"),
        (("platform:desk", "email", "a@example.com", "en", ()), "PARTY"),
        (("buyer:" + "b" * 300, "email", "a@example.com", "en", ()), "PARTY"),
        (("buyer:b-7", "pigeon", "a@example.com", "en", ()), "CHANNEL"),
        (("buyer:b-7", "email", "a@example.com", "tlh", ()), "--language"),
        (("buyer:b-7", "email", "a@example.com", "de-" + "x" * 99, ()), "--language"),
        (("buyer:b-7", "email", "a@example.com", "en", ("gossip",)), "--kind"),
        (("buyer:b-7", "email", "nobody", "en", ()), "TARGET"),
        (("buyer:b-7", "email", "a@example.com\nBcc: b@example.com", "en", ()), "TARGET"),
        (("buyer:b-7", "webhook", "http://example.com", "en", ()), "TARGET"),
        (("buyer:b-7", "webhook", "https://10.0.0.1/", "en", ()), "TARGET"),
    ],
)
async def test_what_is_wrong_is_refused_by_its_field_and_kept_nowhere(
    pool: asyncpg.Pool, words: tuple[str, str, str, str, tuple[str, ...]], field: str
) -> None:
    before = await subscriptions(pool)
    with pytest.raises(NotSubscribed, match=f"^{field}"):
        await subscribe(pool, wanted(*words), NOBODY)
    assert await subscriptions(pool) == before


def test_every_kind_of_notice_fits_into_one_filter() -> None:
    kinds = tuple(NoticeKind)
    assert len(kinds) <= MAX_KINDS
    assert wanted("buyer:b-7", "webhook", HOOK, "en", kinds).kinds == kinds
    with pytest.raises(NotSubscribed, match="--kind"):
        wanted("buyer:b-7", "webhook", HOOK, "en", kinds[:1] * (MAX_KINDS + 1))


async def test_the_same_again_changes_its_words_and_keeps_its_secret_to_itself(
    pool: asyncpg.Pool, order_id: str
) -> None:
    party = f"seller:{order_id}"
    first = await subscribe(pool, wanted(party, "webhook", HOOK, "en", ()), NOBODY)
    again = await subscribe(pool, wanted(party, "webhook", HOOK, "de", ("order_paid",)), NOBODY)
    assert first.secret
    assert first.secret.startswith("whsec_")
    assert (again.id, again.secret, again.language, again.kinds) == (first.id, None, "de", ("order_paid",))
    assert await rotate_secret(pool, first.id) != first.secret
    assert await resend(pool, first.id) == 0
    await unsubscribe(pool, first.id)
    for gone in (unsubscribe, rotate_secret, resend):
        with pytest.raises(NotSubscribed, match=str(first.id)):
            await gone(pool, first.id)
