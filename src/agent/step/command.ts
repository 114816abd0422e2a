import type { StepPayload } from "../../contract/agent.ts";
import { type CommandValues, renderCommand } from "../../contract/command.ts";
import { distributedCommand } from "./distributed.ts";
import { parallelCommand } from "./parallel.ts";

/** The line for the shell that runs a step: its command, or what starts its processes. */
export async function commandOf(
  payload: StepPayload,
  values: CommandValues,
  place: { folder: string; onNote(text: string): void },
): Promise<string> {
  if (payload.parallel) return parallelCommand(payload, payload.parallel, values, place.folder);
  const command = renderCommand(payload.command, values);
  if (!payload.distribution) return command;
  return distributedCommand(command, payload.distribution, place.onNote);
}
