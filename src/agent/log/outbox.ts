import { type Line, weightOf } from "./line.ts";

const flushMs = 150;
const batch = 2000;
/** Characters of one request, which escapes may make several times as many bytes: the server takes 16 MiB. */
const batchText = 1024 * 1024;

/** How many of the first lines go into one request; at least one. */
function fitting(lines: Line[]): number {
  let text = 0;
  const end = lines.slice(0, batch).findIndex((line) => {
    text += line.text.length;
    return text > batchText;
  });
  return end < 0 ? batch : Math.max(end, 1);
}

/**
 * Lines on their way: sent in batches, in order, each once. `post` is called with the number of lines before a batch, and
 * repeats it as often as it takes; when it gives up, what waits is dropped.
 */
export function createOutbox(first: number, post: (offset: number, lines: Line[]) => Promise<unknown>) {
  const waiting: Line[] = [];
  let weight = 0;
  let offset = first;
  let sending: Promise<void> = Promise.resolve();
  const drop = () => {
    waiting.length = 0;
    weight = 0;
  };

  async function send(): Promise<void> {
    while (waiting.length > 0) {
      const lines = waiting.slice(0, fitting(waiting));
      try {
        await post(offset, lines);
      } catch {
        return drop();
      }
      offset += lines.length;
      for (const line of waiting.splice(0, lines.length)) weight -= weightOf(line);
    }
  }

  const flush = (): Promise<void> => {
    sending = sending.then(send);
    return sending;
  };
  const timer = setInterval(() => void flush(), flushMs);

  return {
    add(line: Line) {
      waiting.push(line);
      weight += weightOf(line);
    },
    /** Of what waits to be taken. */
    weight: () => weight,
    /** Sends what waits, and ends. */
    close(): Promise<void> {
      clearInterval(timer);
      return flush();
    },
    /** Ends, and drops what waits. */
    abandon() {
      clearInterval(timer);
      drop();
    },
  };
}
