import type { Ctx } from "../../platform/context.ts";
import { withFamily } from "./family.ts";

interface Candidates {
  workspace: string;
  /** Of the deleted jobs that are free to go, if nothing goes on with them. */
  ids: string[];
  /** Of those that are looked at together with them and stay. */
  stay: ReadonlySet<string>;
  /** Of those that went before; in a dry run they are still there. */
  gone: ReadonlySet<string>;
}

/** Those with which a job that stays goes on, be it with a trial or an item of them, and those of which a trial or an item has not come to its end yet. */
export async function inUse(tx: Ctx, { workspace, ids, stay, gone }: Candidates): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const used = new Set(await running(tx, workspace, ids));
  const candidates = new Set(ids);
  const goes = ({ id, purging }: { id: string; purging: number }): boolean =>
    !used.has(id) && !stay.has(id) && (purging === 1 || candidates.has(id) || gone.has(id));
  const goneOnWith = await listGoneOnWith(tx, workspace, ids);
  // One that stays keeps what it goes on with, and that what it went on with itself.
  for (let before = -1; used.size > before; ) {
    before = used.size;
    for (const { of, ...later } of goneOnWith) if (!goes(later)) used.add(of);
  }
  return used;
}

async function running(tx: Ctx, workspace: string, ids: string[]): Promise<string[]> {
  const rows = await withFamily(tx, workspace, ids)
    .selectFrom("family")
    .innerJoin("job as part", "part.id", "family.id")
    .select("family.of")
    .where("part.ended_at", "is", null)
    .distinct()
    .execute();
  return rows.map(({ of }) => of);
}

/** Jobs that go on with others of these, or with parts of them. */
const listGoneOnWith = (tx: Ctx, workspace: string, ids: string[]) =>
  withFamily(tx, workspace, ids)
    .selectFrom("family")
    .innerJoin("job as later", "later.origin_job_id", "family.id")
    .select(["family.of", "later.id", "later.purging"])
    .where("later.parent_job_id", "is", null)
    .distinct()
    .execute();
