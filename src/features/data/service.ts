import type { z } from "zod";
import type { DataVersion, dataAssetSchema, Expectations } from "../../contract/data.ts";
import { invalid, notFound, Problem } from "../../contract/errors.ts";
import { didYouMean } from "../../contract/suggest.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { canonicalJson } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { requireWorkspace } from "../workspace/index.ts";
import { type NewDataVersion, registerDataVersion } from "./register.ts";
import type { DataAssetTable } from "./schema.ts";
import * as store from "./store.ts";

type DataAsset = z.output<typeof dataAssetSchema>;

const shownFindings = 20;

export async function createDataVersion(ctx: Ctx, wanted: NewDataVersion): Promise<DataVersion> {
  return transaction(ctx, async (tx) => {
    await requireWorkspace(tx, wanted.workspace);
    const { version } = await registerDataVersion(tx, wanted);
    return getDataVersion(tx, wanted.workspace, wanted.name, version);
  });
}

/** Sets what later versions must satisfy; versions that are there already keep their verdict. */
export async function setExpectations(
  ctx: Ctx,
  workspace: string,
  name: string,
  expectations: Expectations,
): Promise<DataAsset> {
  return transaction(ctx, async (tx) => {
    await requireWorkspace(tx, workspace);
    const asset = await store.takeAsset(tx.db, workspace, name, tx.clock.now());
    const text = canonicalJson(expectations);
    if (asset.expectations !== text) {
      await store.updateAsset(tx.db, workspace, name, { expectations: text });
      record(tx, { workspace, type: "data.expectations.set", subject: `data/${name}`, data: expectations });
    }
    const { items: _, ...found } = await getData(tx, workspace, name);
    return found;
  });
}

export async function listData(ctx: Ctx, workspace: string): Promise<DataAsset[]> {
  const [rows, counts, newest] = await Promise.all([
    store.listAssets(ctx.db, workspace),
    store.countVersions(ctx.db, workspace),
    store.listNewestReady(ctx.db, workspace),
  ]);
  return rows.map((row) => assetOf(row, newest.get(row.name) ?? null, counts.get(row.name) ?? 0));
}

export async function getData(
  ctx: Ctx,
  workspace: string,
  name: string,
): Promise<DataAsset & { items: DataVersion[] }> {
  const row = await requireAsset(ctx, workspace, name);
  const items = (await store.listVersions(ctx.db, workspace, name)).map(store.versionOf);
  const latest = items.find((item) => item.state === "ready")?.version ?? null;
  return { ...assetOf(row, latest, items.length), items };
}

const assetOf = (row: DataAssetTable, latest: string | null, versions: number): DataAsset => ({
  name: row.name,
  expectations: row.expectations === null ? null : JSON.parse(row.expectations),
  latest,
  versions,
  createdAt: row.created_at,
});

async function requireAsset(ctx: Ctx, workspace: string, name: string): Promise<DataAssetTable> {
  const row = await store.findAsset(ctx.db, workspace, name);
  if (row) return row;
  const names = (await store.listAssets(ctx.db, workspace)).map((asset) => asset.name);
  throw notFound("data asset", name, didYouMean(name, names) ?? "List them with `trainyard data list`.");
}

/** A version in whatever state; `latest` is the newest that is ready. */
export async function getDataVersion(ctx: Ctx, workspace: string, name: string, version: string): Promise<DataVersion> {
  await requireAsset(ctx, workspace, name);
  if (version === "latest") return latestReady(ctx, workspace, name);
  const row = await store.findVersion(ctx.db, workspace, name, version);
  if (!row) throw notFound(`version of data ${name}`, version, await whatThereIs(ctx, workspace, name));
  return store.versionOf(row);
}

async function latestReady(ctx: Ctx, workspace: string, name: string): Promise<DataVersion> {
  const ready = await store.findNewest(ctx.db, workspace, name, "ready");
  if (ready) return store.versionOf(ready);
  const newest = await store.findNewest(ctx.db, workspace, name);
  if (newest) requireReady(store.versionOf(newest));
  throw notFound("version of data", name);
}

/**
 * A version that may be used. `refused` versions are named with what was found, versions that are still being checked
 * are `unavailable`. Without version and label, the newest.
 */
export async function resolveData(
  ctx: Ctx,
  workspace: string,
  name: string,
  ref: { version?: string; label?: string },
): Promise<DataVersion> {
  if (ref.label !== undefined && ref.label !== "latest") {
    throw invalid(`Data ${name} has no label "${ref.label}".`, { hint: "Data knows `@latest` and version numbers." });
  }
  return requireReady(await getDataVersion(ctx, workspace, name, ref.version ?? "latest"));
}

function requireReady(found: DataVersion): DataVersion {
  const what = `Version ${found.version} of data ${found.name}`;
  if (found.state === "checking") {
    throw new Problem("unavailable", `${what} is still being checked.`, { hint: "Try again in a moment." });
  }
  if (found.state === "refused") {
    throw new Problem("unprocessable", `${what} was refused: ${found.findings[0]?.message ?? "unknown"}`, {
      hint: "Correct the data and add it as a new version, or change what is expected of it.",
      issues: found.findings.slice(0, shownFindings).map((finding) => ({
        at: `data/${found.name}/${found.version}${finding.column === null ? "" : `: ${finding.column}`}`,
        message: finding.message,
      })),
    });
  }
  return found;
}

async function whatThereIs(ctx: Ctx, workspace: string, name: string): Promise<string> {
  const rows = await store.listVersions(ctx.db, workspace, name);
  return `There is ${
    rows
      .slice(0, 10)
      .map((row) => `${row.version} (${row.state})`)
      .join(", ") || "none yet"
  }.`;
}

/** A version, if there is one; in whatever state. */
export async function findDataVersion(
  ctx: Ctx,
  workspace: string,
  name: string,
  version: string,
): Promise<DataVersion | undefined> {
  const row = await store.findVersion(ctx.db, workspace, name, version);
  return row && store.versionOf(row);
}

/** The newest version with this content; the beginning of the digest is enough. */
export async function findDataByDigest(ctx: Ctx, workspace: string, digest: string): Promise<DataVersion | undefined> {
  const row = await store.findByDigest(ctx.db, workspace, digest);
  return row && store.versionOf(row);
}

/** The version that `data/diabetes/1` names, with its profile and findings: evidence for a gate. */
export async function dataQualityOf(ctx: Ctx, workspace: string, subject: string): Promise<DataVersion> {
  const [kind, name, version, more] = subject.split("/");
  if (kind !== "data" || !name || !version || more !== undefined) {
    throw invalid(`"${subject}" names no data version.`, { hint: "Write it as data/<name>/<version>." });
  }
  return getDataVersion(ctx, workspace, name, version);
}
