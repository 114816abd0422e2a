import type { Client } from "../../contract/client.ts";

/** A workspace of a server, and how it is asked for its blobs. */
export interface Remote {
  client: Client;
  workspace: string;
  /** Ends a transfer. */
  signal?: AbortSignal;
  /** Makes a call that may fail for a moment, as often as it takes; once, unless it is given. */
  ask?<T>(call: () => Promise<T>): Promise<T>;
}

export const ask = <T>(remote: Remote, call: () => Promise<T>): Promise<T> => (remote.ask ? remote.ask(call) : call());
