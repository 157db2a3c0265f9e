// What the client does when a gateway is away, busy or forgetful: run by `npm test`, without a network.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Countermand, type Event, MovedOn, NotLetIn, OutcomeUnknown, Refused, type Retries, TooManyRequests, Unavailable,
} from "./src/index.js";

type Said = Response | Error;

interface Tried {
  client: Countermand;
  asked: Request[];
  waited: number[];
}

/** A client of a gateway that answers so, one after the other; what it was asked, and how long the client waited. */
const against = (...said: Said[]): Tried => patient({}, ...said);

/** The same of a client that tries as often as is said. */
function patient(retries: Partial<Retries>, ...said: Said[]): Tried {
  const [asked, waited]: [Request[], number[]] = [[], []];
  const answer = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    asked.push(new Request(url, init));
    const next = said.shift();
    if (next instanceof Response) return next;
    throw next ?? new Error("nothing more is said");
  };
  const sleep = async (seconds: number): Promise<void> => void waited.push(seconds);
  const options = { url: "http://gateway/", key: "cmk_1", actingFor: "buyer:b-7", fetch: answer, sleep, retries };
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

const busy = () => no(429, "too_many_requests");
const away = () => no(503, "unavailable", {}, { "retry-after": "1" });
const cut = () =>
  new Response(new ReadableStream({ pull: (body) => body.error(new TypeError("terminated")) }), { status: 200 });

for (const [what, ...said] of [
  ["no answer, then none was there", new Error("lost"), away()],
  ["no answer, then too many", new Error("lost"), busy()],
  ["an unknown outcome, then none was there", no(503, "outcome_unknown"), away()],
  ["a proxy's page, then none was there", new Response("<h1>", { status: 502 }), away()],
  ["a proxy's page at last", away(), new Response("<h1>", { status: 504 })],
  ["a proxy's null", new Response("null", { status: 504 }), away()],
  ["half an answer, then none was there", cut(), away()],
] as [string, Said, Said][])
  test(`an attempt that was lost is remembered: ${what}`, async () => {
    const { client, asked } = patient({ attempts: 2 }, ...said);
    await assert.rejects(cancel(client), (error) => {
      assert.ok(error instanceof OutcomeUnknown);
      assert.equal(error.code, "outcome_unknown");
      assert.equal(error.idempotencyKey, asked[0]?.headers.get("idempotency-key"));
      return true;
    });
    assert.equal(asked.length, 2);
  });

test("what was surely not done is not said to be unknown", async () => {
  await assert.rejects(cancel(patient({ attempts: 2 }, away(), busy()).client), TooManyRequests);
  const { client } = patient({ attempts: 2 }, new Error("lost"), away());
  const preview = client.preview("A-1", "request_cancellation", { reason: "changed_mind" });
  await assert.rejects(preview, (error) => error instanceof Unavailable && !(error instanceof OutcomeUnknown));
});

test("an answer that breaks off is a lost one: sent again, under its key", async () => {
  const { client, asked, waited } = against(cut(), done());
  assert.equal((await cancel(client)).version, 3);
  assert.equal(new Set(asked.map((one) => one.headers.get("idempotency-key"))).size, 1);
  assert.deepEqual([asked.length, waited], [2, [0.2]]);
});

test("a number of attempts that is undefined is no endless one", async () => {
  const retries = { attempts: undefined, longestWait: undefined } as unknown as Partial<Retries>;
  const { client, asked } = patient(retries, ...Array.from({ length: 9 }, away));
  await assert.rejects(cancel(client), Unavailable);
  assert.equal(asked.length, 6);
});

test("an id stays in its place of the path, and what would lead elsewhere is not sent", async () => {
  const { client, asked } = against(done());
  await client.order("A/../1?x");
  assert.equal(asked[0]?.url, "http://gateway/orders/A%2F..%2F1%3Fx");
  for (const id of ["", ".", "..", undefined as unknown as string]) {
    await assert.rejects(client.order(id), /order_id is .*: it names nothing/);
    await assert.rejects(client.orderIfChanged(id, 1), RangeError);
    await assert.rejects(client.send(id, "confirm_receipt", {}), RangeError);
  }
  await assert.rejects(client.get("/orders/{order_id}/timeline"), RangeError);
  assert.equal(asked.length, 1);
});

test("pages without a cursor are the last", async () => {
  const { client, asked } = against(Response.json({ orders: [{ order_id: "A-1" }] }));
  const found: string[] = [];
  for await (const row of client.rows("/orders")) found.push(row.order_id);
  assert.deepEqual([found, asked.length], [["A-1"], 1]);
});

test("the platform's fetch is called as a function, as browsers want it", async (context) => {
  const called: unknown[] = [];
  context.mock.method(globalThis, "fetch", async function (this: unknown) {
    called.push(this);
    return done();
  });
  await new Countermand({ url: "http://gateway", key: "cmk_1" }).order("A-1");
  assert.deepEqual(called.map((one) => one === undefined || one === globalThis), [true]);
});

for (const [told, waits] of [["0", 1], ["3600", 3600], ["3601", 3600], ["9".repeat(400), 3600]] as const)
  test(`the feed is never asked for without a pause: Retry-After ${told.slice(0, 5)}`, async () => {
    const later = no(503, "unavailable", {}, { "retry-after": told });
    const { client, waited } = against(later, no(401, "unauthorized"));
    await assert.rejects(client.follow().next(), NotLetIn);
    assert.deepEqual(waited, [waits]);
  });

test("a feed whose gateway never answers is taken for dead", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let asked = 0;
  const fetch = (_: unknown, init?: RequestInit): Promise<Response> => {
    if (asked++) return Promise.resolve(no(401, "unauthorized"));
    return new Promise((_, lose) => init?.signal?.addEventListener("abort", () => lose(new Error("aborted"))));
  };
  const silent = new Countermand({ url: "http://gateway", key: "cmk_1", fetch, sleep: async () => {} }).follow().next();
  context.mock.timers.tick(59_999);
  assert.equal(asked, 1);
  context.mock.timers.tick(1);
  await assert.rejects(silent, NotLetIn);
  assert.equal(asked, 2);
});

test("a line's end may be cut in two", async () => {
  const parts = ['data: {"seq": 5}\r\n\r', '\ndata: {"seq": 6}\r', "\n\r\n"];
  const body = new ReadableStream<Uint8Array>({
    pull: (to) => (parts.length ? to.enqueue(new TextEncoder().encode(parts.shift())) : to.close()),
  });
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const event of against(new Response(body), no(401, "unauthorized")).client.follow()) seen.push(event.seq);
  }, NotLetIn);
  assert.deepEqual(seen, [5, 6]);
});
