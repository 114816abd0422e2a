interface HistogramProps {
  counts: number[];
  /** A second sample over the same bins, drawn as an outline. */
  over?: number[];
  width?: number;
  height?: number;
  label: string;
  tone?: "bad";
}

/** A small histogram, drawn by hand: it appears in every row of a table. */
export function Histogram({ counts, over, width = 120, height = 26, label, tone }: HistogramProps) {
  const top = Math.max(...counts, ...(over ?? []), 1e-12);
  const step = width / Math.max(counts.length, 1);
  const y = (value: number) => height - (value / top) * (height - 1);
  const outline = over
    ?.map((value, index) => `${index === 0 ? "M" : "L"}${index * step} ${y(value)}H${(index + 1) * step}`)
    .join("");
  return (
    <svg width={width} height={height} role="img" aria-label={label} className="ty-hist" data-tone={tone}>
      <title>{label}</title>
      {counts.map((value, index) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: bins never move
          key={index}
          x={index * step + 0.5}
          width={Math.max(step - 1, 0.5)}
          y={value > 0 ? Math.min(y(value), height - 1) : height}
          height={value > 0 ? Math.max(height - y(value), 1) : 0}
        />
      ))}
      {outline && <path d={outline} />}
    </svg>
  );
}
