"""The connections to Temporal and Postgres that settings describe, and the search attributes that Temporal must know.

What is done over them lives with whoever asks for them.
"""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import asyncpg
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.service import RPCError, RPCStatusCode

from starter.pooling import open_pool
from starter.settings.environment import Settings, SettingsError
from workflows.converter import DATA_CONVERTER

FIRST_CONNECT_SECONDS: Final = 10.0
"""To reach Temporal or Postgres when a process starts: they may be starting as well."""
RETRY_SECONDS: Final = 0.1
"""Between two tries then."""

SEARCH_ATTRIBUTES: Final[Mapping[str, IndexedValueType.ValueType]] = MappingProxyType(
    {
        "OrderStage": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        "OrderStatus": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        "BuyerId": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        "SellerId": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        "WaitingOn": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        "RefundState": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        "NextDeadline": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    }
)
"""What every order is found by. An order whose attribute is not registered would retry its first task for ever."""


class NotReachable(Exception):
    """Temporal or Postgres does not answer. The message names the setting and the address."""


async def connect_temporal(settings: Settings, runtime: Runtime | None = None) -> Client:
    """A client that speaks plain JSON by pydantic, as every worker and caller of this engine must."""
    config = settings.temporal()
    try:
        async with asyncio.timeout(FIRST_CONNECT_SECONDS):
            return await Client.connect(
                settings.temporal_address,
                namespace=settings.temporal_namespace,
                api_key=config.get("api_key"),
                tls=config.get("tls"),
                rpc_metadata=config.get("rpc_metadata", {}),
                data_converter=DATA_CONVERTER,
                runtime=runtime,
            )
    except (RuntimeError, TimeoutError) as error:
        raise NotReachable(
            f"Temporal does not answer at {settings.temporal_address} (TEMPORAL_ADDRESS): {_reason(error)}. "
            "Start it, or `countermand dev`."
        ) from error


async def connect_database(settings: Settings) -> asyncpg.Pool:
    """A pool of connections to the read model, of which one is open."""
    try:
        async with asyncio.timeout(FIRST_CONNECT_SECONDS):
            while (pool := await _open_pool(settings)) is None:
                await asyncio.sleep(RETRY_SECONDS)
            return pool
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise NotReachable(f"Postgres cannot be used (DATABASE_URL): {_reason(error)}.") from error
    except (asyncpg.InterfaceError, ValueError) as error:
        raise SettingsError(f"DATABASE_URL cannot be used: {_reason(error)}.") from error


async def _open_pool(settings: Settings) -> asyncpg.Pool | None:
    """The pool; None when the server is starting, or too busy to answer in the time that a record has."""
    try:
        return await open_pool(settings)
    except (TimeoutError, asyncpg.CannotConnectNowError):
        return None


async def missing_search_attributes(client: Client) -> list[str]:
    """Which search attributes the namespace lacks. Raises `SettingsError` when one has another type."""
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        answer = await client.operator_service.list_search_attributes(asked)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        raise SettingsError(
            f"Namespace {client.namespace} (TEMPORAL_NAMESPACE) does not exist; create it, or name another."
        ) from error
    for name, kind in SEARCH_ATTRIBUTES.items():
        found = answer.custom_attributes.get(name, kind)
        if found != kind:
            raise SettingsError(
                f"Search attribute {name} of namespace {client.namespace} (TEMPORAL_NAMESPACE) is "
                f"{IndexedValueType.Name(found)}, not {IndexedValueType.Name(kind)}; "
                "remove it, or use another namespace."
            )
    return [name for name in SEARCH_ATTRIBUTES if name not in answer.custom_attributes]


async def register_search_attributes(client: Client) -> list[str]:
    """Register what the namespace lacks, and say what that was. Safe to repeat, and from several processes at once."""
    missing = await missing_search_attributes(client)
    if missing:
        try:
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(
                    namespace=client.namespace, search_attributes={name: SEARCH_ATTRIBUTES[name] for name in missing}
                )
            )
        except RPCError as error:
            # Somebody else was faster; whether they registered all of ours, the next look tells.
            if error.status is not RPCStatusCode.ALREADY_EXISTS or await missing_search_attributes(client):
                raise
    return missing


def _reason(error: BaseException) -> str:
    """The error in a few words: Temporal's client prints Rust's whole chain for the one thing that mostly happens."""
    if "Connection refused" in str(error):
        return "connection refused"
    return str(error).rstrip(".") or type(error).__name__
