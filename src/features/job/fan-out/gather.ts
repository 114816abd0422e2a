import type { TreeFile } from "../../../contract/common.ts";
import type { ForeachStep } from "../../../contract/job.ts";
import type { Ctx } from "../../../platform/context.ts";
import { checkTree, createTree, readTree, sizeOf } from "../../blob/index.ts";
import type { StepOutputs } from "../resolve.ts";
import type { Standing } from "./next.ts";
import * as parts from "./part.ts";
import { pageOutputs } from "./store.ts";

/** Items whose outputs are read in one transaction, or fewer when they have many files: others that write wait for it. */
const itemsAtOnce = 50;
const filesAtOnce = 20_000;

type Loop = Standing<ForeachStep>;
/** Files by the output that they are gathered to. */
type Gathered = Map<string, TreeFile[]>;

/**
 * What came of a loop, when all its items have ended: each output is a folder with a folder for each item, named by its
 * number. Reads some items at a time, and keeps what it has; undefined when there are more of them.
 */
export async function gather(tx: Ctx, loop: Loop): Promise<StepOutputs | undefined> {
  const names = Object.keys(loop.step.outputs);
  if (names.length === 0) return { outputs: {} };
  const after = await parts.lastOf(tx.db, loop.fan);
  const { found, last, isEnd } = await readItems(tx, loop, names, after);
  const earlier = await parts.countsOf(tx.db, loop.fan);
  for (const [name, files] of found) checkTree(`output "${name}" of the loop`, files, earlier.get(name));
  if (!isEnd) {
    await parts.keep(tx.db, loop.fan, last, found);
    return undefined;
  }
  const outputs: StepOutputs["outputs"] = {};
  for (const [name, own] of found) {
    const files = [...(await parts.filesOf(tx.db, loop.fan, name)), ...own];
    const digest = await createTree(tx, loop.row.workspace, { files });
    outputs[name] = { digest, files: files.length, size: sizeOf(files) };
  }
  await parts.forget(tx.db, loop.fan);
  return { outputs };
}

/** The outputs of the items after a number, of as many as one transaction should read. */
async function readItems(
  tx: Ctx,
  { row, name: loop, fan }: Loop,
  names: string[],
  after: number,
): Promise<{ found: Gathered; last: number; isEnd: boolean }> {
  const digits = String(Math.max(fan.total - 1, 0)).length;
  const items = await pageOutputs(tx.db, row.id, loop, { after, limit: itemsAtOnce });
  const found: Gathered = new Map(names.map((name) => [name, []]));
  let read = 0;
  let last = after;
  for (const { number, outputs } of items) {
    if (read >= filesAtOnce) return { found, last, isEnd: false };
    const written = JSON.parse(outputs ?? "{}") as StepOutputs["outputs"];
    const folder = String(number).padStart(digits, "0");
    for (const [name, files] of found) {
      const tree = written[name]?.digest;
      if (!tree) continue;
      const own = await readTree(tx, row.workspace, tree);
      for (const file of own) files.push({ ...file, path: `${folder}/${file.path}` });
      read += own.length;
    }
    last = number;
  }
  return { found, last, isEnd: items.length < itemsAtOnce };
}
