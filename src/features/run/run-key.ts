import { sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { bulkInsert } from "../../platform/db/bulk.ts";
import type { FactKind, RunKeyTable } from "./fact-schema.ts";
import type { RunTable } from "./schema.ts";

/** What facts need to know of their run. */
export type RunRef = Pick<RunTable, "number" | "workspace" | "experiment_id" | "started_at">;

type KeyName = Omit<RunKeyTable, "number">;

const textOf = (key: KeyName): string => JSON.stringify([key.workspace, key.experiment_id, key.kind, key.name]);

const insertKeys = bulkInsert<KeyName>(
  "run_key",
  { workspace: "text", experiment_id: "bigint", kind: "text", name: "text" },
  "(workspace, kind, experiment_id, name) do nothing",
);

/** Gives rows the numbers of their keys; a key that is new gets one. */
export async function withKeys<Row extends { run: RunRef; key: string }>(
  tx: Ctx,
  kind: FactKind,
  rows: readonly Row[],
): Promise<{ row: Row; key: number }[]> {
  const nameOf = ({ run, key }: Row): KeyName => ({
    workspace: run.workspace,
    experiment_id: run.experiment_id,
    kind,
    name: key,
  });
  const named = rows.map((row) => ({ row, text: textOf(nameOf(row)) }));
  const unknown = new Map(
    named.filter(({ text }) => tx.lasting.get(text) === undefined).map(({ row, text }) => [text, nameOf(row)]),
  );
  const numbers = unknown.size > 0 ? await numberOf(tx, unknown) : new Map<string, number>();
  return named.map(({ row, text }) => ({ row, key: numbers.get(text) ?? tx.lasting.get(text)! }));
}

async function numberOf(tx: Ctx, wanted: Map<string, KeyName>): Promise<Map<string, number>> {
  const known = await findNumbers(tx, [...wanted.values()]);
  // In one order for all, so that servers that meet the same new keys wait for each other in turn.
  const missing = [...wanted].filter(([text]) => !known.has(text)).sort(([a], [b]) => (a < b ? -1 : 1));
  if (missing.length > 0) {
    const keys = missing.map(([, key]) => key);
    await insertKeys(tx.db, keys);
    for (const [text, number] of await findNumbers(tx, keys)) known.set(text, number);
  }
  const remember = () => {
    for (const [text, number] of known) tx.lasting.set(text, number);
  };
  // What this transaction made is there for others only once it is committed.
  if (tx.unit) tx.unit.afterCommit.push(remember);
  else remember();
  return known;
}

async function findNumbers(tx: Ctx, keys: KeyName[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const groups = Map.groupBy(keys, ({ workspace, experiment_id, kind }) => `${workspace} ${experiment_id} ${kind}`);
  for (const group of groups.values()) {
    const { workspace, experiment_id, kind } = group[0]!;
    const names = group.map((key) => key.name);
    for (let from = 0; from < names.length; from += 500) {
      const rows = await findKeys(
        tx,
        { workspace, experimentIds: [experiment_id], kind },
        names.slice(from, from + 500),
      );
      for (const row of rows) found.set(textOf(row), row.number);
    }
  }
  return found;
}

export interface KeyScope {
  workspace: string;
  /** Undefined for every experiment. */
  experimentIds?: number[];
  kind: FactKind;
}

/** The keys of some names, one for each experiment that has it. */
export function findKeys(ctx: Ctx, { workspace, experimentIds, kind }: KeyScope, names: string[]) {
  let query = ctx.db
    .selectFrom("run_key")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("kind", "=", kind)
    .where("name", "in", names);
  if (experimentIds) query = query.where("experiment_id", "in", experimentIds);
  return query.execute();
}

export const listNumbers = (ctx: Ctx, numbers: number[]) =>
  ctx.db.selectFrom("run_key").select(["number", "name"]).where("number", "in", numbers).execute();

/** Names in order, without repetition. With `contains`, those with that text in them in any case. */
export async function listKeyNames(
  ctx: Ctx,
  { workspace, experimentIds, kind }: KeyScope,
  page: { contains?: string; limit: number },
): Promise<string[]> {
  let query = ctx.db
    .selectFrom("run_key")
    .select("name")
    .distinct()
    .where("workspace", "=", workspace)
    .where("kind", "=", kind);
  if (experimentIds) query = query.where("experiment_id", "in", experimentIds);
  if (page.contains) {
    const pattern = `%${page.contains.toLowerCase().replace(/[\\%_]/g, (char) => `\\${char}`)}%`;
    query = query.where(sql<boolean>`lower(name) like ${pattern} escape '\\'`);
  }
  return (await query.orderBy("name").limit(page.limit).execute()).map((row) => row.name);
}
