// What the client does when a gateway is away, busy or forgetful: run by `npm test`, without a network.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Countermand, type Event, MovedOn, NotLetIn, OutcomeUnknown, Refused, TooManyRequests } from "./src/index.js";

type Said = Response | Error;

/** A client of a gateway that answers so, one after the other; what it was asked, and how long the client waited. */
function against(...said: Said[]): { client: Countermand; asked: Request[]; waited: number[] } {
  const [asked, waited]: [Request[], number[]] = [[], []];
  const answer = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    asked.push(new Request(url, init));
    const next = said.shift();
    if (next instanceof Response) return next;
    throw next ?? new Error("nothing more is said");
  };
  const sleep = async (seconds: number): Promise<void> => void waited.push(seconds);
  const options = { url: "http://gateway/", key: "cmk_1", actingFor: "buyer:b-7", fetch: answer, sleep };
  return { client: new Countermand(options), asked, waited };
}

const done = (): Response => Response.json({ order_id: "A-1", version: 3 });
const no = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Response =>
  Response.json({ status, code, detail: `It is ${code}.`, instead: [], request_id: "r-1", ...more }, { status, headers });
const cancel = (client: Countermand) => client.send("A-1", "request_cancellation", { reason: "changed_mind" }, { ifMatch: 2 });
const stream = (...seqs: number[]): Response =>
  new Response(`retry: 1000\n\n${seqs.map((seq) => `id: ${seq}\ndata: {"seq": ${seq}}\n\n`).join("")}id: 99\ndata: {"se`);

test("a command says who, what, and on which version", async () => {
  const { client, asked } = against(done());
  assert.equal((await cancel(client)).version, 3);
  const [sent] = asked;
  assert.equal(sent?.url, "http://gateway/orders/A-1/request_cancellation");
  assert.deepEqual(await sent?.json(), { reason: "changed_mind" });
  assert.equal(sent?.headers.get("if-match"), '"2"');
  assert.equal(sent?.headers.get("countermand-acting-for"), "buyer:b-7");
});

for (const [what, said, pause] of [
  ["an unknown outcome", no(503, "outcome_unknown", {}, { "retry-after": "5" }), 5],
  ["too many requests", no(429, "too_many_requests", {}, { "retry-after": "5" }), 5],
  ["a lost answer", new Error("lost"), 0.2],
] as const)
  test(`after ${what} a command is sent again under its key`, async () => {
    const { client, asked, waited } = against(said, done());
    await cancel(client);
    const keys = asked.map((one) => one.headers.get("idempotency-key"));
    assert.equal(new Set(keys).size, 1);
    assert.ok(keys[0]);
    assert.deepEqual([keys.length, waited], [2, [pause]]);
  });

test("patience has an end", async () => {
  const lost = against(...Array.from({ length: 6 }, () => new Error("lost")));
  await assert.rejects(cancel(lost.client), (error) => error instanceof OutcomeUnknown && Boolean(error.idempotencyKey));
  assert.equal(lost.asked.length, 6);
  const busy = against(no(429, "too_many_requests", {}, { "retry-after": "31" }));
  await assert.rejects(cancel(busy.client), TooManyRequests);
});

test("a no is an error of its kind", async () => {
  const instead = [{ action: "withdraw_cancellation" }];
  await assert.rejects(cancel(against(no(409, "already_open", { instead })).client), (error) => {
    assert.ok(error instanceof Refused);
    assert.deepEqual([error.code, error.message, error.requestId], ["already_open", "It is already_open.", "r-1"]);
    assert.deepEqual(error.instead, instead);
    return true;
  });
  const moved = no(412, "precondition_failed", { view: { version: 4 } });
  await assert.rejects(cancel(against(moved).client), (error) => error instanceof MovedOn && error.view?.version === 4);
});

test("pages follow each other by themselves", async () => {
  const page = (order_id: string, cursor: string | null) => Response.json({ orders: [{ order_id }], cursor });
  const { client, asked } = against(page("A-1", "x"), page("A-2", null));
  const found: string[] = [];
  for await (const row of client.rows("/orders", { query: { limit: 1 } })) found.push(row.order_id);
  assert.deepEqual(found, ["A-1", "A-2"]);
  assert.deepEqual(asked.map((one) => new URL(one.url).search), ["?limit=1", "?limit=1&cursor=x"]);
});

test("what has not changed is undefined", async () => {
  const { client, asked } = against(new Response(null, { status: 304 }));
  assert.equal(await client.orderIfChanged("A-1", 7), undefined);
  assert.equal(asked[0]?.headers.get("if-none-match"), '"7"');
});

test("the feed goes on where it broke off, and gives each event once", async () => {
  const unavailable = no(503, "unavailable", {}, { "retry-after": "5" });
  const { client, asked, waited } = against(stream(5, 6), new Error("cut"), unavailable, stream(6, 7), no(401, "unauthorized"));
  const seen: Event[] = [];
  await assert.rejects(async () => {
    for await (const event of client.follow(4)) seen.push(event);
  }, NotLetIn);
  assert.deepEqual(seen.map((one) => one.seq), [5, 6, 7]);
  assert.deepEqual(asked.map((one) => one.headers.get("last-event-id")), ["4", "6", "6", "6", "7"]);
  assert.deepEqual(waited, [1, 2, 5, 1]);
});
