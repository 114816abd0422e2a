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
  const aliases = await store.listAliases(
    ctx.db,
    workspace,
    rows.map((row) => row.name),
  );
  const tagsOf = Map.groupBy(tags, (tag) => tag.name);
  const aliasesOf = Map.groupBy(aliases, (alias) => alias.name);
  return rows.map((row) => ({
    name: row.name,
    description: row.description,
    tags: Object.fromEntries((tagsOf.get(row.name) ?? []).map((tag) => [tag.key, tag.value])),
    aliases: Object.fromEntries((aliasesOf.get(row.name) ?? []).map((alias) => [alias.alias, String(alias.version)])),
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
  if (row) return (await versionsOf(ctx, [row]))[0]!;
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

/** One statement names at most so many versions; of more, all versions of the models are read. */
const mostNamed = 500;

type OfVersion = { name: string; version: number };

export async function versionsOf(ctx: Ctx, rows: ModelVersionTable[]): Promise<RegisteredVersion[]> {
  if (rows.length === 0) return [];
  const workspace = rows[0]!.workspace;
  const names = [...new Set(rows.map((row) => row.name))];
  const numbers = [...new Set(rows.map((row) => row.version))];
  const versions = numbers.length <= mostNamed ? numbers : undefined;
  const facts = await listVersionFacts(ctx.db, workspace, names, versions);
  const tags = byVersion(facts.tags);
  const metrics = byVersion(facts.metrics);
  const data = byVersion(facts.data);
  const aliases = byVersion(await store.listAliases(ctx.db, workspace, names));
  const checks = byVersion(await listCheckStates(ctx.db, workspace, names, versions));
  return rows.map((row) => {
    return {
      name: row.name,
      version: String(row.version),
      description: row.description,
      digest: row.digest,
      size: row.size,
      format: row.format,
      aliases: aliases(row).map((alias) => alias.alias),
      checkState: checks(row)[0]?.state ?? stateWithout(row.digest),
      stage: row.stage,
      tags: Object.fromEntries(tags(row).map((tag) => [tag.key, tag.value])),
      metrics: Object.fromEntries(metrics(row).map((fact) => [fact.key, fact.is_nan ? ("NaN" as const) : fact.value])),
      runId: row.run_id,
      jobId: row.job_id,
      trainingData: data(row).map((fact) => fact.data),
      createdAt: row.created_at,
      createdBy: { id: row.actor_id, name: row.actor_name },
      source: row.source,
      runLink: row.run_link,
      loggedModelId: row.logged_model_id,
      updatedAt: row.updated_at,
    };
  });
}

/** Looks up what belongs to a version. */
function byVersion<Fact extends OfVersion>(facts: Fact[]): (version: OfVersion) => Fact[] {
  const nameOf = ({ name, version }: OfVersion) => `${version} ${name}`;
  const groups = Map.groupBy(facts, nameOf);
  return (version) => groups.get(nameOf(version)) ?? [];
}
