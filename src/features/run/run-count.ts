import { sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import type { Bound } from "./run-bound.ts";

export interface Rare {
  condition: Bound;
  /** As many as were asked for, or more, when it is that number. */
  count: number;
}

/** How many runs fit the conditions of a search. Each is counted only as far as somebody needs to know. */
export class Counts {
  private readonly ctx: Ctx;
  private readonly known = new Map<Bound, { count: number; most: number }>();

  constructor(ctx: Ctx) {
    this.ctx = ctx;
  }

  /** The condition that fewest runs fit, of those with an index; counted up to a limit. */
  async rarest(conditions: Bound[], most: number): Promise<Rare | undefined> {
    let best: Rare | undefined;
    // Equalities tend to be rarer, and what was found bounds the counts that follow.
    for (const condition of conditions.toSorted((a, b) => Number(!a.groups) - Number(!b.groups))) {
      if (!condition.runs) continue;
      const count = await this.upTo(condition, best?.count ?? most);
      if (!best || count < best.count) best = { condition, count };
      if (count === 0) break;
    }
    return best;
  }

  private async upTo(condition: Bound, most: number): Promise<number> {
    const known = this.known.get(condition);
    if (known && (known.count < known.most || known.most >= most)) return Math.min(known.count, most);
    const found = await sql<{ count: number }>`select count(*) as count from
      (${condition.runs} limit ${most}) as counted`.execute(this.ctx.db);
    const count = Number(found.rows[0]!.count);
    this.known.set(condition, { count, most });
    return count;
  }
}
