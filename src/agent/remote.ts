import type { Remote } from "../platform/transfer/remote.ts";
import type { Work } from "./agent.ts";
import { askPatiently, patience } from "./patience.ts";

const remoteOf = ({ claim, client, signal }: Work, attempts: number): Remote => ({
  client,
  workspace: claim.workspace,
  signal,
  ask: (call) => askPatiently(call, signal, attempts),
});

/** Where a task fetches what it is made of, with its own token. It can begin again, where that does not help. */
export const sourceOf = (work: Work): Remote => remoteOf(work, patience.short);

/** Where a task stores what it made: hours of work are not lost to a server that is away for a minute. */
export const storeOf = (work: Work): Remote => remoteOf(work, patience.long);
