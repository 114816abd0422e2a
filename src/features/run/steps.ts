/** Choosing few of many steps, when the database can tell cheaply which step follows a number. */

/** MLflow's choice: evenly by their position in the list, and the last one. */
export function evenly(steps: number[], most: number): number[] {
  if (steps.length <= most) return steps;
  const every = steps.length / most;
  const chosen = Array.from({ length: most }, (_, index) => steps[Math.floor(index * every)]!);
  return [...new Set([...chosen, steps.at(-1)!])];
}

interface Stretch {
  first: number;
  last: number;
}

/** Halving any stretch of safe integers as often leaves single ones. Mostly a stretch is split in far more than two. */
const mostRounds = 60;

/**
 * Splits the stretch evenly and takes the first step of each part. Where most parts are empty, because steps stand in
 * heaps far from each other, those that hold steps are split again. `following` gives the first step at or after each
 * number, or null.
 */
export async function probe(
  whole: Stretch,
  most: number,
  following: (numbers: number[]) => Promise<(number | null)[]>,
): Promise<number[]> {
  const chosen: number[] = [];
  let parts = split(whole, most);
  for (let round = 0; round < mostRounds && parts.length > 0; round++) {
    const found = await following(parts.map((part) => part.first));
    const rest: Stretch[] = [];
    for (const [index, part] of parts.entries()) {
      const step = found[index];
      if (step === null || step === undefined || step > part.last) continue;
      chosen.push(step);
      if (step < part.last) rest.push({ first: step + 1, last: part.last });
    }
    if (chosen.length > most / 2) break;
    parts = rest.flatMap((part) => split(part, Math.floor((most - chosen.length) / rest.length)));
  }
  return chosen;
}

function split({ first, last }: Stretch, parts: number): Stretch[] {
  const count = Math.min(parts, last - first + 1);
  const starts = Array.from({ length: count }, (_, index) => first + Math.floor((index * (last - first + 1)) / count));
  return starts.map((start, index) => ({ first: start, last: (starts[index + 1] ?? last + 1) - 1 }));
}
