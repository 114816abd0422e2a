const whole = new Intl.NumberFormat("en");

/** `0.4487`, `2,871`, `1.2e-7`: four significant digits, never a rounded-away zero. */
export function figure(value: number | string | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return value;
  if (!Number.isFinite(value)) return String(value);
  if (value === 0 || (Number.isInteger(value) && Math.abs(value) < 1e12)) return whole.format(value);
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e9) return value.toExponential(2);
  if (size >= 1000) return whole.format(Math.round(value));
  return String(Number(value.toPrecision(4)));
}

/** Like `figure`, with its zeros, so that the figures of a column stand under each other: `53.80`. */
export const metric = (value: number | string | null | undefined): string =>
  typeof value === "number" && !Number.isInteger(value) && Math.abs(value) >= 1e-4 && Math.abs(value) < 1000
    ? value.toPrecision(4)
    : figure(value);

export const count = (value: number): string => whole.format(value);

export const percent = (share: number): string => {
  const value = share * 100;
  if (value > 0 && value < 0.1) return "< 0.1%";
  return `${value === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)}%`;
};

export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export const milliseconds = (value: number | null): string =>
  value === null ? "–" : value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;
