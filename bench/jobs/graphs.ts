/** A graph of steps that do nothing: of each step, which ones it needs. */
export type Graph = Record<string, string[]>;

const numbered = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export const wide = (steps: number): Graph => Object.fromEntries(numbered(steps).map((index) => [`s${index}`, []]));

export const chain = (steps: number): Graph =>
  Object.fromEntries(numbered(steps).map((index) => [`s${index}`, index === 0 ? [] : [`s${index - 1}`]]));

/** Ten times: one step, ten that need it, one that needs those and begins the next. */
export const diamonds = (count: number, width: number): Graph => {
  const graph: Graph = { join0: [] };
  for (const index of numbered(count)) {
    const middle = numbered(width).map((at) => `m${index}_${at}`);
    for (const name of middle) graph[name] = [`join${index}`];
    graph[`join${index + 1}`] = middle;
  }
  return graph;
};
