import type { SchemaStep } from "./migrate.ts";
import type { Db } from "./tables.ts";

declare module "./tables.ts" {
  interface Tables {
    /** A row for each name that has had a version, to be taken by whoever adds the next one. */
    taken_name: { workspace: string; kind: string; name: string; turns: number };
  }
}

export const takenNameSchema: SchemaStep = {
  name: "0760-taken-name",
  async up(db) {
    await db.schema
      .createTable("taken_name")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("turns", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("taken_name_key", ["workspace", "kind", "name"])
      .execute();
  },
};

/**
 * Takes a name until the transaction ends, so that its versions are added one after the other: what is read afterwards
 * is what is there when the next one is written. On PostgreSQL two transactions would otherwise count the same versions.
 */
export async function takeName(
  db: Db,
  taken: { workspace: string; kind: "component" | "environment" | "pipeline" | "schedule"; name: string },
): Promise<void> {
  await db
    .insertInto("taken_name")
    .values({ ...taken, turns: 1 })
    .onConflict((conflict) =>
      conflict.columns(["workspace", "kind", "name"]).doUpdateSet((eb) => ({ turns: eb("taken_name.turns", "+", 1) })),
    )
    .execute();
}

/** The number after the highest; versions that are words do not count. */
export function nextNumber(versions: { version: string }[]): string {
  const numbers = versions.map(({ version }) => Number(version)).filter(Number.isSafeInteger);
  return String(Math.max(0, ...numbers) + 1);
}
