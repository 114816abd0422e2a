import type { TreeFile } from "../../../contract/common.ts";
import type { Db } from "../../../platform/db/tables.ts";
import type { FanOutTable } from "./schema.ts";

type Key = Pick<FanOutTable, "job_id" | "step">;

const partsOf = (db: Db, { job_id, step }: Key) =>
  db.selectFrom("fan_out_part").where("job_id", "=", job_id).where("step", "=", step);

/** Number of the last item that was gathered; -1 when none was. */
export async function lastOf(db: Db, fan: Key): Promise<number> {
  const row = await partsOf(db, fan)
    .select((eb) => eb.fn.max<number | null>("last").as("last"))
    .executeTakeFirst();
  return row?.last ?? -1;
}

/** How many files were gathered to each output. */
export async function countsOf(db: Db, fan: Key): Promise<Map<string, number>> {
  const rows = await partsOf(db, fan)
    .select(["output", (eb) => eb.fn.sum<number | string>("files").as("files")])
    .groupBy("output")
    .execute();
  return new Map(rows.map(({ output, files }) => [output, Number(files)]));
}

/** Keeps what the items up to `last` gave, beyond what was kept before. */
export async function keep(db: Db, { job_id, step }: Key, last: number, found: Map<string, TreeFile[]>): Promise<void> {
  for (const [output, files] of found) {
    const row = { job_id, step, output, last, files: files.length, list: JSON.stringify(files) };
    await db.insertInto("fan_out_part").values(row).execute();
  }
}

export async function filesOf(db: Db, fan: Key, output: string): Promise<TreeFile[]> {
  const rows = await partsOf(db, fan).select("list").where("output", "=", output).orderBy("last").execute();
  return rows.flatMap(({ list }) => JSON.parse(list) as TreeFile[]);
}

export async function forget(db: Db, { job_id, step }: Key): Promise<void> {
  await db.deleteFrom("fan_out_part").where("job_id", "=", job_id).where("step", "=", step).execute();
}
