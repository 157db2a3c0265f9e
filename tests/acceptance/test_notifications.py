"""A seller subscribes on the command line, and is told by mail and by webhook what happens to an order."""

import asyncio
import json
import os
import sys
from email import message_from_bytes, policy
from pathlib import Path

from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from starter.client.orders import OrderClient
from starter.connections import connect_temporal
from starter.embedded import EmbeddedStack, StackOptions
from tests.acceptance.orders import payment, started
from tests.acceptance.programs import LOOK_EVERY
from tests.activities.sandboxes import listening
from tests.histories import all_replay, of_queue
from workflows.messages.commands import PaymentCaptured
from workflows.messages.values import Party, Role

PATIENCE = 90.0
"""Seconds: a notice leaves fifteen seconds after it was recorded."""


async def _told(*arguments: str, environment: dict[str, str]) -> dict[str, object]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "starter.cli", *arguments, "--json"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
        cwd=Path(__file__).parents[2],
    )
    out, _ = await program.communicate()
    assert program.returncode == 0
    found: dict[str, object] = json.loads(out)
    return found


async def test_a_subscribed_seller_is_told_by_mail_and_by_signed_webhook(data: Path) -> None:
    heard: list[tuple[dict[str, str], bytes]] = []

    async def take(request: Request) -> Response:
        heard.append((dict(request.headers), await request.body()))
        return Response()

    async with listening(Starlette(routes=[Route("/hooks", take, methods=["POST"])])) as url:
        hosts = {"COUNTERMAND_WEBHOOK_HOSTS": url.split("/")[2]}
        options = StackOptions(
            data=data, temporal_port=0, ui_port=0, gateway_port=0, environment={**os.environ, **hosts}
        )
        async with EmbeddedStack(options) as stack, OrderClient.connect(stack.settings) as client:
            hook = await _told("subscribe", "seller:s-3", "webhook", f"{url}/hooks", environment=stack.environment)
            await _told("subscribe", "seller:s-3", "email", "sam@example.com", environment=stack.environment)
            await client.start(started("A-1"))
            paid = PaymentCaptured(by=Party(role=Role.PAYMENT_PROVIDER, id="x"), **payment("A-1"))
            await client.report("A-1", paid)
            mails = data / "mail"
            async with asyncio.timeout(PATIENCE):
                while not (heard and any(mails.glob("*.eml"))):
                    await asyncio.sleep(LOOK_EVERY)
            queue = of_queue(stack.settings.task_queue)
            await all_replay(await connect_temporal(stack.settings), queue, "this test")
    headers, body = heard[0]
    told = Webhook(str(hook["secret"])).verify(body, headers)
    assert (told["type"], told["data"]["order_id"], told["data"]["role"]) == ("order_paid", "A-1", "seller")
    (mail,) = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in mails.glob("*.eml")]
    assert (mail["To"], mail["Subject"]) == ("sam@example.com", "The order is paid: please ship it (A-1)")
