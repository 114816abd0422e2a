import type { Row } from "./houses.ts";

/** A linear model of standardised features. */
export interface Model {
  means: number[];
  deviations: number[];
  coefficients: number[];
  intercept: number;
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

/** Ridge regression: least squares with `alpha` times the squared coefficients added. */
export function fit(rows: readonly Row[], alpha: number): Model {
  const width = rows[0]!.length - 1;
  const columns = Array.from({ length: width }, (_, at) => rows.map((row) => row[at]!));
  const means = columns.map(mean);
  const deviations = columns.map((column, at) => Math.sqrt(mean(column.map((x) => (x - means[at]!) ** 2))) || 1);
  const scaled = columns.map((column, at) => column.map((x) => (x - means[at]!) / deviations[at]!));
  const targets = rows.map((row) => row[width]!);
  const intercept = mean(targets);
  const left = scaled.map((one, i) =>
    scaled.map((other, j) => sum(one.map((x, row) => x * other[row]!)) + (i === j ? alpha : 0)),
  );
  const right = scaled.map((column) => sum(column.map((x, row) => x * (targets[row]! - intercept))));
  return { means, deviations, coefficients: solve(left, right), intercept };
}

export const predict = ({ means, deviations, coefficients, intercept }: Model, row: Row): number =>
  intercept + sum(coefficients.map((weight, at) => (weight * (row[at]! - means[at]!)) / deviations[at]!));

/** How good the predictions are: `rmse` and `mae` in units of the target, and `r2`. */
export function judge(model: Model, rows: readonly Row[]): { rmse: number; mae: number; r2: number } {
  const targets = rows.map((row) => row.at(-1)!);
  const errors = rows.map((row) => predict(model, row) - row.at(-1)!);
  const centre = mean(targets);
  const squares = sum(errors.map((error) => error ** 2));
  return {
    rmse: Math.sqrt(squares / rows.length),
    mae: mean(errors.map(Math.abs)),
    r2: 1 - squares / sum(targets.map((target) => (target - centre) ** 2)),
  };
}

/** Solves a symmetric positive definite system by elimination. */
function solve(left: number[][], right: number[]): number[] {
  const rows = left.map((row, at) => [...row, right[at]!]);
  for (const [at, pivot] of rows.entries()) {
    for (const [other, row] of rows.entries()) {
      if (other === at) continue;
      const factor = row[at]! / pivot[at]!;
      rows[other] = row.map((value, column) => value - factor * pivot[column]!);
    }
  }
  return rows.map((row, at) => row.at(-1)! / row[at]!);
}
