/**
 * Running mean in which the past makes up `weight`, without the pull towards zero that its beginning would have: the
 * smoothing of TensorBoard. What is no number stays none and counts for nothing.
 */
export function smooth(values: (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return values;
  let mean = 0;
  let counted = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value;
    counted += 1;
    mean = mean * weight + (1 - weight) * value;
    return mean / (1 - weight ** counted);
  });
}
