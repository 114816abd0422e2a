import { Problem } from "../../../contract/errors.ts";
import { type ForeachStep, foreachItemSchema, mostItems } from "../../../contract/job.ts";
import type { Ctx } from "../../../platform/context.ts";
import { readSmallBlob, readTree } from "../../blob/index.ts";
import { resolveBinding, type Surroundings } from "../resolve.ts";
import type { Item } from "./child.ts";

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

async function readFile(ctx: Ctx, workspace: string, tree: string, path: string | null): Promise<string> {
  const files = await readTree(ctx, workspace, tree);
  const file =
    path === null
      ? (files.find((one) => one.path.endsWith(".json")) ?? files[0])
      : files.find((one) => one.path === path);
  if (!file) throw new Problem("invalid", "The output that the items of the loop come from has no file.");
  return Buffer.from(await readSmallBlob(ctx, workspace, file.digest)).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem("invalid", `The items of the loop are not JSON: ${(error as Error).message}`);
  }
}
