// Carries the order whose JSON is the first argument through a cancellation and the one in the second through a dispute.
// Prints one line of JSON for each thing that it saw. It pays at the sandbox provider (COUNTERMAND_PAYMENT_URL), which
// gives back only what was paid there.

import { Orders, Refused } from "./orders.mjs";

const [cancelled, disputed] = process.argv.slice(2, 4).map((text) => JSON.parse(text));
const say = (seen, value) => console.log(JSON.stringify({ seen, value }));
const orders = await Orders.connect();

const by = (role, id) => ({ by: { role, id } });
const payment = (order) => ({ payment_id: `p-${order.order_id}`, amount: 2299, currency: "USD", method: "card" });
const paid = (order) => ({ ...by("payment_provider", "payments"), ...payment(order) });

/** The buyer pays, quietly: the provider's webhook would tell the order, and here we tell it ourselves. */
async function pay(order) {
  const url = process.env.COUNTERMAND_PAYMENT_URL;
  if (!url) throw new Error("COUNTERMAND_PAYMENT_URL is not set: `countermand dev` prints it.");
  const body = JSON.stringify({ order_id: order.order_id, ...payment(order), quiet: true });
  const answer = await fetch(`${url}/payments`, { method: "POST", headers: { "content-type": "application/json" }, body });
  if (!answer.ok) throw new Error(`The sandbox provider took no payment: ${await answer.text()}`);
}

try {
  // A cancellation that the seller approves: the money goes back.
  const buyer = by("buyer", cancelled.buyer_id);
  await orders.start(cancelled);
  await pay(cancelled);
  await orders.report(cancelled.order_id, "payment_captured", paid(cancelled));
  say("paid", await orders.view(cancelled.order_id));
  const request = { ...buyer, reason: "changed_mind" };
  say("asked", await orders.send(cancelled.order_id, "request_cancellation", request, "request-1"));
  say("asked again", await orders.send(cancelled.order_id, "request_cancellation", request, "request-1"));
  const approval = { ...by("seller", cancelled.seller_id), approve: true };
  say("approved", await orders.send(cancelled.order_id, "decide_cancellation", approval));
  say("settled", await orders.result(cancelled.order_id));
  try {
    await orders.send(cancelled.order_id, "request_cancellation", request, "request-2");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say("refused", { code: error.code, message: error.message, instead: error.instead });
  }

  // A parcel that arrives broken: the dispute says what, and shows it.
  await orders.start(disputed);
  await pay(disputed);
  await orders.send(disputed.order_id, "payment_captured", paid(disputed));
  const seller = by("seller", disputed.seller_id);
  await orders.send(disputed.order_id, "ship", { ...seller, carrier: "post", tracking: "T-1" });
  await orders.send(disputed.order_id, "parcel_delivered", { ...by("carrier", "post"), tracking: "T-1" });
  const dispute = {
    ...by("buyer", disputed.buyer_id),
    reason: "damaged",
    description: "The shade is cracked.",
    requested_resolution: "partial_refund",
    amount: 800,
    evidence: [
      {
        kind: "photo",
        uri: "https://files.example/cracked.jpg",
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        media_type: "image/jpeg",
        size: 482113,
      },
    ],
  };
  say("disputed", await orders.send(disputed.order_id, "open_dispute", dispute));
  say("agreed", await orders.send(disputed.order_id, "respond_to_dispute", { ...seller, accept: true }));
  say("settled", await orders.result(disputed.order_id));
} finally {
  await orders.close();
}
