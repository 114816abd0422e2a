import type { ClaimedTask } from "../contract/agent.ts";
import { Problem } from "../contract/errors.ts";
import { sleep } from "../platform/clock.ts";
import type { Agent } from "./agent.ts";
import { maskOf } from "./mask.ts";

export interface TaskLog {
  /** Takes a line; gives a promise when it has enough for now. */
  line(stream: "stdout" | "stderr", text: string): void | Promise<void>;
  /** What the agent has to say about the task. */
  system(text: string): void;
  /** Sends what is left. */
  close(): Promise<void>;
}

interface Line {
  at: number;
  stream: "stdout" | "stderr" | "system";
  text: string;
}

const flushMs = 150;
const batch = 2000;
/** Characters of one request, which escapes may make several times as many bytes: the server takes 16 MiB. */
const batchText = 1024 * 1024;
/** Characters of one attempt; a step that prints more is cut, and told so. */
const mostText = 32 * 1024 * 1024;
/** Characters that wait for the server to take what came before. With more, the step is held up for a while. */
const mostWaiting = 8 * 1024 * 1024;
const longestHold = 30_000;
/** Of a step that prints too much, the last so many characters are kept as well: its error is likely among them. */
const mostTail = 256 * 1024;

/** How many of the first lines go into one request; at least one. */
function fitting(lines: Line[]): number {
  let text = 0;
  const end = lines.slice(0, batch).findIndex((line) => {
    text += line.text.length;
    return text > batchText;
  });
  return end < 0 ? batch : Math.max(end, 1);
}

const lengthOf = (lines: Line[]): number => lines.reduce((sum, line) => sum + line.text.length, 0);

/** Keeps the last lines, of so many characters together. */
function createTail(most: number) {
  let lines: Line[] = [];
  let length = 0;
  const trim = () => {
    let from = 0;
    while (length > most) length -= lines[from++]!.text.length + 1;
    lines = lines.slice(from);
  };
  return {
    push(line: Line) {
      lines.push(line);
      length += line.text.length + 1;
      // Not at every line: cutting off the front moves all the others.
      if (length > 2 * most || lines.length > 50_000) trim();
    },
    take(): Line[] {
      trim();
      return lines;
    },
  };
}

/** Sends log lines in batches, in order, each once: a batch is repeated under the same offset until it is taken. */
export function createTaskLog(agent: Agent, claim: ClaimedTask): TaskLog {
  const { execution, task, epoch } = claim;
  const mask = maskOf(claim);
  const waiting: Line[] = [];
  let offset = claim.logOffset;
  let text = 0;
  let waitingText = 0;
  let cut = 0;
  const tail = createTail(mostTail);
  /** What the agent said since lines are left out. */
  const said: Line[] = [];
  let closed = false;
  let sending: Promise<void> = Promise.resolve();
  const timer = setInterval(() => void flush(), flushMs);

  const flush = () => {
    sending = sending.then(send, send);
    return sending;
  };

  async function send(): Promise<void> {
    while (waiting.length > 0) {
      const lines = waiting.slice(0, fitting(waiting));
      for (let attempt = 1; ; attempt++) {
        try {
          await agent.client.agent.log({ body: { execution, task, epoch, offset, lines } });
          break;
        } catch (error) {
          const isFinal = error instanceof Problem && error.code !== "internal" && error.code !== "unavailable";
          if (isFinal || agent.signal.aborted || attempt > 60) {
            waiting.length = 0;
            waitingText = 0;
            return;
          }
          await sleep(Math.min(100 * attempt, 2000), agent.signal);
        }
      }
      waiting.splice(0, lines.length);
      waitingText -= lengthOf(lines);
      offset += lines.length;
    }
  }

  const push = (stream: Line["stream"], line: string) => {
    text += line.length + 1;
    const entry = { at: agent.clock.now(), stream, text: mask(line) };
    if (stream === "system" && cut > 0) said.push(entry);
    else if (stream !== "system" && (cut > 0 || text > mostText || waitingText > 2 * mostWaiting)) {
      cut += 1;
      tail.push(entry);
    } else {
      waiting.push(entry);
      waitingText += entry.text.length;
    }
  };

  /** Until the server has taken what waits; one that takes nothing for long does not hold up the step for ever. */
  const room = async () => {
    const until = performance.now() + longestHold;
    while (waitingText > mostWaiting / 2 && cut === 0 && performance.now() < until) await sleep(flushMs, agent.signal);
  };

  return {
    line(stream, line) {
      push(stream, line);
      return waitingText > mostWaiting && cut === 0 ? room() : undefined;
    },
    system: (line) => push("system", line),
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      const last = tail.take();
      if (cut > last.length) {
        const text = `${cut - last.length} lines were left out here: the step printed more than is kept. Its last lines follow.`;
        waiting.push({ at: agent.clock.now(), stream: "system", text });
      }
      for (const line of [...last, ...said]) waiting.push(line);
      await flush();
    },
  };
}
