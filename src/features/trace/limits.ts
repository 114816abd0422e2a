/** How large things may be. What is longer is cut, with a mark; what is more is left out, and said to be. */
export const limits = {
  spansPerRequest: 20_000,
  spansPerTrace: 50_000,
  attributesPerSpan: 1000,
  eventsPerSpan: 1000,
  linksPerSpan: 100,
  /** Characters of one attribute's value as JSON. */
  attribute: 1024 * 1024,
  /** Characters of an attribute that can be searched for; longer ones are found by `text` only. */
  searchable: 500,
  name: 1000,
  key: 250,
  tag: 8000,
  metadata: 8000,
  preview: 1000,
  /** Characters of an assessment's value, rationale or metadata. */
  assessment: 64 * 1024,
  runLinks: 100,
  /** Tags, entries of metadata and assessments that a client tells at once. */
  told: 1000,
  /** Characters of a filter. */
  filter: 10_000,
} as const;

const mark = "...";

/** Text that every database takes, at most `most` characters of it. */
export function cut(text: string, most: number): string {
  // PostgreSQL keeps neither NUL nor half of a surrogate pair.
  const clean = text.replaceAll("\0", "").toWellFormed();
  return clean.length <= most ? clean : clean.slice(0, most - mark.length).toWellFormed() + mark;
}
