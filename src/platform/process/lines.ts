import type { Readable } from "node:stream";

const longestLine = 64 * 1024;

/** Takes a line; what it gives is waited for before more is read, and the program stands still meanwhile. */
type OnLine = (text: string) => void | Promise<void>;

/** Cuts what a program prints into lines; one that is too long comes in pieces. */
export function readLines(stream: Readable, onLine: OnLine): void {
  let rest = "";
  stream.setEncoding("utf8");
  const give = (text: string) => {
    const busy = onLine(text);
    if (!busy) return;
    stream.pause();
    void busy.finally(() => stream.resume());
  };
  stream.on("data", (part: string) => {
    rest += part;
    const lines = rest.split("\n");
    rest = lines.pop()!;
    for (const line of lines) give(visible(line));
    while (rest.length > longestLine) {
      give(rest.slice(0, longestLine));
      rest = rest.slice(longestLine);
    }
  });
  stream.on("end", () => {
    if (rest) give(visible(rest));
  });
}

/** Of a progress bar that returns to the start of the line, what a terminal would show last. */
const visible = (line: string): string => {
  const trimmed = line.endsWith("\r") ? line.slice(0, -1) : line;
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
};
