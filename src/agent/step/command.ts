import type { StepPayload } from "../../contract/agent.ts";
import { type CommandValues, type RenderedCommand, renderCommand } from "../../contract/command.ts";
import { distributedCommand } from "./distributed.ts";
import { parallelCommand } from "./parallel.ts";

/** What a shell is to run for a step: its command, or what starts its processes. */
export async function commandOf(
  payload: StepPayload,
  values: CommandValues,
  place: { folder: string; onNote(text: string): void },
): Promise<RenderedCommand> {
  if (payload.parallel) return parallelCommand(payload, payload.parallel, values, place.folder);
  const rendered = renderCommand(payload.command, values);
  if (!payload.distribution) return rendered;
  const command = await distributedCommand(rendered.command, payload.distribution, place.onNote);
  return { ...rendered, command };
}
