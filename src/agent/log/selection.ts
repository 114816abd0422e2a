import { type Line, weightOf } from "./line.ts";
import { createTail } from "./tail.ts";

/** Of one attempt; a step that prints more is cut, and told so. */
const mostKept = 32 * 1024 * 1024;
/** Of a step that prints too much, the last lines are kept as well: its error is likely among them. */
const mostTail = 256 * 1024;

/** Chooses what is kept of what a task says: the first lines, the last ones, and everything that the agent says. */
export function createSelection(limits = { kept: mostKept, tail: mostTail }) {
  let weight = 0;
  let left = 0;
  const tail = createTail(limits.tail);
  /** What the agent said since lines are left out. */
  const said: Line[] = [];
  return {
    /** Are lines left out already? */
    isCut: () => left > 0,
    /** Gives back a line that is to be sent now. `isTooMuch`: nothing takes away what is sent. */
    take(line: Line, isTooMuch: boolean): Line | undefined {
      weight += weightOf(line);
      if (line.stream === "system") {
        if (left === 0) return line;
        said.push(line);
      } else if (left === 0 && weight <= limits.kept && !isTooMuch) return line;
      else {
        left += 1;
        tail.push(line);
      }
      return undefined;
    },
    /** What comes at the end, when there is no more to choose from. */
    rest(now: number): Line[] {
      const last = tail.take();
      const lost = left - last.length;
      const text = `${lost} lines were left out here: the step printed more than is kept. Its last lines follow.`;
      return [...(lost > 0 ? [{ at: now, stream: "system" as const, text }] : []), ...last, ...said];
    },
  };
}
