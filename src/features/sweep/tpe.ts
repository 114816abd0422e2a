import { chance } from "./chance.ts";
import { normalQuantile } from "./normal.ts";

/** A trial that has a result: where in [0, 1) each parameter was, and how it did; smaller is better. */
export interface Observation {
  point: Record<string, number>;
  loss: number;
}

const startupTrials = 10;
const candidates = 24;
const mostGood = 25;

/**
 * Where one parameter should be next, by a tree-structured Parzen estimator: of some points drawn from where the good
 * trials were, the one where good trials are likeliest compared with the rest. Undefined while too little is known.
 * Bergstra et al., Algorithms for Hyper-Parameter Optimization (2011); with the widths of Bergstra et al. (2013).
 *
 * @param levels number of values of a parameter whose values have no order; undefined for a number
 */
export function suggest(
  observations: Observation[],
  name: string,
  levels: number | undefined,
  seed: (string | number)[],
): number | undefined {
  const seen = observations
    .filter(({ point }) => point[name] !== undefined)
    .toSorted((a, b) => a.loss - b.loss)
    .map(({ point }) => point[name]!);
  if (seen.length < startupTrials) return undefined;
  const good = Math.min(Math.ceil(seen.length / 10), mostGood);
  const model = levels === undefined ? numberModel : levelModel(levels);
  const better = model(seen.slice(0, good));
  const worse = model(seen.slice(good));
  let best = { u: 0, gain: Number.NEGATIVE_INFINITY };
  for (let candidate = 0; candidate < candidates; candidate++) {
    const u = better.draw(chance(...seed, name, candidate, "which"), chance(...seed, name, candidate, "where"));
    const gain = Math.log(better.density(u)) - Math.log(worse.density(u));
    if (gain > best.gain) best = { u, gain };
  }
  return best.u;
}

interface Density {
  density(u: number): number;
  /** A point of the distribution from two uniform numbers. */
  draw(which: number, where: number): number;
}

/** A normal curve around each point, cut off at 0 and 1, and one as wide as the whole range for what was never tried. */
function numberModel(points: number[]): Density {
  const means = points.toSorted((a, b) => a - b);
  const narrowest = 1 / Math.min(100, 2 + means.length);
  const parts = means.map((mean, at) => {
    const gap = Math.max(mean - (means[at - 1] ?? 0), (means[at + 1] ?? 1) - mean);
    return { mean, width: Math.min(Math.max(gap, narrowest), 1) };
  });
  const curves = [...parts, { mean: 0.5, width: 1 }].map(({ mean, width }) => {
    const low = normalShare((0 - mean) / width);
    return { mean, width, low, mass: normalShare((1 - mean) / width) - low };
  });
  return {
    density: (u) =>
      curves.reduce((sum, { mean, width, mass }) => {
        const z = (u - mean) / width;
        return sum + Math.exp(-0.5 * z * z) / (width * mass * Math.sqrt(2 * Math.PI));
      }, 0) / curves.length,
    draw(which, where) {
      const { mean, width, low, mass } = curves[Math.min(Math.floor(which * curves.length), curves.length - 1)]!;
      const u = mean + width * normalQuantile(Math.min(Math.max(low + where * mass, 1e-12), 1 - 1e-12));
      return Math.min(Math.max(u, 0), 1 - 2 ** -53);
    },
  };
}

const levelModel =
  (levels: number) =>
  (points: number[]): Density => {
    const levelOf = (u: number): number => Math.min(Math.floor(u * levels), levels - 1);
    // One more of each: what was never tried is not impossible.
    const counts = new Array<number>(levels).fill(1);
    for (const point of points) counts[levelOf(point)]!++;
    const total = points.length + levels;
    return {
      density: (u) => counts[levelOf(u)]! / total,
      draw(which) {
        let level = 0;
        for (let left = which * total - counts[0]!; left >= 0 && level < levels - 1; left -= counts[level]!) level++;
        return (level + 0.5) / levels;
      },
    };
  };

/** Share of a standard normal variable below `z`; absolute error below 1.5e-7 (Abramowitz and Stegun 7.1.26). */
function normalShare(z: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(z)) / Math.SQRT2);
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
    Math.exp((-z * z) / 2);
  return z >= 0 ? 1 - tail / 2 : tail / 2;
}
