/** The page's colours, as the chart library needs them. */
export interface Palette {
  text: string;
  dim: string;
  line: string;
  surface: string;
  accent: string;
  good: string;
  bad: string;
  wait: string;
  reference: string;
}

/** Axes as every chart here has them: thin lines, quiet numbers. */
export const axes = (palette: Palette) => ({
  axisLine: { lineStyle: { color: palette.line } },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: palette.line, opacity: 0.6 } },
  axisLabel: { color: palette.dim, fontSize: 11 },
});

export const tooltip = (palette: Palette) => ({
  backgroundColor: palette.surface,
  borderColor: palette.line,
  borderWidth: 1,
  padding: [6, 9],
  textStyle: { color: palette.text, fontSize: 12 },
});
