"""The environment, read once: what is right, what is wrong, and what the start then says."""

import os

import pytest
from pydantic import ValidationError

from starter.settings.environment import MAX_POOL, MAX_SECONDS, Settings, SettingsError, load_settings, settings_table

SECRET = "whsec_" + "QUJD" * 8


def test_nothing_set_gives_the_defaults() -> None:
    """Enough for a client of the dev server."""
    settings = load_settings({})

    assert settings.task_queue == "orders"
    assert settings.payment_provider == "sandbox"
    assert (settings.temporal_address, settings.temporal_namespace) == ("127.0.0.1:7233", "default")


def test_what_is_set_counts() -> None:
    """Ours and Temporal's own."""
    settings = load_settings(
        {
            "DATABASE_URL": "postgresql://u:p@db/x",
            "COUNTERMAND_TASK_QUEUE": "orders-2",
            "COUNTERMAND_PAYMENT_URL": "https://pay.example/",
            "COUNTERMAND_WEBHOOK_SECRET": SECRET,
            "COUNTERMAND_GATEWAY_PORT": "0",
            "COUNTERMAND_DRAIN_SECONDS": "1.5",
            "TEMPORAL_ADDRESS": "temporal:7233",
            "TEMPORAL_NAMESPACE": "shop",
            "UNRELATED": "x",
        }
    )

    assert settings.database_url == "postgresql://u:p@db/x"
    assert settings.task_queue == "orders-2"
    assert settings.payment_url == "https://pay.example"
    assert settings.webhook_secret == SECRET
    assert settings.gateway_port == 0
    assert settings.drain_seconds == 1.5
    assert (settings.temporal_address, settings.temporal_namespace) == ("temporal:7233", "shop")


def test_set_but_empty_is_not_set() -> None:
    """Compose files leave a variable out like that."""
    assert load_settings({"COUNTERMAND_TASK_QUEUE": "", "DATABASE_URL": ""}) == load_settings({})


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("DATABASE_URL", lambda settings: settings.database_url),
        ("COUNTERMAND_PAYMENT_URL", lambda settings: settings.payment_url),
        ("COUNTERMAND_WEBHOOK_SECRET", lambda settings: settings.webhook_secret),
    ],
)
def test_a_missing_one_is_named_by_whoever_needs_it(name: str, ask: object) -> None:
    """With what would be right, in one sentence."""
    assert callable(ask)
    with pytest.raises(SettingsError, match=f"^{name} is not set; set it to .+\\.$"):
        ask(load_settings({}))


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("DATABASE_URL", "mysql://db", "must start with postgresql://"),
        ("COUNTERMAND_PAYMENT_URL", "pay.example", "must be an address such as http://"),
        ("COUNTERMAND_WEBHOOK_SECRET", "whsec_short", "at least 24 random bytes"),
        ("COUNTERMAND_WEBHOOK_SECRET", "A" * 50, "whsec_"),
        ("COUNTERMAND_WEBHOOK_SECRET", "whsec_" + "ä" * 40, "base64"),
        ("COUNTERMAND_GATEWAY_PORT", "http", "valid integer"),
        ("COUNTERMAND_GATEWAY_PORT", "65536", "less than or equal to 65535"),
        ("COUNTERMAND_DRAIN_SECONDS", "0", "greater than 0"),
        ("COUNTERMAND_DRAIN_SECONDS", f"{MAX_SECONDS + 1}", "less than or equal to 3600"),
        ("COUNTERMAND_DRAIN_SECONDS", "nan", "less than or equal to 3600"),
        ("COUNTERMAND_POOL_SIZE", "0", "greater than or equal to 1"),
        ("COUNTERMAND_FILES", "gs://evidence", "must be a folder, or a bucket such as s3://evidence/files"),
        ("COUNTERMAND_POOL_SIZE", f"{MAX_POOL + 1}", f"less than or equal to {MAX_POOL}"),
        ("COUNTERMAND_TASK_QUEUE", "q" * 201, "at most 200 characters"),
    ],
)
def test_a_wrong_one_is_named_with_what_would_be_right(name: str, wrong: str, right: str) -> None:
    """And never with what was given: it may be a secret."""
    with pytest.raises(SettingsError) as raised:
        load_settings({name: wrong})

    assert str(raised.value).startswith(f"{name} ")
    assert right in str(raised.value)
    assert len(wrong) < 10 or wrong not in str(raised.value)


STRIPE = {"COUNTERMAND_PAYMENT_PROVIDER": "stripe"}
SIGNING = "whsec_" + "4" * 33


def test_a_secret_is_as_its_provider_makes_it() -> None:
    """Stripe's need not be base64: 33 characters are not."""
    assert load_settings(STRIPE | {"COUNTERMAND_WEBHOOK_SECRET": SIGNING}).webhook_secrets == (SIGNING,)
    with pytest.raises(SettingsError, match=r"^COUNTERMAND_WEBHOOK_SECRET must be .* in base64"):
        load_settings({"COUNTERMAND_WEBHOOK_SECRET": SIGNING})
    with pytest.raises(SettingsError, match=r"^COUNTERMAND_WEBHOOK_SECRET must be the signing secret"):
        load_settings(STRIPE | {"COUNTERMAND_WEBHOOK_SECRET": "whsec_short"})


def test_two_secrets_while_one_replaces_the_other() -> None:
    """Each is checked; a third, or none behind a comma, is a mistake."""
    other = "whsec_" + "REVG" * 8
    settings = load_settings({"COUNTERMAND_WEBHOOK_SECRET": f"{SECRET}, {other}"})
    assert (settings.webhook_secrets, settings.webhook_secret) == ((SECRET, other), SECRET)
    for wrong in (f"{SECRET},", f"{SECRET},whsec_short", f"{SECRET},{other},{SECRET}"):
        with pytest.raises(SettingsError, match=r"^COUNTERMAND_WEBHOOK_SECRET must be "):
            load_settings({"COUNTERMAND_WEBHOOK_SECRET": wrong})


def test_the_key_of_our_account_is_a_secret_and_asked_for_when_it_is_needed() -> None:
    with pytest.raises(SettingsError, match=r"^COUNTERMAND_PAYMENT_KEY is not set"):
        assert load_settings(STRIPE).payment_key
    settings = load_settings(STRIPE | {"COUNTERMAND_PAYMENT_KEY": "sk_test_hunter2"})
    assert (settings.payment_key, "hunter2" in repr(settings)) == ("sk_test_hunter2", False)


def test_limits_themselves_are_allowed() -> None:
    """The other side of every limit."""
    settings = load_settings({"COUNTERMAND_POOL_SIZE": f"{MAX_POOL}", "COUNTERMAND_DRAIN_SECONDS": f"{MAX_SECONDS}"})

    assert (settings.pool_size, settings.drain_seconds) == (MAX_POOL, MAX_SECONDS)


@pytest.mark.parametrize("typo", ["COUNTERMAND_TASKQUEUE", "countermand_task_queue"])
def test_an_unknown_variable_with_our_prefix_is_a_typo(typo: str) -> None:
    """Left alone it would be a setting that does nothing."""
    with pytest.raises(SettingsError, match=f"{typo} is not a setting; .*COUNTERMAND_TASK_QUEUE"):
        load_settings({typo: "x"})


def test_temporal_variables_that_the_sdk_cannot_read_stop_the_start() -> None:
    """A profile that does not exist."""
    with pytest.raises(SettingsError, match=r"TEMPORAL_.*nope"):
        load_settings({"TEMPORAL_PROFILE": "nope", "TEMPORAL_CONFIG_FILE": os.devnull})


def test_settings_cannot_be_changed() -> None:
    """They are read once."""
    with pytest.raises(ValidationError, match="frozen"):
        load_settings({}).pool_size = 3  # type: ignore[misc]


def test_what_is_secret_is_not_shown() -> None:
    """Settings stand in logs and error reports."""
    settings = load_settings(
        {
            "DATABASE_URL": "postgresql://u:hunter2@db/x",
            "COUNTERMAND_WEBHOOK_SECRET": SECRET,
            "TEMPORAL_API_KEY": "key-1",
        }
    )

    assert not any(secret in repr(settings) for secret in ("hunter2", SECRET, "key-1"))


def test_the_table_names_every_setting_with_a_sentence() -> None:
    """What the README shows."""
    table = settings_table()

    assert {row.name for row in table} == {field.alias for field in Settings.model_fields.values() if field.alias}
    assert all(row.description.endswith(".") for row in table)
    assert ("COUNTERMAND_DRAIN_SECONDS", "20") in {(row.name, row.default) for row in table}
    assert ("DATABASE_URL", "") in {(row.name, row.default) for row in table}


def test_a_link_names_the_order_once_and_nothing_else() -> None:
    """A notice that carries another address leads nowhere."""
    right = "https://shop.example/my/orders/{order_id}"
    assert load_settings({"COUNTERMAND_LINK": right}).link == right
    for wrong in ("https://shop.example/my/orders", "shop.example/{order_id}", f"{right}/{{who}}", f"{right}{{"):
        with pytest.raises(SettingsError, match="COUNTERMAND_LINK"):
            load_settings({"COUNTERMAND_LINK": wrong})
