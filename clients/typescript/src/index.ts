// A client of Countermand's HTTP API.

export { Countermand, type Options, type Sending } from "./client.js";
export * from "./errors.js";
export type { Retries } from "./exchange.js";
export type * from "./types.js";
