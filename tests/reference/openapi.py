"""docs/openapi.json: the gateway's OpenAPI file, as every gateway serves it, for clients to be made of."""

import json
from typing import Any, cast

from starter.client.orders import OrderClient
from starter.gateway.app import Api, create_app
from starter.gateway.openapi import document
from starter.gateway.seen import Orders
from starter.keys import Keys
from starter.settings.callers import CallerSettings


def text() -> str:
    """The file. Nothing of it depends on a database, or on settings."""
    none = cast("Any", None)
    engine: OrderClient = none
    api = Api(Keys(none), CallerSettings(), engine, Orders(none), live=none)
    app = create_app(none, none, none, "sandbox", api=api)
    doors = [cast("Any", route).endpoint.door for route in app.routes]
    return json.dumps(document(doors), indent=1, ensure_ascii=False) + "\n"
