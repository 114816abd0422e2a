import { type Line, weightOf } from "./line.ts";

/** Keeps the last lines, of so much weight together. */
export function createTail(most: number) {
  let lines: Line[] = [];
  let weight = 0;
  const trim = () => {
    let from = 0;
    while (weight > most) weight -= weightOf(lines[from++]!);
    if (from > 0) lines = lines.slice(from);
  };
  return {
    push(line: Line) {
      lines.push(line);
      weight += weightOf(line);
      // Not at every line: cutting off the front moves all the others.
      if (weight > 2 * most) trim();
    },
    take(): Line[] {
      trim();
      return lines;
    },
  };
}
