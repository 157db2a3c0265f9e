"""The settings of who may call the gateway and how much, and of how the command line does: read in `environment.py`."""

from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from starter.settings.checks import (
    http_url,
    origins,
    secrets_in,
    token_algorithms,
    token_keys,
    token_secret,
    webhook_secrets,
    words_of,
)
from starter.settings.four_eyes import Limits, four_eyes_above

SECRET_ALGORITHM: Final = "HS256"  # noqa: S105 - the name of an algorithm
MAX_RATE: Final = 100_000
"""Requests a second: more is a unit mistaken."""


class CallerSettings(BaseModel):
    """What the environment says of callers."""

    jwt_secret: Annotated[str, AfterValidator(token_secret)] | None = Field(
        default=None,
        alias="COUNTERMAND_JWT_SECRET",
        description="The secret with which callers' tokens are signed (HS256), at least 32 bytes.",
        repr=False,
    )
    jwt_keys: Annotated[str, AfterValidator(token_keys)] | None = Field(
        default=None,
        alias="COUNTERMAND_JWT_KEYS",
        description="Instead of a secret: the public keys of whoever signs the tokens, as a JWKS file or its address.",
    )
    given_jwt_algorithms: Annotated[str, AfterValidator(token_algorithms)] = Field(
        default="RS256,ES256,EdDSA",
        alias="COUNTERMAND_JWT_ALGORITHMS",
        description="With which algorithms tokens may be signed whose keys are `COUNTERMAND_JWT_KEYS`, with commas.",
    )
    given_carrier_secret: Annotated[str, AfterValidator(webhook_secrets)] | None = Field(
        default=None,
        alias="COUNTERMAND_CARRIER_SECRET",
        description="Signs what carriers report to `POST /webhooks/carrier`: `whsec_` and at least 24 random bytes in "
        "base64; two with a comma between them while one replaces the other; not set: nothing is taken from carriers.",
        repr=False,
    )
    given_cors_origins: Annotated[str, AfterValidator(origins)] = Field(
        default="",
        alias="COUNTERMAND_CORS_ORIGINS",
        description="Origins whose pages may call the gateway from a browser, with commas; not set: none.",
    )
    caller_rate: Annotated[int, Field(ge=1, le=MAX_RATE)] = Field(
        default=50,
        alias="COUNTERMAND_CALLER_RATE",
        description="Requests a second that one caller may send to one gateway, with twice as many at once.",
    )
    order_rate: Annotated[int, Field(ge=1, le=MAX_RATE)] = Field(
        default=60,
        alias="COUNTERMAND_ORDER_RATE",
        description="Commands a minute that one caller may send to one order; its workflow takes 2,000 per run.",
    )
    given_four_eyes_above: Annotated[str, AfterValidator(four_eyes_above)] | None = Field(
        default=None,
        alias="COUNTERMAND_FOUR_EYES_ABOVE",
        description="Above which amount in minor units a command of the platform that moves money needs a second "
        "person, such as `USD=50000,JPY=5000000`; a bare amount is for every currency that is not named, which without "
        "one needs a second person from the first cent on; not set: none is ever needed.",
    )
    gateway_url: Annotated[str, AfterValidator(http_url)] | None = Field(
        default=None,
        alias="COUNTERMAND_GATEWAY_URL",
        description="Where the gateway answers, such as `http://127.0.0.1:8080`: the command line uploads files there.",
    )
    gateway_key: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        alias="COUNTERMAND_GATEWAY_KEY",
        description="The key with which the command line calls it, such as one with `act:platform`.",
        repr=False,
    )

    @property
    def jwt_algorithms(self) -> tuple[str, ...]:
        """Those that count: a token never chooses."""
        return (SECRET_ALGORITHM,) if self.jwt_secret else words_of(self.given_jwt_algorithms)

    @property
    def carrier_secrets(self) -> tuple[str, ...]:
        """None, one, or two while one replaces the other."""
        return secrets_in(self.given_carrier_secret) if self.given_carrier_secret else ()

    @property
    def cors_origins(self) -> tuple[str, ...]:
        return words_of(self.given_cors_origins)

    @property
    def four_eyes(self) -> Limits | None:
        """What one person may move alone; None: anything."""
        return Limits.parse(self.given_four_eyes_above) if self.given_four_eyes_above is not None else None

    @model_validator(mode="after")
    def _tokens_are_verified_one_way(self) -> Self:
        if self.jwt_secret and self.jwt_keys:
            raise ValueError("COUNTERMAND_JWT_SECRET and COUNTERMAND_JWT_KEYS exclude each other; set one of them")
        return self
