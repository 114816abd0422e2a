/** Number of single-character edits (insert, delete, replace, swap of neighbours) between two words. */
export function editDistance(left: string, right: string): number {
  let previous: number[] = [];
  let current = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replace = current[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      let best = Math.min(replace, current[j]! + 1, next[j - 1]! + 1);
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      if (swapped) best = Math.min(best, previous[j - 2]! + 1);
      next.push(best);
    }
    previous = current;
    current = next;
  }
  return current[right.length]!;
}

/** The known word that was probably meant, when one is close enough. */
export function closest(word: string, known: Iterable<string>): string | undefined {
  let best: { word: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (!best || distance < best.distance) best = { word: candidate, distance };
  }
  if (!best) return undefined;
  const tolerance = Math.max(1, Math.floor(Math.max(word.length, best.word.length) / 3));
  return best.distance <= tolerance ? best.word : undefined;
}

const listed = 12;

/** `Did you mean "alpha"?`, or the few names there are, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const names = [...known];
  const near = closest(word, names);
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (names.length === 0 || names.length > listed) return undefined;
  return `There is ${names.map((name) => `"${name}"`).join(", ")}.`;
}
