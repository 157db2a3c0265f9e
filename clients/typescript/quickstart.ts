// An order that is started, paid, cancelled and paid back; a refusal with what is possible instead; and the feed.
// Beside `countermand dev`, after the exports that it prints: npm ci && npm run build && node dist/quickstart.js

import { Countermand, Refused } from "./src/index.js";

const env = (name: string): string => process.env[name] ?? fail(`${name} is not set: \`countermand dev\` prints it.`);
const fail = (why: string): never => {
  throw new Error(why);
};
const url = env("GATEWAY");
const shop = new Countermand({ url, key: env("SHOP_KEY") });
const buyer = new Countermand({ url, key: env("BUYER_KEY"), actingFor: "buyer:b-7" });
const seller = new Countermand({ url, key: env("SELLER_KEY"), actingFor: "seller:s-3" });
const orderId = `Q-${crypto.randomUUID().slice(0, 8)}`;

// The shop starts an order, and the buyer pays it, at the sandbox provider, whose webhook tells the order.
const started = await shop.start({
  order_id: orderId,
  buyer_id: "b-7",
  seller_id: "s-3",
  currency: "USD",
  lines: [{ line_id: "1", sku: "LAMP-1", title: "Desk lamp", quantity: 1, unit_price: 1999 }],
  shipping_fee: 300,
});
const payment = { payment_id: `pay-${orderId}`, amount: started.total, currency: "USD", method: "card" };
const answer = await fetch(`${env("COUNTERMAND_PAYMENT_URL")}/payments`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ order_id: orderId, ...payment }),
});
if (!answer.ok) fail(`The sandbox provider took no payment: ${await answer.text()}`);
const paid = await shop.order(orderId, 2);
console.log(`${orderId}: ${paid.label}, ${paid.captured} paid, it is the ${paid.waiting_on}'s turn`);

// The buyer looks what cancelling would do, and asks for it; the same under another key is refused.
const would = await buyer.preview(orderId, "request_cancellation", { reason: "changed_mind" });
console.log(`That would be told to the ${would.told.map((one) => one.to).join(" and the ")}`);
const asked = await buyer.send(orderId, "request_cancellation", { reason: "changed_mind" }, { ifMatch: paid.version });
try {
  await buyer.send(orderId, "request_cancellation", { reason: "changed_mind" });
} catch (refused) {
  if (!(refused instanceof Refused)) throw refused;
  console.log(`${refused.code}: ${refused.message} Instead: ${refused.instead.map((one) => one.action).join(", ")}`);
}

// The seller approves, and the feed tells when the money is back.
const approved = await seller.send(orderId, "decide_cancellation", { approve: true }, { ifMatch: asked.version });
for await (const event of buyer.follow(0, { order: orderId })) {
  console.log(`${String(event.seq).padStart(6)} ${event.summary}`);
  if (event.name === "refund_updated" && event.status === "cancelled") break;
}
const ended = await buyer.order(orderId, approved.version);
console.log(`${orderId}: ${ended.label}, ${ended.refunded} refunded`);
