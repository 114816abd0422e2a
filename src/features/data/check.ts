import type { Finding } from "../../contract/data.ts";
import type { Execution, ExecutionHooks, Prepared, Task } from "../../engine/index.ts";
import { post } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { record } from "../../platform/events/journal.ts";
import { type Inspection, inspectTable, withFiles } from "../../platform/table/index.ts";
import { readTree } from "../blob/index.ts";
import { tablesOf } from "./files.ts";
import type { DataVersionTable } from "./schema.ts";
import * as store from "./store.ts";

/** After so many attempts that took the process with them, it is the file's fault. */
const mostCrashes = 3;
const lookAgainMs = 1000;

/**
 * The check of a data version: an execution with one task. What is asked of a version is settled when its turn comes:
 * versions that may still change the asset's expectations go first.
 */
export const dataHooks: ExecutionHooks = {
  kind: "data",
  prepare,
  onWaitEnd: prepare,
  run: inspectVersion,
  accept: async (tx, execution, _task, result) => decide(tx, await versionOf(tx, execution), result as Inspection),
  onEnd: async (tx, execution) => {
    const row = await versionOf(tx, execution);
    if (execution.state !== "succeeded") {
      await decide(tx, row, { profile: null, findings: [unreadable(execution.error ?? "The check did not end.")] });
    }
    await wakeNext(tx, row);
  },
};

async function versionOf(ctx: Ctx, execution: Execution): Promise<DataVersionTable> {
  const [name, version] = execution.subject.split("/") as [string, string];
  return (await store.findVersion(ctx.db, execution.workspace, name, version))!;
}

async function prepare(tx: Ctx, execution: Execution): Promise<Prepared> {
  const row = await versionOf(tx, execution);
  if (await store.findUndecidedBefore(tx.db, row)) return { do: "wait", until: tx.clock.now() + lookAgainMs };
  const asset = await store.findAsset(tx.db, row.workspace, row.name);
  const expectations = row.expectations ?? asset?.expectations ?? null;
  return { do: "queue", payload: { expectations: expectations && JSON.parse(expectations) } };
}

async function inspectVersion(ctx: Ctx, execution: Execution, task: Task, signal: AbortSignal): Promise<Inspection> {
  const { expectations } = task.payload as { expectations: Parameters<typeof inspectTable>[0]["expectations"] };
  const row = await versionOf(ctx, execution);
  const tables = tablesOf(await readTree(ctx, row.workspace, row.digest));
  if ("none" in tables) {
    const why = `Expectations can only be checked on a table. ${tables.none}`;
    return { profile: null, findings: expectations ? [unreadable(why)] : [] };
  }
  const { format, files } = tables;
  const groups = files.map((file) => [file.digest]);
  try {
    return await withFiles(ctx, groups, signal, (paths) => {
      const named = files.map((file, index) => ({ path: paths[index]!, name: file.path }));
      return inspectTable({ source: { format, files: named }, expectations }, { signal });
    });
  } catch (error) {
    if (signal.aborted || task.attempt < mostCrashes) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return { profile: null, findings: [unreadable(`Reading it failed ${task.attempt} times. ${message}`)] };
  }
}

const unreadable = (message: string): Finding => ({ rule: "unreadable", column: null, message, rows: [] });

/** Writes what the check found. A version that satisfies the expectations it came with makes them the asset's. */
async function decide(tx: Ctx, row: DataVersionTable, { profile, findings }: Inspection): Promise<{ state: string }> {
  const state = findings.length === 0 ? "ready" : "refused";
  const decided = await store.decideVersion(tx.db, row, {
    state,
    profile: profile && JSON.stringify(profile),
    findings: JSON.stringify(findings),
  });
  if (!decided) return { state: row.state };
  if (state === "ready" && row.expectations !== null) {
    await store.updateAsset(tx.db, row.workspace, row.name, { expectations: row.expectations });
  }
  record(tx, {
    workspace: row.workspace,
    type: `data.version.${state}`,
    subject: `data/${row.name}/${row.version}`,
    data: {
      digest: row.digest,
      rows: profile?.rows ?? null,
      findings: findings.slice(0, 20).map((finding) => finding.message),
    },
  });
  return { state };
}

/** Versions that waited for this one need not wait for their next look. */
async function wakeNext(tx: Ctx, row: DataVersionTable): Promise<void> {
  if (row.expectations === null) return;
  for (const other of await store.listVersions(tx.db, row.workspace, row.name)) {
    if (other.state !== "checking" || !other.execution_id) continue;
    await post(tx, [other.execution_id], { kind: "wake", task: "profile" });
  }
}
