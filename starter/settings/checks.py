"""What makes the value of a setting right, and the sentence that says what would be. Its reader: `environment.py`."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from secrets import token_bytes
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from activities.channels.email import MailServer, domain_of
from activities.channels.targets import AllowedHosts
from activities.crashes import CrashPoint
from activities.files.places import open_store
from workflows.messages.file_schemes import named_schemes

MAX_PORT: Final = 65_535
SANDBOX: Final = "sandbox"
"""The payment provider that the embedded stack brings along."""
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the prefix of every such secret, not one of them
SECRET_BYTES: Final = 32
"""Of a new one; the standard asks for 24 to 64."""
MIN_SECRET: Final = len(SECRET_PREFIX) + 32
"""Characters: 24 random bytes in base64, and as long as what Stripe gives."""
MIN_TOKEN_SECRET: Final = 32
"""Bytes: as many as the hash that signs with it has."""
PUBLIC_KEY_ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
"""With which a token may be signed whose key is published: one that is verified with a secret would take that public
key for the secret."""
MAX_SECRETS: Final = 2
"""The one that is to stay, and the one that it replaces."""


def new_secret() -> str:
    """A secret that signs webhooks, as Standard Webhooks has it."""
    return SECRET_PREFIX + b64encode(token_bytes(SECRET_BYTES)).decode()


def database_url(text: str) -> str:
    if urlsplit(text).scheme not in ("postgresql", "postgres"):
        raise ValueError("must start with postgresql://, such as postgresql://user:password@127.0.0.1:5432/countermand")
    return text


def http_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as http://127.0.0.1:8181")
    return text.rstrip("/")


def bind_address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > MAX_PORT:
        raise ValueError("must be an address to listen at, such as 127.0.0.1:9090")
    return text


def mail_server(text: str) -> str:
    MailServer.parse(text)
    return text


def mail_sender(text: str) -> str:
    domain_of(text)
    return text


def order_link(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or "{order_id}" not in text:
        raise ValueError("must be an address with {order_id} in it, such as https://shop.example/my/orders/{order_id}")
    try:
        text.format(order_id="A-1")
    except (LookupError, ValueError):
        raise ValueError("must have no other braces than {order_id}") from None
    return text


def allowed_hosts(text: str) -> str:
    AllowedHosts.parse(text)
    return text


def file_schemes(text: str) -> str:
    named_schemes(text)
    return text


def token_secret(text: str) -> str:
    if len(text.encode()) < MIN_TOKEN_SECRET:
        raise ValueError(f"must have at least {MIN_TOKEN_SECRET} bytes, and be random: whoever guesses it is anybody")
    return text


def token_keys(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme and not (parts.scheme in ("http", "https") and parts.hostname):
        raise ValueError("must be a file, or an address such as https://login.example.com/.well-known/jwks.json")
    return text


def token_algorithms(text: str) -> str:
    if unknown := sorted(set(words_of(text)) - set(PUBLIC_KEY_ALGORITHMS)) or not words_of(text):
        raise ValueError(f"must be of {', '.join(PUBLIC_KEY_ALGORITHMS)}, with commas; not {unknown}")
    return text


def origins(text: str) -> str:
    for origin in words_of(text):
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or f"{parts.scheme}://{parts.netloc}" != origin:
            raise ValueError("must be origins such as https://shop.example.com, with commas; without a path, and no *")
    return text


def words_of(text: str) -> tuple[str, ...]:
    """The words of a setting with commas between them."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def files_place(text: str) -> str:
    open_store(text)
    return text


def crash_point(text: str) -> str:
    CrashPoint.parse(text)
    return text


def secrets_in(text: str) -> tuple[str, ...]:
    """The secrets of one setting: one, or several with commas between them."""
    return tuple(secret.strip() for secret in text.split(","))


def webhook_secrets(text: str) -> str:
    """Of webhooks that are signed as the standard has it."""
    if wrong := wrong_secret(SANDBOX, text):
        raise ValueError(wrong)
    return text


def wrong_secret(provider: str, text: str) -> str | None:
    """What is wrong with the secrets of the webhooks of `provider`; None when nothing is, or nobody knows it."""
    secrets = secrets_in(text)
    if len(secrets) > MAX_SECRETS:
        return f"must be one secret, or {MAX_SECRETS} with a comma between them"
    check = _SECRETS.get(provider)
    return next((wrong for secret in secrets if (wrong := check(secret))), None) if check else None


def _of_the_standard(secret: str) -> str | None:
    wrong = f'must be "{SECRET_PREFIX}" and at least 24 random bytes in base64'
    if not secret.startswith(SECRET_PREFIX) or len(secret) < MIN_SECRET:
        return wrong
    try:
        Webhook(secret)
    except (ValueError, RuntimeError):
        return wrong
    return None


def _of_stripe(secret: str) -> str | None:
    if not secret.startswith(SECRET_PREFIX) or len(secret) < MIN_SECRET or not secret.isprintable():
        return (
            f'must be the signing secret that Stripe shows beside the endpoint, "{SECRET_PREFIX}" and what follows it'
        )
    return None


_SECRETS: Final[Mapping[str, Callable[[str], str | None]]] = MappingProxyType(
    {SANDBOX: _of_the_standard, "stripe": _of_stripe}
)
