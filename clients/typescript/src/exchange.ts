// What becomes of a call: sent, waited for, and sent again where that is safe.

import { OutcomeUnknown, Unavailable, problemOf } from "./errors.js";

/** How patient a client is: how often one call is sent at most, and how many seconds lie between two attempts. */
export interface Retries {
  attempts: number;
  longestWait: number;
}

/** A request before it is sent. */
export interface Call {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  /** Whether it may be sent again when nobody knows what became of it. */
  repeatable: boolean;
  /** Whether anything is done when it is carried out. */
  changes: boolean;
  key?: string | undefined;
}

/** How a call gets out, and how time passes. */
export interface World {
  fetch: typeof fetch;
  sleep: (seconds: number) => Promise<void>;
}

const FIRST_PAUSE = 0.2;
/** Seconds for one answer. */
const TIMEOUT = 30;
const TRANSIENT = [429, 502, 503, 504];
/** With which no body comes. */
const NO_BODY = [204, 205, 304];

/** The answer to a call, read to its end. Throws a `Problem`: `OutcomeUnknown` where any of the attempts may have done it,
 * though the last one was turned away. */
export async function exchange(call: Call, retries: Retries, world: World): Promise<Response> {
  for (let attempt = 1, lost = false; ; attempt++) {
    const usual = FIRST_PAUSE * 2 ** (attempt - 1);
    let pause: number | undefined;
    let failure: Error;
    try {
      const { method, headers, body } = call;
      const signal = AbortSignal.timeout(TIMEOUT * 1000);
      const answer = await world.fetch(call.url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
      if (NO_BODY.includes(answer.status)) return answer;
      if (answer.ok) return new Response(await answer.arrayBuffer(), answer);
      const told = await toldBy(answer);
      const undone = answer.status === 429 || told["code"] === "unavailable";
      lost ||= call.changes && answer.status >= 500 && !undone;
      // What it says is true of this attempt alone: an earlier one may have been carried out.
      const unknown = lost && (answer.status === 429 || answer.status >= 500);
      failure = problemOf(answer.status, unknown ? { ...told, code: "outcome_unknown" } : told, call.key);
      if (TRANSIENT.includes(answer.status) && (undone || call.repeatable)) pause = retryAfter(answer, usual);
    } catch (error) {
      lost ||= call.changes;
      const [kind, code] = lost ? [OutcomeUnknown, "outcome_unknown"] : [Unavailable, "unavailable"];
      failure = new kind(0, { code, detail: `No answer: ${error}` }, call.key);
      if (call.repeatable) pause = usual;
    }
    if (pause === undefined || attempt >= retries.attempts || pause > retries.longestWait) throw failure;
    await world.sleep(pause);
  }
}

/** Seconds that its sender asks to wait. */
export function retryAfter(answer: Response, otherwise: number): number {
  const told = answer.headers.get("retry-after") ?? "";
  return /^\d+$/.test(told) ? Number(told) : otherwise;
}

/** The problem that it tells; empty where it is nobody's of ours, such as a proxy's page. */
export async function toldBy(answer: Response): Promise<Record<string, unknown>> {
  const text = await answer.text(); // one that breaks off is a lost answer, and no empty one
  try {
    const told: unknown = JSON.parse(text);
    return typeof told === "object" && told !== null ? (told as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
