// The shapes and operations of the API, by the names that the OpenAPI file gives them.

import type { components, operations, paths } from "./openapi.js";

type Schemas = components["schemas"];
export type Answer = Schemas["Answer"];
export type Event = Schemas["Event"];
export type Instead = Schemas["Instead"];
export type NewOrder = Schemas["NewOrder"];
export type OrderView = Schemas["OrderView"];
export type Preview = Schemas["Preview"];
export type StoredFile = Schemas["File"];
export type { Schemas };

export type Approval = Schemas["Approval"];
/** What a command is answered with: an approval where a second person is needed, for whom it waits. */
export type CommandAnswer<Name extends CommandName> = 202 extends keyof operations[Name]["responses"]
  ? Answer | Approval
  : Answer;

type Given<One, Place extends string> = One extends { parameters: { [P in Place]?: infer Found } } ? Found : never;
type Json<One> = One extends { content: { "application/json": infer Found } } ? Found : never;

/** Every command and fact: whatever is sent under an Idempotency-Key. */
export type CommandName = {
  [Name in keyof operations]: "Idempotency-Key" extends keyof NonNullable<Given<operations[Name], "header">> ? Name : never;
}[keyof operations];
/** The fields of a command. */
export type CommandBody<Name extends CommandName> = Json<NonNullable<operations[Name]["requestBody"]>>;

/** Every path that can be read as JSON. */
export type Readable = {
  [Path in keyof paths]: paths[Path] extends { get: { responses: { 200: { content: { "application/json": unknown } } } } }
    ? Path
    : never;
}[keyof paths];
/** What is read there. */
export type Read<Path extends Readable> = paths[Path] extends { get: { responses: { 200: infer Found } } } ? Json<Found> : never;
/** What stands in its braces, and in its query. */
export type Asked<Path extends Readable> = paths[Path] extends { get: infer Get }
  ? { path?: Given<Get, "path">; query?: Given<Get, "query"> }
  : never;
/** Every path whose pages follow each other by a cursor, and what a row of them is. */
export type Paged = { [Path in Readable]: Read<Path> extends { cursor: string | null } ? Path : never }[Readable];
export type Row<Path extends Paged> = Extract<Read<Path>[keyof Read<Path>], readonly unknown[]>[number];
