import { Problem } from "../../contract/errors.ts";

/**
 * Degree, coefficients and initial direction numbers of the dimensions after the first.
 * Joe and Kuo, Constructing Sobol sequences with better two-dimensional projections (2008), new-joe-kuo-6.21201.
 */
const directions: [degree: number, coefficients: number, initial: number[]][] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
  [5, 4, [1, 1, 5, 5, 5]],
  [5, 7, [1, 1, 7, 11, 19]],
  [5, 11, [1, 1, 5, 1, 1]],
  [5, 13, [1, 1, 1, 3, 11]],
  [5, 14, [1, 3, 5, 5, 31]],
  [6, 1, [1, 3, 3, 9, 7, 49]],
  [6, 13, [1, 1, 1, 15, 21, 21]],
  [6, 16, [1, 3, 1, 13, 27, 49]],
  [6, 19, [1, 1, 1, 15, 7, 5]],
  [6, 22, [1, 3, 1, 15, 13, 25]],
  [6, 25, [1, 1, 5, 5, 19, 61]],
  [7, 1, [1, 3, 7, 11, 23, 15, 103]],
  [7, 4, [1, 3, 7, 13, 13, 15, 69]],
];
export const sobolDimensions = directions.length + 1;
const bits = 32;

/** Point `index` (from 0) of the Sobol sequence in `[0, 1)^dimensions`, which fills space more evenly than chance. */
export function sobolPoint(index: number, dimensions: number): number[] {
  if (dimensions > sobolDimensions) {
    throw new Problem(
      "invalid",
      `Sobol sampling knows ${sobolDimensions} parameters; this search space has ${dimensions}.`,
      {
        hint: "Use `random`, or fix some of the parameters.",
      },
    );
  }
  const gray = (index ^ (index >>> 1)) >>> 0;
  return Array.from({ length: dimensions }, (_, dimension) => {
    let x = 0;
    for (let bit = 0; bit < bits; bit++) if ((gray >>> bit) & 1) x ^= directionNumbers(dimension)[bit]!;
    return (x >>> 0) / 2 ** bits;
  });
}

const known = new Map<number, number[]>();

function directionNumbers(dimension: number): number[] {
  const found = known.get(dimension);
  if (found) return found;
  const made = dimension === 0 ? firstDimension() : recurrence(...directions[dimension - 1]!);
  known.set(dimension, made);
  return made;
}

const firstDimension = (): number[] => Array.from({ length: bits }, (_, bit) => (1 << (bits - 1 - bit)) >>> 0);

function recurrence(degree: number, coefficients: number, initial: number[]): number[] {
  const numbers = initial.map((m, bit) => (m << (bits - 1 - bit)) >>> 0);
  for (let bit = degree; bit < bits; bit++) {
    let next = numbers[bit - degree]! ^ (numbers[bit - degree]! >>> degree);
    for (let k = 1; k < degree; k++) {
      if ((coefficients >>> (degree - 1 - k)) & 1) next ^= numbers[bit - k]!;
    }
    numbers.push(next >>> 0);
  }
  return numbers;
}
