"""Serving an HTTP app from a process of ours: on a port that may be chosen for it, announced in one line of JSON."""

import json
import socket
import sys

import uvicorn
from starlette.applications import Starlette


class _Announcing(uvicorn.Server):
    """Says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, announcement: str) -> None:
        super().__init__(config)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(self._announcement + "\n")
        sys.stdout.flush()


async def serve(app: Starlette, host: str, port: int, name: str) -> None:
    """Serve until SIGTERM or SIGINT. Prints `{name: address}` once it listens, and nothing else on standard output."""
    listening = socket.create_server((host, port))
    announcement = json.dumps({name: f"http://{host}:{listening.getsockname()[1]}"})
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
    await _Announcing(config, announcement).serve(sockets=[listening])
