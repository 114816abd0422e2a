import type { ClaimedTask } from "../../contract/agent.ts";
import { sleep } from "../../platform/clock.ts";
import type { Agent } from "../agent.ts";
import { maskOf } from "../mask.ts";
import { askPatiently } from "../patience.ts";
import type { Line } from "./line.ts";
import { createOutbox } from "./outbox.ts";
import { createSelection } from "./selection.ts";

export interface TaskLog {
  /** Takes a line, or a piece of one that goes on; gives a promise when it has enough for now. */
  line(stream: "stdout" | "stderr", text: string, goesOn?: boolean): void | Promise<void>;
  /** What the agent has to say about the task. */
  system(text: string): void;
  /** Sends what is left. */
  close(): Promise<void>;
  /** Sends nothing any more. */
  abandon(): void;
}

/** Of what waits for the server to take what came before. With more, the step is held up for a while. */
const mostWaiting = 8 * 1024 * 1024;
const longestHold = 30_000;
const lookAgainMs = 150;

/** The log of a task: secrets masked, the step held up while the server is behind, cut when there is too much of it. */
export function createTaskLog(
  { client, clock, signal }: Pick<Agent, "client" | "clock" | "signal">,
  claim: ClaimedTask,
): TaskLog {
  const { execution, task, epoch, logOffset } = claim;
  const mask = maskOf(claim);
  const selection = createSelection();
  const outbox = createOutbox(logOffset, (offset, lines) =>
    askPatiently(() => client.agent.log({ body: { execution, task, epoch, offset, lines } }), signal),
  );
  let held: Promise<void> | undefined;
  let closed = false;

  const push = (stream: Line["stream"], text: string) => {
    const line = selection.take({ at: clock.now(), stream, text }, outbox.weight() > 2 * mostWaiting);
    if (line) outbox.add(line);
  };

  /** The ends of pieces of long lines, in which a secret may have begun. */
  const begun = { stdout: "", stderr: "" };
  const pushPiece = (stream: keyof typeof begun, piece: string, goesOn: boolean) => {
    const text = mask(begun[stream] + piece);
    const end = goesOn ? Math.max(0, text.length - mask.longest) : text.length;
    begun[stream] = text.slice(end);
    if (end > 0 || !goesOn) push(stream, text.slice(0, end));
  };

  /** Until the server has taken what waits; one that takes nothing for long does not hold up the step for ever. */
  async function hold(): Promise<void> {
    const until = performance.now() + longestHold;
    const hasEnough = () => outbox.weight() > mostWaiting / 2 && !selection.isCut();
    while (hasEnough() && performance.now() < until && !signal.aborted) await sleep(lookAgainMs, signal);
  }
  const startHold = () => {
    held ??= hold().finally(() => {
      held = undefined;
    });
  };

  return {
    line(stream, text, goesOn = false) {
      pushPiece(stream, text, goesOn);
      if (outbox.weight() > mostWaiting && !selection.isCut()) startHold();
      return held;
    },
    system: (text) => push("system", mask(text)),
    async close() {
      if (closed) return;
      closed = true;
      for (const stream of ["stdout", "stderr"] as const) if (begun[stream]) pushPiece(stream, "", false);
      for (const line of selection.rest(clock.now())) outbox.add(line);
      await outbox.close();
    },
    abandon: outbox.abandon,
  };
}
