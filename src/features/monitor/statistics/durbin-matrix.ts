/** The numbers of a matrix are its rows times 2^128 to the power of `exponent`. */
interface Matrix {
  rows: Float64Array[];
  exponent: number;
}

const limit = 2 ** 128;

/**
 * P(Dₙ ≤ d), exact: an entry of the nth power of Durbin's matrix, whose size is about 2nd.
 *
 * Marsaglia, Tsang & Wang, "Evaluating Kolmogorov's Distribution", Journal of Statistical Software 8(18), 2003.
 */
export function durbinProbability(n: number, d: number): number {
  const k = Math.ceil(n * d);
  let square = durbinMatrix(2 * k - 1, k - n * d);
  let power: Matrix | undefined;
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = power ? multiply(power, square) : square;
    if (left > 1) square = multiply(square, square);
  }
  let { exponent } = power!;
  let probability = power!.rows[k - 1]![k - 1]!;
  for (let i = 1; i <= n; i++) {
    probability *= i / n;
    if (probability < 1 / limit) {
      probability *= limit;
      exponent -= 1;
    }
  }
  return probability * limit ** exponent;
}

function durbinMatrix(size: number, h: number): Matrix {
  const overFactorial = new Float64Array(size + 1).fill(1);
  for (let i = 1; i <= size; i++) overFactorial[i] = overFactorial[i - 1]! / i;
  const edge = Array.from({ length: size }, (_, i) => (1 - h ** (i + 1)) * overFactorial[i + 1]!);
  edge[size - 1] = (1 - 2 * h ** size + Math.max(2 * h - 1, 0) ** size) * overFactorial[size]!;
  const rows = Array.from({ length: size }, (_, row) =>
    Float64Array.from({ length: size }, (_, column) => {
      if (column === 0) return edge[row]!;
      if (row === size - 1) return edge[size - 1 - column]!;
      return row + 1 >= column ? overFactorial[row + 1 - column]! : 0;
    }),
  );
  return { rows, exponent: 0 };
}

function multiply(a: Matrix, b: Matrix): Matrix {
  const rows = a.rows.map((row) => {
    const product = new Float64Array(row.length);
    row.forEach((value, i) => {
      const other = b.rows[i]!;
      for (let column = 0; column < other.length; column++) product[column]! += value * other[column]!;
    });
    return product;
  });
  const exponent = a.exponent + b.exponent;
  const middle = (rows.length - 1) / 2;
  if (rows[middle]![middle]! < limit) return { rows, exponent };
  return { rows: rows.map((row) => row.map((value) => value / limit)), exponent: exponent + 1 };
}
