import type { z } from "zod";
import type { Permission } from "./permissions.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** How a body travels: JSON (parsed against a schema), raw bytes (streamed), or server-sent events. */
export type Payload = z.ZodType | "bytes" | "events";

/**
 * One API operation as data. From it come the server binding, the typed client, the OpenAPI document, the
 * permission table and the reference page. `permission: "public"` needs no credential; `"signed-in"` needs that of an
 * account, but no particular right.
 */
export interface Operation {
  method: Method;
  /** Path with `{name}` segments; everything is under `/api/v1`. */
  path: string;
  summary: string;
  permission: Permission | "public" | "signed-in";
  params?: z.ZodType;
  query?: z.ZodType;
  body?: Payload;
  response?: Payload;
  /** The handler gets the body as it was sent too: what was signed is bytes. */
  keepsRaw?: true;
  /** Largest accepted body in bytes. JSON bodies default to 1 MiB, byte streams to 64 GiB. */
  bodyLimit?: number;
}

export const operation = <const O extends Operation>(definition: O): O => definition;

export type Contract = Record<string, Record<string, Operation>>;

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;
type Given<T> = T extends z.ZodType ? z.input<T> : undefined;
type Part<K extends string, V> = [V] extends [undefined] ? unknown : { [P in K]: V };

/** A stream of bytes: what `fetch` and Node's streams both understand. */
export type Bytes = AsyncIterable<Uint8Array>;

/** What a handler receives, after parsing. */
export type Request<O extends Operation> = Part<"params", Parsed<O["params"]>> &
  Part<"query", Parsed<O["query"]>> &
  Part<"body", O["body"] extends "bytes" ? Bytes : Parsed<O["body"]>>;

/** What a handler returns, before serialising. */
export type Response<O extends Operation> = O["response"] extends "bytes"
  ? { bytes: Bytes; size?: number; contentType?: string; fileName?: string }
  : O["response"] extends "events"
    ? AsyncIterable<unknown>
    : O["response"] extends z.ZodType
      ? z.input<O["response"]>
      : undefined;

/** What a caller passes to the typed client. */
export type CallInput<O extends Operation> = Part<"params", Given<O["params"]>> &
  (O["query"] extends z.ZodType ? { query?: z.input<O["query"]> } : unknown) &
  Part<"body", O["body"] extends "bytes" ? Uint8Array | Bytes : Given<O["body"]>>;

/** What the typed client gives back. */
export type CallOutput<O extends Operation> = O["response"] extends "bytes"
  ? globalThis.Response
  : O["response"] extends "events"
    ? AsyncIterable<unknown>
    : O["response"] extends z.ZodType
      ? z.output<O["response"]>
      : undefined;
