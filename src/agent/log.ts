import type { ClaimedTask } from "../contract/agent.ts";
import { Problem } from "../contract/errors.ts";
import { sleep } from "../platform/clock.ts";
import type { Agent } from "./agent.ts";

export interface TaskLog {
  line(stream: "stdout" | "stderr", text: string): void;
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
const mostWaiting = 20_000;

/** How many of the first lines go into one request; at least one. */
function fitting(lines: Line[]): number {
  let text = 0;
  const end = lines.slice(0, batch).findIndex((line) => {
    text += line.text.length;
    return text > batchText;
  });
  return end < 0 ? batch : Math.max(end, 1);
}

/** Sends log lines in batches, in order, each once: a batch is repeated under the same offset until it is taken. */
export function createTaskLog(agent: Agent, claim: ClaimedTask): TaskLog {
  const { execution, task, epoch, token } = claim;
  const waiting: Line[] = [];
  let offset = claim.logOffset;
  let text = 0;
  let cut = 0;
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
            return;
          }
          await sleep(Math.min(100 * attempt, 2000), agent.signal);
        }
      }
      waiting.splice(0, lines.length);
      offset += lines.length;
    }
  }

  const push = (stream: Line["stream"], line: string) => {
    text += line.length + 1;
    if (stream !== "system" && (text > mostText || waiting.length > mostWaiting)) {
      cut += 1;
      return;
    }
    waiting.push({ at: agent.clock.now(), stream, text: line.replaceAll(token, "***") });
  };

  return {
    line: push,
    system: (line) => push("system", line),
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      if (cut > 0) push("system", `${cut} further lines were left out: the step printed more than is kept.`);
      await flush();
    },
  };
}
