import type { Remote } from "../platform/transfer/remote.ts";
import type { Work } from "./agent.ts";
import { askPatiently } from "./patience.ts";

/** The workspace of a task, with its own token: hours of work are not lost to a server that is away for a minute. */
export const remoteOf = ({ claim, client, signal }: Pick<Work, "claim" | "client" | "signal">): Remote => ({
  client,
  workspace: claim.workspace,
  signal,
  ask: (call) => askPatiently(call, signal),
});
