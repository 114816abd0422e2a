import type { Database } from "./duckdb.ts";

export interface Histogram {
  edges: number[];
  counts: number[];
}

const mostBins = 30;

/**
 * Edges of bins of equal width: Sturges' number of them, at most 30. Bins of whole numbers have whole edges, and the
 * last one ends after the largest number, so that every bin holds equally many of them. Null where the numbers are too
 * far apart or too close together for that.
 */
export function equalWidthEdges(of: { whole: boolean; min: number; max: number; count: number }): number[] | null {
  const { min, max } = of;
  const wanted = Math.min(mostBins, Math.ceil(Math.log2(Math.max(1, of.count)) + 1));
  const span = max - min;
  if (!Number.isFinite(span)) return null;
  if (of.whole && Number.isSafeInteger(min) && Number.isSafeInteger(max)) {
    const width = Math.max(1, Math.ceil((span + 1) / wanted));
    const bins = Math.ceil((span + 1) / width);
    return Array.from({ length: bins + 1 }, (_, index) => min + index * width);
  }
  if (span === 0) {
    const margin = Math.abs(min) * 0.005 || 0.005;
    return [min - margin, max + margin];
  }
  const edges = Array.from({ length: wanted + 1 }, (_, index) =>
    index === wanted ? max : min + (index * span) / wanted,
  );
  return edges.every((edge, index) => index === 0 || edge > edges[index - 1]!) ? edges : null;
}

/**
 * Counts the numbers of a column per bin. A bin includes its lower edge and not its upper one; the last includes both
 * (numpy's rule; DuckDB's own histogram includes the upper edges).
 */
export async function countHistogram(
  db: Database,
  table: string,
  column: string,
  of: { whole: boolean; min: number; max: number; count: number },
): Promise<Histogram | null> {
  const edges = equalWidthEdges(of);
  if (!edges) return null;
  const last = edges.length - 2;
  const list = `[${edges.map((edge) => `${edge}::DOUBLE`).join(", ")}]`;
  const width = (edges.at(-1)! - edges[0]!) / (last + 1);
  // Division may be off by one bin where a number is next to an edge; the edges themselves decide.
  const rows = await db.rows<[number, number]>(
    `WITH edges AS MATERIALIZED (SELECT ${list} AS edges),
       guessed AS (
         SELECT ${column}::DOUBLE AS value,
           greatest(0, least(${last}, floor((${column}::DOUBLE - ${edges[0]}::DOUBLE) / ${width}::DOUBLE)))::INTEGER AS bin
         FROM ${table} WHERE ${column} BETWEEN ${of.min}::DOUBLE AND ${of.max}::DOUBLE)
     SELECT CASE WHEN bin > 0 AND value < edges[bin + 1] THEN bin - 1
                 WHEN bin < ${last} AND value >= edges[bin + 2] THEN bin + 1
                 ELSE bin END::DOUBLE AS exact, count(*)::DOUBLE
     FROM guessed, edges GROUP BY exact`,
  );
  const counts = new Array<number>(last + 1).fill(0);
  for (const [bin, count] of rows) counts[bin] = count;
  return { edges, counts };
}
