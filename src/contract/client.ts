import type { z } from "zod";
import { Problem, problemSchema } from "./errors.ts";
import { contract, type TrainyardContract } from "./index.ts";
import type { CallInput, CallOutput, Operation } from "./operation.ts";

export interface ClientOptions {
  /** `http://127.0.0.1:8600` */
  baseUrl: string;
  token?: string;
  fetch?: ClientFetch;
}

/** What a client needs of `fetch`. */
export type ClientFetch = (
  url: string,
  init: RequestInit,
) => Promise<Pick<globalThis.Response, "ok" | "status" | "body" | "text" | "json">>;

type Call<O extends Operation> =
  object extends CallInput<O>
    ? (input?: CallInput<O>, options?: CallOptions) => Promise<CallOutput<O>>
    : (input: CallInput<O>, options?: CallOptions) => Promise<CallOutput<O>>;

export interface CallOptions {
  signal?: AbortSignal;
}

export type Client = {
  [Noun in keyof TrainyardContract]: {
    [Verb in keyof TrainyardContract[Noun]]: Call<Extract<TrainyardContract[Noun][Verb], Operation>>;
  };
};

/**
 * Of a request whose body may be a stream. It follows no redirect: for one, Node's `fetch` keeps a copy of all that was
 * sent in memory.
 */
export const streaming = { duplex: "half", redirect: "error", window: null } as const;

interface AnyInput {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
}

/** A typed function for every operation: `client.job.list({ params: { workspace: "default" } })`. */
export function createClient(options: ClientOptions): Client {
  const nouns: Record<string, unknown> = {};
  for (const [noun, operations] of Object.entries(contract)) {
    // Made when they are asked for: an agent has a client for each step, of which most call nothing.
    const get = () => Object.defineProperty(nouns, noun, { value: callsOf(options, operations) })[noun];
    Object.defineProperty(nouns, noun, { get, enumerable: true, configurable: true });
  }
  return nouns as Client;
}

const callsOf = (options: ClientOptions, operations: Record<string, Operation>) =>
  Object.fromEntries(
    Object.entries(operations).map(([verb, operation]) => [
      verb,
      (input?: AnyInput, call?: CallOptions) => send(options, operation, input ?? {}, call ?? {}),
    ]),
  );

async function send(
  options: ClientOptions,
  operation: Operation,
  input: AnyInput,
  call: CallOptions,
): Promise<unknown> {
  const doFetch = options.fetch ?? globalThis.fetch;
  const headers: Record<string, string> = {};
  if (options.token) headers.authorization = `Bearer ${options.token}`;
  const init: RequestInit = { method: operation.method, headers };
  if (call.signal) init.signal = call.signal;
  if (operation.body === "bytes") {
    headers["content-type"] = "application/octet-stream";
    init.body = input.body as RequestInit["body"];
    Object.assign(init, streaming);
  } else if (operation.body) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(input.body ?? {});
  }
  const response = await doFetch(options.baseUrl + urlOf(operation, input), init);
  if (!response.ok) throw await problemOf(response);
  if (operation.response === "bytes") return response;
  if (operation.response === "events") return readEvents(response);
  if (!operation.response) return undefined;
  return (operation.response as z.ZodType).parse(await response.json());
}

export function urlOf(operation: Operation, input: AnyInput): string {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(input.params?.[name])),
  );
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(input.query ?? {})) {
    // A list is the parameter several times: there may be commas in its items.
    if (value !== undefined) for (const item of [value].flat()) query.append(key, String(item));
  }
  return `/api/v1${path}${query.size > 0 ? `?${query}` : ""}`;
}

async function problemOf(response: Awaited<ReturnType<ClientFetch>>): Promise<Problem> {
  const text = await response.text();
  try {
    const problem = problemSchema.parse(JSON.parse(text));
    return new Problem(problem.code, problem.message, { hint: problem.hint, issues: problem.issues });
  } catch {
    return new Problem(
      "internal",
      `The server answered ${response.status} without an explanation: ${text.slice(0, 200)}`,
    );
  }
}

async function* readEvents(response: Awaited<ReturnType<ClientFetch>>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let buffer = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    buffer += decoder.decode(chunk, { stream: true });
    let end = buffer.indexOf("\n\n");
    while (end >= 0) {
      const data = buffer
        .slice(0, end)
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).trimStart())
        .join("\n");
      if (data) yield JSON.parse(data);
      buffer = buffer.slice(end + 2);
      end = buffer.indexOf("\n\n");
    }
  }
}
