import type { Readable } from "node:stream";

const longestLine = 64 * 1024;

/**
 * Takes a line; what it gives is waited for before more is read, and the program stands still meanwhile. `goesOn`: it is
 * too long, and this is not its last piece.
 */
type OnLine = (text: string, goesOn: boolean) => void | Promise<void>;

/** The same for a program that prints to both. */
export type OnOutput = (stream: "stdout" | "stderr", ...line: Parameters<OnLine>) => ReturnType<OnLine>;

export interface LineReader {
  /** Does it wait for somebody who took a line? */
  isHeld(): boolean;
}

/** Cuts what a program prints into lines; one that is too long comes in pieces. */
export function readLines(stream: Readable, onLine: OnLine): LineReader {
  let rest = "";
  let holds = 0;
  stream.setEncoding("utf8");
  const hold = async (busy: Iterable<Promise<void>>) => {
    holds += 1;
    stream.pause();
    await Promise.allSettled(busy);
    holds -= 1;
    stream.resume();
  };
  stream.on("data", (part: string) => {
    rest += part;
    const lines = rest.split("\n");
    rest = lines.pop()!;
    const busy = new Set<Promise<void>>();
    const give = (text: string, goesOn = false) => {
      const wait = onLine(text, goesOn);
      if (wait) busy.add(wait);
    };
    for (const line of lines) give(visible(line));
    while (rest.length > longestLine) {
      give(rest.slice(0, longestLine), true);
      rest = rest.slice(longestLine);
    }
    if (busy.size > 0) void hold(busy);
  });
  stream.on("end", () => {
    if (rest) void onLine(visible(rest), false);
  });
  return { isHeld: () => holds > 0 };
}

/** Of a progress bar that returns to the start of the line, what a terminal would show last. */
const visible = (line: string): string => {
  const trimmed = line.endsWith("\r") ? line.slice(0, -1) : line;
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
};
