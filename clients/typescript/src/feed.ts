// The feed of events as a stream: each event once, and on where it broke off.

import { Problem, problemOf } from "./errors.js";
import { type World, retryAfter, toldBy } from "./exchange.js";
import type { Event } from "./types.js";

const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 30;
/** Seconds between two attempts at most, whatever is said: an hour. */
const LONGEST_WAIT = 3600;
/** Seconds without a word after which a stream is taken for dead: the engine says something every fifteen. */
const SILENCE = 60;

/** What happens after the event numbered `after`, for ever, or until `signal` says so. */
export async function* follow(
  url: string,
  headers: Record<string, string>,
  after: number,
  world: World,
  signal?: AbortSignal,
): AsyncGenerator<Event> {
  for (let pause = FIRST_PAUSE; !signal?.aborted; ) {
    let wait: number | undefined;
    const silent = new AbortController();
    const signals = signal ? [silent.signal, signal] : [silent.signal];
    try {
      const asked = { ...headers, accept: "text/event-stream", "last-event-id": String(after) };
      const answer = await inTime(world.fetch(url, { headers: asked, signal: AbortSignal.any(signals) }), silent);
      if (!answer.ok || !answer.body) {
        if (![429, 502, 503, 504].includes(answer.status)) throw problemOf(answer.status, await inTime(toldBy(answer), silent));
        // "Retry-After: 0" is no leave to ask without a pause, for ever.
        wait = Math.min(Math.max(retryAfter(answer, pause), FIRST_PAUSE), LONGEST_WAIT);
      } else {
        for await (const event of heard(answer.body, silent)) {
          pause = FIRST_PAUSE;
          if (event.seq <= after) continue;
          after = event.seq;
          yield event;
        }
      }
    } catch (error) {
      if (error instanceof Problem) throw error; // to wait helps nobody
      if (signal?.aborted) return;
    }
    await world.sleep(wait ?? pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
}

/** What comes before the silence is too long. */
async function inTime<Found>(coming: Promise<Found>, silent: AbortController): Promise<Found> {
  const timer = setTimeout(() => silent.abort(), SILENCE * 1000);
  return await coming.finally(() => clearTimeout(timer));
}

async function* heard(body: ReadableStream<Uint8Array>, silent: AbortController): AsyncGenerator<Event> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  try {
    while (true) {
      const { done, value } = await inTime(reader.read(), silent);
      if (done) return;
      const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const lines = block.split("\n").filter((line) => line.startsWith("data:"));
        if (lines.length) yield JSON.parse(lines.map((line) => line.slice(5)).join("\n")) as Event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined); // it has broken off already
  }
}
