// Countermand over HTTP, as one caller. What becomes of a call lives in exchange.ts, the feed in feed.ts.

import { type Call, type Retries, type World, exchange } from "./exchange.js";
import { follow } from "./feed.js";
import type {
  Asked, CommandAnswer, CommandBody, CommandName, Event, NewOrder, OrderView, Paged, Preview, Read, Readable, Row, StoredFile,
} from "./types.js";

const VERSION = "2026-11-28";

export interface Options {
  /** Of the gateway. */
  url: string;
  /** A key `cmk_…`, or a token. */
  key: string;
  /** The party for whom a key acts, such as `buyer:b-7`. */
  actingFor?: string;
  /** Of what is for people, such as `de`. */
  language?: string;
  retries?: Partial<Retries>;
  /** In place of the platform's own. */
  fetch?: typeof fetch;
  sleep?: (seconds: number) => Promise<void>;
}

export interface Sending {
  /** The request id: the same again under it is answered alike. One is made where none is given. */
  idempotencyKey?: string;
  /** The version on which you decided: `MovedOn` when the order is of another one. */
  ifMatch?: number;
}

export class Countermand {
  readonly #options: Options;
  readonly #retries: Retries;
  readonly #world: World;

  constructor(options: Options) {
    this.#options = { ...options, url: options.url.replace(/\/+$/, "") };
    this.#retries = { attempts: options.retries?.attempts ?? 6, longestWait: options.retries?.longestWait ?? 30 };
    const sleep = (seconds: number) => new Promise<void>((wake) => setTimeout(wake, seconds * 1000));
    // Not `fetch` itself: a browser's must not be called as a method of anything but its window.
    this.#world = { fetch: options.fetch ?? ((...asked) => fetch(...asked)), sleep: options.sleep ?? sleep };
  }

  /** The same caller in the name of a party, such as `seller:s-3`. */
  actingFor(party: string): Countermand {
    return new Countermand({ ...this.#options, actingFor: party });
  }

  /** Starts an order. The same again is never started twice. */
  async start(order: NewOrder): Promise<OrderView> {
    return await this.#json({ method: "POST", path: "/orders", body: order, repeatable: true });
  }

  /** Sends a command or fact: carried out once, however often it has to be sent. */
  async send<Name extends CommandName>(
    orderId: string, name: Name, body: CommandBody<Name>, sending: Sending = {},
  ): Promise<CommandAnswer<Name>> {
    const key = sending.idempotencyKey ?? crypto.randomUUID();
    const headers = sending.ifMatch === undefined ? {} : { "if-match": `"${sending.ifMatch}"` };
    const path = `/orders/${part("order_id", orderId)}/${part("command", name)}`;
    return await this.#json({ method: "POST", path, body, headers, key, repeatable: true });
  }

  /** What a command would do now; nothing happens. */
  async preview<Name extends CommandName>(orderId: string, name: Name, body: CommandBody<Name>): Promise<Preview> {
    const path = `/orders/${part("order_id", orderId)}/${part("command", name)}?dry_run=true`;
    return await this.#json({ method: "POST", path, body, repeatable: true, changes: false });
  }

  /** Whatever can be read: `get("/orders/{order_id}/timeline", { path: { order_id: "A-1001" } })`. */
  async get<Path extends Readable>(path: Path, asked?: Asked<Path>): Promise<Read<Path>> {
    return await this.#json({ method: "GET", path: addressOf(path, asked), repeatable: true });
  }

  /** The order, at least of that version. */
  async order(orderId: string, minVersion?: number): Promise<OrderView> {
    const query = minVersion === undefined ? {} : { min_version: minVersion };
    return await this.get("/orders/{order_id}", { path: { order_id: orderId }, query });
  }

  /** The order; undefined while it is of the version that you have. */
  async orderIfChanged(orderId: string, version: number): Promise<OrderView | undefined> {
    const path = `/orders/${part("order_id", orderId)}`;
    const headers = { "if-none-match": `"${version}"` };
    const answer = await this.#answer({ method: "GET", path, headers, repeatable: true });
    return answer.status === 304 ? undefined : ((await answer.json()) as OrderView);
  }

  /** All rows of whatever has pages: `rows("/orders", { query: { status: "cancelled" } })`. */
  async *rows<Path extends Paged>(path: Path, asked?: Asked<Path>): AsyncGenerator<Row<Path>> {
    let cursor: string | null | undefined;
    do {
      const query = { ...(asked?.query as object | undefined), ...(cursor === undefined ? {} : { cursor }) };
      const page = (await this.get(path, { ...asked, query } as Asked<Path>)) as Record<string, unknown>;
      yield* Object.values(page).find(Array.isArray) as Row<Path>[];
      cursor = page["cursor"] as string | null | undefined;
    } while (cursor != null);
  }

  /** What happens in the caller's orders, or in one of them, after the event numbered `after`: each event once, for ever,
   * or until `signal` says so. Keep the `seq` of the last one that you are done with. */
  follow(after = 0, { order, signal }: { order?: string; signal?: AbortSignal } = {}): AsyncGenerator<Event> {
    const query = order === undefined ? "" : `?order=${encodeURIComponent(order)}`;
    return follow(`${this.#options.url}/events${query}`, this.#headers, after, this.#world, signal);
  }

  /** Uploads a file; evidence then says of it what is answered. */
  async upload(content: Uint8Array<ArrayBuffer>, mediaType = "application/octet-stream"): Promise<StoredFile> {
    const headers = { "content-type": mediaType };
    const answer = await this.#answer({ method: "POST", path: "/files", bytes: content, headers, repeatable: true });
    return (await answer.json()) as StoredFile;
  }

  async #json<Found>(request: Request): Promise<Found> {
    return (await (await this.#answer(request)).json()) as Found;
  }

  async #answer({ method, path, body, bytes, headers, key, repeatable, changes = method !== "GET" }: Request): Promise<Response> {
    const all: Record<string, string> = { ...this.#headers, ...headers };
    if (key !== undefined) all["idempotency-key"] = key;
    if (body !== undefined) all["content-type"] = "application/json";
    const sent = body === undefined ? bytes : JSON.stringify(body);
    const call: Call = { method, url: this.#options.url + path, headers: all, repeatable, changes, key };
    return await exchange(sent === undefined ? call : { ...call, body: sent }, this.#retries, this.#world);
  }

  get #headers(): Record<string, string> {
    const { key, actingFor, language } = this.#options;
    return {
      authorization: `Bearer ${key}`,
      "countermand-version": VERSION,
      ...(actingFor === undefined ? {} : { "countermand-acting-for": actingFor }),
      ...(language === undefined ? {} : { "accept-language": language }),
    };
  }
}

interface Request {
  method: string;
  path: string;
  body?: unknown;
  bytes?: Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  key?: string;
  repeatable: boolean;
  changes?: boolean;
}

/** As it stands in a path. Throws a `RangeError` for what would lead to another place than the one that is meant. */
function part(name: string, value: string | number | null | undefined): string {
  const word = String(value ?? "");
  if (["", ".", ".."].includes(word)) throw new RangeError(`${name} is ${JSON.stringify(value)}: it names nothing.`);
  return encodeURIComponent(word);
}

function addressOf(path: string, asked?: { path?: unknown; query?: unknown }): string {
  const parts = (asked?.path ?? {}) as Record<string, string | number>;
  const address = path.replace(/{(\w+)}/g, (_, name: string) => part(name, parts[name]));
  const given = Object.entries((asked?.query ?? {}) as Record<string, unknown>).filter(([, value]) => value != null);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return given.length ? `${address}?${query}` : address;
}
