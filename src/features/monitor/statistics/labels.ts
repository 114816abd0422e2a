/** A number to three significant digits. */
export function inDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A share of one as a percentage, to a tenth. */
export function inPercent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

/** What each bin between ascending `edges` is called, with digits enough to tell neighbours apart. */
export function rangeLabels(edges: readonly number[]): string[] {
  const last = edges.at(-1)!;
  const ratio = Math.max(Math.abs(edges[0]!), Math.abs(last)) / ((last - edges[0]!) / (edges.length - 1));
  const digits = Math.min(17, Math.max(3, Math.floor(Math.log10(ratio)) + 2));
  const texts = edges.map((edge) => String(Number(edge.toPrecision(digits))));
  return texts.slice(1).map((upper, bin) => `${texts[bin]} to ${upper}`);
}

/** A category's name, cut where it is too long for a chart or a sentence. */
export function shortened(label: string): string {
  return label.length > 60 ? `${label.slice(0, 59)}…` : label;
}
