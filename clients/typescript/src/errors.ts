// How the engine says no. Match on the class and on `code`, never on the text.

import type { Instead, OrderView } from "./types.js";

/** An answer that is no success; its message is a sentence for people. */
export class Problem extends Error {
  readonly code: string;
  readonly instead: readonly Instead[];
  readonly possibleFrom: string | undefined;
  /** By which the gateway's log knows this one request. */
  readonly requestId: string | undefined;
  /** Of a command: the key under which it was sent. The same again under it is answered alike. */
  readonly idempotencyKey: string | undefined;

  /** `status` is 0 where nothing was answered; `told` is all that was. */
  constructor(
    readonly status: number,
    readonly told: Readonly<Record<string, unknown>>,
    key?: string,
  ) {
    super(String(told["detail"] ?? `The answer was ${status}.`));
    this.name = new.target.name;
    this.code = String(told["code"] ?? `http_${status}`);
    this.instead = (told["instead"] as Instead[] | undefined) ?? [];
    this.possibleFrom = told["possible_from"] as string | undefined;
    this.requestId = told["request_id"] as string | undefined;
    this.idempotencyKey = (told["idempotency_key"] as string | undefined) ?? key;
  }
}

/** It is not possible, or not for this caller, and nothing has changed. */
export class Refused extends Problem {}
/** There is no such thing, or it is not the caller's. */
export class NotFound extends Refused {}
/** The order is not of the version any more on which the caller decided. */
export class MovedOn extends Problem {
  /** What it is now, where the caller may read it. */
  get view(): OrderView | undefined {
    return this.told["view"] as OrderView | undefined;
  }
}
/** The key or token is not known, or over. */
export class NotLetIn extends Problem {}
/** More than one caller may send, for longer than this client waits. */
export class TooManyRequests extends Problem {}
/** A part of the engine is away for longer than this client waits. Nothing was done. */
export class Unavailable extends Problem {}
/** Nobody knows whether it was done. A command: send it again under its `idempotencyKey`. What has no key: look first. */
export class OutcomeUnknown extends Unavailable {}

const BY_STATUS: Record<number, typeof Problem> = {
  401: NotLetIn,
  403: Refused,
  404: NotFound,
  409: Refused,
  412: MovedOn,
  422: Refused,
  429: TooManyRequests,
};

/** The error of an answer. */
export function problemOf(status: number, told: Record<string, unknown>, key?: string): Problem {
  if (told["code"] === "outcome_unknown") return new OutcomeUnknown(status, told, key);
  const kind = BY_STATUS[status] ?? (status >= 500 ? Unavailable : Problem);
  return new kind(status, told, key);
}
