/** Colours of lines that must be told apart, legible on light and dark ground. */
const colours = [
  "#2f7fb8",
  "#d9772b",
  "#3f9a5b",
  "#c2453f",
  "#8a63c7",
  "#9a6a4f",
  "#cf6aa8",
  "#7c8592",
  "#9c9a2e",
  "#2aa3a8",
  "#5b6fd6",
  "#b8862f",
];
const dashes = ["solid", "dashed", "dotted"] as const;

/** After the colours are used up, lines are dashed, then dotted. */
export const lineOf = (index: number): { color: string; dash: (typeof dashes)[number] } => ({
  color: colours[index % colours.length]!,
  dash: dashes[Math.floor(index / colours.length) % dashes.length]!,
});
