import type { DataVersion, Expectations } from "../../contract/data.ts";
import { conflict, invalid } from "../../contract/errors.ts";
import { createExecution } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { canonicalJson } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { readTree, sizeOf } from "../blob/index.ts";
import type { DataAssetTable, DataVersionTable } from "./schema.ts";
import * as store from "./store.ts";

export interface NewDataVersion {
  workspace: string;
  name: string;
  version?: string;
  /** Digest of a stored tree. */
  tree: string;
  type: DataVersion["type"];
  description?: string;
  /** The job whose output this is. */
  jobId: string | null;
  /** From where its files were taken, when they were not uploaded. */
  source?: string;
  /** What this version must satisfy; every later one too, once this one is ready. */
  expectations?: Expectations;
}

const versionPattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/**
 * Adds a version to a data asset and starts its check. The same files again, with nothing new asked of them, are the
 * version that is there already (`existed`). A version never changes: a taken number with other files is a conflict.
 */
export async function registerDataVersion(
  tx: Ctx,
  wanted: NewDataVersion,
): Promise<{ version: string; existed: boolean }> {
  const files = await readTree(tx, wanted.workspace, wanted.tree);
  requireUsable(wanted, files.length);
  const asset = await store.takeAsset(tx.db, wanted.workspace, wanted.name, tx.clock.now());
  const known = await findKnown(tx, asset, wanted);
  if (known) return { version: known.version, existed: true };
  const version = wanted.version ?? String(await freeNumber(tx, asset));
  const executionId = await createExecution(tx, {
    workspace: wanted.workspace,
    kind: "data",
    subject: `${wanted.name}/${version}`,
    tasks: [{ name: "profile", needs: [], kind: "system.profile", input: { name: wanted.name, version } }],
  });
  await store.insertVersion(tx.db, {
    workspace: wanted.workspace,
    name: wanted.name,
    version,
    seq: asset.last_seq,
    type: wanted.type,
    description: wanted.description ?? "",
    state: "checking",
    digest: wanted.tree,
    size: sizeOf(files),
    expectations: wanted.expectations ? canonicalJson(wanted.expectations) : null,
    profile: null,
    findings: "[]",
    job_id: wanted.jobId,
    source: wanted.source ?? null,
    execution_id: executionId,
    created_at: tx.clock.now(),
    actor_id: tx.actor.id,
    actor_name: tx.actor.name,
  });
  const number = /^[0-9]{1,9}$/.test(version) ? Number(version) : 0;
  await store.updateAsset(tx.db, wanted.workspace, wanted.name, {
    next_version: Math.max(asset.next_version, number + 1),
  });
  record(tx, {
    workspace: wanted.workspace,
    type: "data.version.created",
    subject: `data/${wanted.name}/${version}`,
    data: { digest: wanted.tree, type: wanted.type, jobId: wanted.jobId },
  });
  return { version, existed: false };
}

function requireUsable(wanted: NewDataVersion, files: number): void {
  if (wanted.version !== undefined && (!versionPattern.test(wanted.version) || wanted.version === "latest")) {
    throw invalid(`"${wanted.version}" cannot be a version of ${wanted.name}.`, {
      hint: "A version has up to 128 letters, digits, '_', '.' or '-'; `latest` always means the newest.",
    });
  }
  if (files === 0) throw invalid(`Data ${wanted.name} has no files.`);
  if (wanted.type === "uri_file" && files > 1) {
    throw invalid(`Data ${wanted.name} is a uri_file and has ${files} files.`, { hint: "Use type uri_folder." });
  }
}

/** The version that the caller means, if it is there. */
async function findKnown(
  tx: Ctx,
  asset: DataAssetTable,
  wanted: NewDataVersion,
): Promise<DataVersionTable | undefined> {
  const asked = wanted.expectations && canonicalJson(wanted.expectations);
  const asksNothingNew = (row: DataVersionTable) =>
    asked === undefined || asked === row.expectations || (row.state === "ready" && asked === asset.expectations);
  if (wanted.version === undefined) {
    const content = { digest: wanted.tree, type: wanted.type };
    const same = await store.findSameContent(tx.db, asset.workspace, asset.name, content);
    return same && asksNothingNew(same) ? same : undefined;
  }
  const taken = await store.findVersion(tx.db, asset.workspace, asset.name, wanted.version);
  if (!taken) return undefined;
  const same = taken.digest === wanted.tree && taken.type === wanted.type;
  if (same && asksNothingNew(taken)) return taken;
  const what = same ? "was checked against other expectations" : "has other files";
  throw conflict(
    `Version ${taken.version} of data ${asset.name} is there already and ${what}; a version never changes.`,
    "Leave the version out for the next free number, or give another one.",
  );
}

/** The next number; numbers that somebody has given by hand are left out. */
async function freeNumber(tx: Ctx, asset: DataAssetTable): Promise<number> {
  let number = asset.next_version;
  while (await store.findVersion(tx.db, asset.workspace, asset.name, String(number))) number++;
  return number;
}
