import { Problem } from "../../../contract/errors.ts";
import { type ForeachStep, foreachItemSchema, mostItems } from "../../../contract/job.ts";
import { isExact } from "../../../contract/literal.ts";
import type { Ctx } from "../../../platform/context.ts";
import { bulkInsert } from "../../../platform/db/bulk.ts";
import type { Db } from "../../../platform/db/tables.ts";
import { readSmallBlob, readTree } from "../../blob/index.ts";
import { resolveBinding, type Surroundings } from "../resolve.ts";
import type { Item } from "./child.ts";
import type { FanOutItemsTable, FanOutTable } from "./schema.ts";

/** So many items are kept in a row. */
const inRow = 50;

/** The items of a loop: those in the definition, or those of the JSON file that an earlier step wrote. */
export async function readItems(ctx: Ctx, around: Surroundings, step: ForeachStep): Promise<Item[]> {
  if (Array.isArray(step.items)) return step.items;
  const value = await resolveBinding(ctx, around, { type: "uri_file" }, step.items);
  if (!value) throw new Problem("invalid", "The items of the loop have no value.");
  const text = value.kind === "value" ? value.value : await readFile(ctx, around.workspace, value.tree, value.path);
  const list = parseJson(text);
  if (Array.isArray(list) && list.length > mostItems) {
    const [count, most] = [list.length, mostItems].map((number) => number.toLocaleString("en"));
    throw new Problem("invalid", `The loop would have ${count} items; it may have ${most}.`, {
      hint: "Give each item a part of the work: a loop over regions rather than over rows. Mini-batches take any number.",
    });
  }
  const found = foreachItemSchema.array().safeParse(list);
  if (found.success) return found.data;
  const issue = found.error.issues[0];
  throw new Problem(
    "invalid",
    `The items of the loop are not a list: ${issue?.path.length ? `item ${issue.path.join(".")}: ` : ""}${issue?.message ?? ""}`,
    { hint: 'Write a JSON list of values or of objects with values, like ["north", "south"].' },
  );
}

type Key = Pick<FanOutTable, "job_id" | "step">;

const insertRows = bulkInsert<FanOutItemsTable>(
  "fan_out_items",
  { job_id: "text", step: "text", first: "integer", items: "text" },
  "refuse",
);

/** Keeps the items of a loop that begins. */
export async function insertItems(db: Db, { job_id, step }: Key, items: Item[]): Promise<void> {
  const rows = Array.from({ length: Math.ceil(items.length / inRow) }, (_, index) => ({
    ...{ job_id, step, first: index * inRow },
    items: JSON.stringify(items.slice(index * inRow, (index + 1) * inRow)),
  }));
  await insertRows(db, rows);
}

/** The items of some numbers; of a few hundred at most, as they are in one statement. */
export async function itemsAt(db: Db, { job_id, step }: Key, numbers: number[]): Promise<Map<number, Item>> {
  if (numbers.length === 0) return new Map();
  const rows = await db
    .selectFrom("fan_out_items")
    .select(["first", "items"])
    .where("job_id", "=", job_id)
    .where("step", "=", step)
    .where("first", "in", [...new Set(numbers.map((number) => number - (number % inRow)))])
    .execute();
  const byFirst = new Map(rows.map(({ first, items }) => [first, JSON.parse(items) as Item[]]));
  return new Map(numbers.map((number) => [number, byFirst.get(number - (number % inRow))![number % inRow]!]));
}

async function readFile(ctx: Ctx, workspace: string, tree: string, path: string | null): Promise<string> {
  const files = await readTree(ctx, workspace, tree);
  const file =
    path === null
      ? (files.find((one) => one.path.endsWith(".json")) ?? files[0])
      : files.find((one) => one.path === path);
  if (!file) throw new Problem("invalid", "The output that the items of the loop come from has no file.");
  return Buffer.from(await readSmallBlob(ctx, workspace, file.digest)).toString();
}

/** JSON in which a number that could not be kept is the text that was written: items may be ids of 64 bits. */
function parseJson(text: string): unknown {
  const keep = (_: string, value: unknown, { source }: { source?: string }) =>
    typeof value === "number" && !isExact(value) ? source : value;
  try {
    return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
  } catch (error) {
    throw new Problem("invalid", `The items of the loop are not JSON: ${(error as Error).message}`);
  }
}
