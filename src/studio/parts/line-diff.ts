export interface DiffLine {
  kind: "same" | "changed" | "left" | "right";
  left?: string;
  right?: string;
}

const mostCells = 4_000_000;

/** Lines of two texts side by side by their longest common subsequence; null when the texts are too long for it. */
export function lineDiff(left: string, right: string): DiffLine[] | null {
  const [a, b] = [left.split("\n"), right.split("\n")];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [x, y] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (x.length * y.length > mostCells) return null;
  const same = (lines: string[]): DiffLine[] => lines.map((line) => ({ kind: "same", left: line, right: line }));
  return [...same(a.slice(0, start)), ...middle(x, y), ...same(end > 0 ? a.slice(-end) : [])];
}

function middle(x: string[], y: string[]): DiffLine[] {
  const width = y.length + 1;
  const common = new Uint32Array((x.length + 1) * width);
  for (let i = x.length - 1; i >= 0; i--)
    for (let j = y.length - 1; j >= 0; j--)
      common[i * width + j] =
        x[i] === y[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const lines: DiffLine[] = [];
  let removed: string[] = [];
  let added: string[] = [];
  // What was removed and added at one place stands side by side.
  const flush = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at++) {
      const [left, right] = [removed[at], added[at]];
      if (left !== undefined && right !== undefined) lines.push({ kind: "changed", left, right });
      else if (left !== undefined) lines.push({ kind: "left", left });
      else lines.push({ kind: "right", right });
    }
    removed = [];
    added = [];
  };
  let [i, j] = [0, 0];
  while (i < x.length || j < y.length) {
    if (i < x.length && j < y.length && x[i] === y[j]) {
      flush();
      lines.push({ kind: "same", left: x[i], right: y[j] });
      i += 1;
      j += 1;
    } else if (j >= y.length || (i < x.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) {
      removed.push(x[i++]!);
    } else added.push(y[j++]!);
  }
  flush();
  return lines;
}
