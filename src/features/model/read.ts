import { Problem } from "../../contract/errors.ts";
import type { ModelVersion } from "../../contract/model.ts";
import { closest } from "../../contract/suggest.ts";
import type { Ctx } from "../../platform/context.ts";
import { listCheckStates, stateWithout } from "./check/index.ts";
import { listModelTags, listVersionFacts } from "./facts-store.ts";
import type { ModelTable, ModelVersionTable } from "./schema.ts";
import * as store from "./store.ts";
import { versionNumber } from "./version.ts";

/** A version with what a tracking client said about it. */
export interface RegisteredVersion extends ModelVersion {
  source: string;
  runLink: string;
  loggedModelId: string | null;
  updatedAt: number;
}

export interface RegisteredModel {
  name: string;
  description: string;
  tags: Record<string, string>;
  aliases: Record<string, string>;
  createdAt: number;
  updatedAt: number;
}

export async function requireModel(ctx: Ctx, workspace: string, name: string): Promise<ModelTable> {
  const row = await store.findModel(ctx.db, workspace, name);
  if (row) return row;
  const names = await store.listModelNames(ctx.db, workspace);
  throw new Problem("not_found", `Registered Model with name=${name} not found`, { hint: hintOf(name, names) });
}

function hintOf(name: string, names: string[]): string {
  if (names.length === 0) return "No model is registered in this workspace yet.";
  const near = closest(name, names);
  return near === undefined ? `There are: ${listOf(names)}.` : `Did you mean "${near}"?`;
}

export const listOf = (names: string[]): string =>
  names.length <= 20 ? names.join(", ") : `${names.slice(0, 20).join(", ")} and ${names.length - 20} more`;

export async function getModel(ctx: Ctx, workspace: string, name: string): Promise<RegisteredModel> {
  return (await modelsOf(ctx, [await requireModel(ctx, workspace, name)]))[0]!;
}

export async function modelsOf(ctx: Ctx, rows: ModelTable[]): Promise<RegisteredModel[]> {
  if (rows.length === 0) return [];
  const workspace = rows[0]!.workspace;
  const tags = await listModelTags(
    ctx.db,
    workspace,
    rows.map((row) => row.name),
  );
  const aliases = await store.listAliases(ctx.db, workspace, rows.length === 1 ? rows[0]!.name : undefined);
  const ofModel = <T extends { name: string }>(facts: T[], name: string) => facts.filter((fact) => fact.name === name);
  return rows.map((row) => ({
    name: row.name,
    description: row.description,
    tags: Object.fromEntries(ofModel(tags, row.name).map((tag) => [tag.key, tag.value])),
    aliases: Object.fromEntries(ofModel(aliases, row.name).map((alias) => [alias.alias, String(alias.version)])),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }));
}

/** Newest first. */
export async function listVersions(ctx: Ctx, workspace: string, name: string): Promise<RegisteredVersion[]> {
  await requireModel(ctx, workspace, name);
  return versionsOf(ctx, await store.listVersionRows(ctx.db, workspace, name));
}

export async function getVersion(
  ctx: Ctx,
  workspace: string,
  name: string,
  version: string,
): Promise<RegisteredVersion> {
  const number = versionNumber(version);
  const row = number === undefined ? undefined : await store.findVersion(ctx.db, workspace, name, number);
  if (row) return (await versionsOf(ctx, [row], row.version))[0]!;
  await requireModel(ctx, workspace, name);
  const alias = await store.findAlias(ctx.db, workspace, name, version);
  const versions = (await store.listVersionRows(ctx.db, workspace, name)).map((found) => String(found.version));
  const others =
    versions.length === 0 ? "The model has no version yet." : `There are the versions ${listOf(versions)}.`;
  throw new Problem("not_found", `Model Version (name=${name}, version=${version}) not found`, {
    hint: alias ? `"${version}" is an alias: write ${name}@${version}.` : others,
  });
}

/** The version that an alias points to. */
export async function findAlias(ctx: Ctx, workspace: string, name: string, alias: string): Promise<string | undefined> {
  const row = await store.findAlias(ctx.db, workspace, name, alias);
  return row && String(row.version);
}

export async function versionsOf(
  ctx: Ctx,
  rows: ModelVersionTable[],
  onlyVersion?: number,
): Promise<RegisteredVersion[]> {
  if (rows.length === 0) return [];
  const workspace = rows[0]!.workspace;
  const names = [...new Set(rows.map((row) => row.name))];
  const facts = await listVersionFacts(ctx.db, workspace, names, onlyVersion);
  const aliases = await store.listAliases(ctx.db, workspace, names.length === 1 ? names[0] : undefined);
  const checks = await listCheckStates(ctx.db, workspace, names, onlyVersion);
  return rows.map((row) => {
    const mine = (fact: { name: string; version: number }) => fact.name === row.name && fact.version === row.version;
    const metrics = facts.metrics.filter(mine).map((fact) => [fact.key, fact.is_nan ? "NaN" : fact.value] as const);
    return {
      name: row.name,
      version: String(row.version),
      description: row.description,
      digest: row.digest,
      size: row.size,
      format: row.format,
      aliases: aliases.filter(mine).map((alias) => alias.alias),
      checkState: checks.find(mine)?.state ?? stateWithout(row.digest),
      stage: row.stage,
      tags: Object.fromEntries(facts.tags.filter(mine).map((tag) => [tag.key, tag.value])),
      metrics: Object.fromEntries(metrics),
      runId: row.run_id,
      jobId: row.job_id,
      trainingData: facts.data.filter(mine).map((fact) => fact.data),
      createdAt: row.created_at,
      createdBy: { id: row.actor_id, name: row.actor_name },
      source: row.source,
      runLink: row.run_link,
      loggedModelId: row.logged_model_id,
      updatedAt: row.updated_at,
    };
  });
}
