"""The environment, read once: every variable with its default and a sentence, in one place.

Who connects with them lives in `connections.py`. Only `worker.py`, `embedded` and this file read the environment.
"""

import os
from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, model_validator
from temporalio.envconfig import ClientConfig, ClientConnectConfig

from activities.crashes import CrashPoint
from starter.settings.callers import CallerSettings
from starter.settings.checks import (
    MAX_PORT,
    SECRET_PREFIX,
    allowed_hosts,
    bind_address,
    crash_point,
    database_url,
    file_schemes,
    files_place,
    http_url,
    mail_sender,
    mail_server,
    order_link,
    secrets_in,
    wrong_secret,
)

PREFIX: Final = "COUNTERMAND_"
"""Of every variable of ours but `DATABASE_URL`, whose name every host knows."""
TEMPORAL_PREFIX: Final = "TEMPORAL_"
"""Of the variables that the Temporal SDK reads itself."""
DEFAULT_ADDRESS: Final = "127.0.0.1:7233"
DEFAULT_NAMESPACE: Final = "default"
MAX_POOL: Final = 200
"""Postgres connections of one process; a server's default limit is 100 for all of them."""
MAX_SECONDS: Final = 3600.0
"""Of any setting in seconds: more is a unit mistaken."""


class SettingsError(Exception):
    """A setting is missing or wrong. The message names the variable and what would be right."""


class Row(NamedTuple):
    """One line of the table of settings."""

    name: str
    default: str
    description: str


Seconds = Annotated[float, Field(gt=0, le=MAX_SECONDS)]


class Settings(CallerSettings):
    """What the environment says, checked. Made by `load_settings`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    given_database_url: Annotated[str, AfterValidator(database_url)] | None = Field(
        default=None,
        alias="DATABASE_URL",
        description="Our Postgres, as a `postgresql://` address; needed by workers, lists, timelines and starts.",
        repr=False,
    )
    task_queue: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="orders",
        alias="COUNTERMAND_TASK_QUEUE",
        description="The task queue that workers serve and on which orders are started.",
    )
    payment_provider: Annotated[str, Field(min_length=1)] = Field(
        default="sandbox",
        alias="COUNTERMAND_PAYMENT_PROVIDER",
        description="Which payment provider refunds and releases go through: `sandbox` or `stripe`.",
    )
    given_payment_url: Annotated[str, AfterValidator(http_url)] | None = Field(
        default=None,
        alias="COUNTERMAND_PAYMENT_URL",
        description="Where the payment provider's API answers; needed by workers, but with `stripe`, which knows.",
    )
    given_payment_key: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        alias="COUNTERMAND_PAYMENT_KEY",
        description="The secret key of our account at the payment provider; needed by workers with `stripe`.",
        repr=False,
    )
    given_webhook_secret: str | None = Field(
        default=None,
        alias="COUNTERMAND_WEBHOOK_SECRET",
        description="Signs the payment provider's webhooks: `whsec_` and, with the sandbox, at least 24 random bytes "
        "in base64; two with a comma between them while one replaces the other; needed by the gateway.",
        repr=False,
    )
    gateway_host: Annotated[str, Field(min_length=1)] = Field(
        default="127.0.0.1",
        alias="COUNTERMAND_GATEWAY_HOST",
        description="The address on which the gateway listens.",
    )
    gateway_port: Annotated[int, Field(ge=0, le=MAX_PORT)] = Field(
        default=8080,
        alias="COUNTERMAND_GATEWAY_PORT",
        description="The port on which the gateway listens; 0 takes a free one.",
    )
    drain_seconds: Seconds = Field(
        default=20.0,
        alias="COUNTERMAND_DRAIN_SECONDS",
        description="Seconds that a worker which was told to stop lets running activities finish.",
    )
    pool_size: Annotated[int, Field(ge=1, le=MAX_POOL)] = Field(
        default=10,
        alias="COUNTERMAND_POOL_SIZE",
        description="Postgres connections of one process, at most.",
    )
    transaction_pooling: bool = Field(
        default=False,
        alias="COUNTERMAND_TRANSACTION_POOLING",
        description="Whether `DATABASE_URL` leads through a proxy that pools by transaction, such as pgbouncer: no "
        "statement is then kept prepared.",
    )
    record_timeout: Seconds = Field(
        default=8.0,
        alias="COUNTERMAND_RECORD_TIMEOUT",
        description="Seconds that Postgres may take for one statement; a record is tried for 10.",
    )
    sandbox: bool = Field(
        default=True,
        alias="COUNTERMAND_SANDBOX",
        description="Whether a worker runs orders in the Temporal SDK's sandbox, which catches code that could not be "
        "replayed; `false` saves CPU.",
    )
    file_schemes: Annotated[str, AfterValidator(file_schemes)] = Field(
        default="",
        alias="COUNTERMAND_FILE_SCHEMES",
        description="Under which schemes evidence and attachments may lie beside `https` and `http`, with commas, such "
        "as `s3,gs`.",
    )
    files: Annotated[str, AfterValidator(files_place)] | None = Field(
        default=None,
        alias="COUNTERMAND_FILES",
        description="Where uploaded evidence and attachments lie: a folder, or a bucket such as "
        "`s3://evidence/files?endpoint=https://minio.example:9000&region=eu-central-1`, whose credentials are `AWS_*`; "
        "not set: no files are taken.",
    )
    metrics_address: Annotated[str, AfterValidator(bind_address)] | None = Field(
        default=None,
        alias="COUNTERMAND_METRICS_ADDRESS",
        description="Where a worker serves its metrics to Prometheus, such as `127.0.0.1:9090`; not set: nowhere.",
    )
    smtp_url: Annotated[str, AfterValidator(mail_server)] | None = Field(
        default=None,
        alias="COUNTERMAND_SMTP_URL",
        description="Where workers hand mail in, such as `smtp://user:password@mail.example.com:587` (or `smtps://`); "
        "not set: no mail is sent.",
        repr=False,
    )
    mail_from: Annotated[str, AfterValidator(mail_sender)] = Field(
        default="Countermand <countermand@localhost>",
        alias="COUNTERMAND_MAIL_FROM",
        description="From whom mail comes.",
    )
    link: Annotated[str, AfterValidator(order_link)] | None = Field(
        default=None,
        alias="COUNTERMAND_LINK",
        description="Where people see an order, such as `https://shop.example/my/orders/{order_id}`; notices carry it.",
    )
    webhook_hosts: Annotated[str, AfterValidator(allowed_hosts)] = Field(
        default="",
        alias="COUNTERMAND_WEBHOOK_HOSTS",
        description="Hosts that webhooks may reach by plain http and in private networks, `host[:port]` with commas.",
    )
    crash_at: Annotated[str, AfterValidator(crash_point)] | None = Field(
        default=None,
        alias="COUNTERMAND_CRASH_AT",
        description="For proofs only: where the process dies or freezes, such as `kill:after:refund`.",
    )
    temporal_variables: Mapping[str, str] = Field(default_factory=dict, repr=False)
    """Temporal's own variables as they were given; the SDK takes them apart."""

    @property
    def database_url(self) -> str:
        example = "an address such as postgresql://user:password@127.0.0.1:5432/countermand"
        return _needed(self.given_database_url, "DATABASE_URL", example)

    @property
    def payment_url(self) -> str:
        return _needed(self.given_payment_url, "COUNTERMAND_PAYMENT_URL", "an address such as http://127.0.0.1:8181")

    @property
    def payment_key(self) -> str:
        example = f"our secret key at the payment provider {self.payment_provider}"
        return _needed(self.given_payment_key, "COUNTERMAND_PAYMENT_KEY", example)

    @property
    def webhook_secret(self) -> str:
        """The one that is meant to stay."""
        return self.webhook_secrets[0]

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """One, or two while one replaces the other."""
        example = f"the secret shared with the payment provider ({SECRET_PREFIX}…)"
        return secrets_in(_needed(self.given_webhook_secret, "COUNTERMAND_WEBHOOK_SECRET", example))

    @property
    def crash_point(self) -> CrashPoint | None:
        return CrashPoint.parse(self.crash_at) if self.crash_at else None

    @property
    def temporal_address(self) -> str:
        return self.temporal().get("target_host", DEFAULT_ADDRESS)

    @property
    def temporal_namespace(self) -> str:
        return self.temporal().get("namespace", DEFAULT_NAMESPACE)

    def temporal(self) -> ClientConnectConfig:
        """How to reach Temporal: its variables over its configuration file, read as every Temporal client does."""
        return ClientConfig.load_client_connect_config(override_env_vars=dict(self.temporal_variables))

    @model_validator(mode="after")
    def _secrets_are_the_providers(self) -> Self:
        if self.given_webhook_secret and (wrong := wrong_secret(self.payment_provider, self.given_webhook_secret)):
            raise ValueError(f"COUNTERMAND_WEBHOOK_SECRET {wrong}")
        return self

    @model_validator(mode="after")
    def _temporal_is_readable(self) -> Self:
        try:
            self.temporal()
        except RuntimeError as error:
            raise ValueError(f"Temporal's own settings (TEMPORAL_*) cannot be read: {error}") from None
        return self


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process, or of the given `environment`. Raises `SettingsError`, one sentence per fault.

    A variable that only some programs need is asked for when it is used: the property raises then.
    """
    if environment is None:
        environment = os.environ
    known = {row.name for row in settings_table()}
    unknown = sorted(name for name in environment if name.upper().startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsError(f"{unknown[0]} is not a setting; the settings are {', '.join(sorted(known))}.")
    # Set but empty is not set: that is how compose files and shells leave a variable out.
    given: dict[str, object] = {name: environment[name] for name in sorted(known) if environment.get(name)}
    temporal = {name: value for name, value in environment.items() if name.startswith(TEMPORAL_PREFIX)}
    try:
        return Settings.model_validate(given | {"temporal_variables": temporal})
    except ValidationError as error:
        raise SettingsError(" ".join(_told(fault["loc"], fault["msg"]) for fault in error.errors())) from None


def settings_table() -> list[Row]:
    """Every variable of ours: name, default as one would write it (empty: none) and what it is for."""
    fields = sorted(Settings.model_fields.items(), key=lambda field: field[0] in CallerSettings.model_fields)
    return [
        Row(name=field.alias, default=_written(field.default), description=field.description or "")
        for _, field in fields
        if field.alias is not None
    ]


def _written(default: object) -> str:
    match default:
        case None:
            return ""
        case bool():
            return str(default).lower()
        case float():
            return f"{default:g}"
        case _:
            return str(default)


def _needed(value: str | None, name: str, example: str) -> str:
    if value is None:
        raise SettingsError(f"{name} is not set; set it to {example}.")
    return value


def _told(where: tuple[int | str, ...], message: str) -> str:
    told = message.removeprefix("Value error, ").removeprefix("Input ")
    return f"{where[0]} {told[:1].lower()}{told[1:]}." if where else f"{told}."
