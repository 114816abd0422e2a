import { conflict, invalid, notFound } from "../../contract/errors.ts";
import { type ModelReference, type ModelVersionRef, parseModelReference } from "../../contract/model-reference.ts";
import { closest } from "../../contract/suggest.ts";
import type { Ctx } from "../../platform/context.ts";
import { findAlias, getVersion, listOf, type RegisteredVersion, requireModel, versionsOf } from "./read.ts";
import type { ModelVersionTable } from "./schema.ts";
import * as store from "./store.ts";

/** The version that a text means, or a name with a number; the same everywhere. */
export async function resolveModelReference(
  ctx: Ctx,
  workspace: string,
  reference: ModelVersionRef,
): Promise<RegisteredVersion> {
  if (typeof reference !== "string") return getVersion(ctx, workspace, reference.name, reference.version);
  const parsed = parseModelReference(reference);
  if (parsed === undefined) {
    throw invalid(`"${reference}" is no reference to a model version.`, {
      hint: "Write churn:3, churn@champion, churn (the newest), sha256:… (at least 8 digits) or models:/churn/3.",
    });
  }
  const { name, digest, stage } = parsed;
  if (digest !== undefined) return byDigest(ctx, workspace, digest, name);
  if (stage !== undefined) return byStage(ctx, workspace, name!, stage);
  return resolveModel(ctx, workspace, name!, parsed);
}

/** The version of a model that is meant: by a number, or by a label (`latest` or an alias). */
export async function resolveModel(
  ctx: Ctx,
  workspace: string,
  name: string,
  ref: Pick<ModelReference, "version" | "label">,
): Promise<RegisteredVersion> {
  if (ref.version !== undefined) return getVersion(ctx, workspace, name, ref.version);
  const label = ref.label ?? "latest";
  await requireModel(ctx, workspace, name);
  if (label === "latest") {
    const newest = await store.findNewestVersion(ctx.db, workspace, name);
    if (newest) return one(ctx, newest);
    throw notFound("version of model", name, "Register one first.");
  }
  const version = await findAlias(ctx, workspace, name, label);
  if (version !== undefined) return getVersion(ctx, workspace, name, version);
  const aliases = (await store.listAliases(ctx.db, workspace, [name])).map((alias) => alias.alias);
  const near = closest(label, aliases);
  const hint = near === undefined ? `There are: ${listOf(["latest", ...aliases])}.` : `Did you mean "${name}@${near}"?`;
  throw notFound(`alias of model ${name}`, label, hint);
}

const one = async (ctx: Ctx, row: ModelVersionTable): Promise<RegisteredVersion> => (await versionsOf(ctx, [row]))[0]!;

async function byStage(ctx: Ctx, workspace: string, name: string, stage: string): Promise<RegisteredVersion> {
  await requireModel(ctx, workspace, name);
  const row = await store.findNewestInStage(ctx.db, workspace, name, stage);
  if (row) return one(ctx, row);
  throw notFound(`version of model ${name} in stage`, stage, `An alias is written ${name}@${stage}.`);
}

/** Files that several names share are one content but not one version: then the name must be said. */
async function byDigest(ctx: Ctx, workspace: string, digest: string, name?: string): Promise<RegisteredVersion> {
  if (name !== undefined) await requireModel(ctx, workspace, name);
  const rows = await store.listVersionsByDigest(ctx.db, workspace, digest, name);
  const [newest] = rows;
  if (!newest) {
    throw notFound(name === undefined ? "model version" : `version of model ${name}`, `sha256:${digest}`, digestHint);
  }
  if (new Set(rows.map((row) => row.digest)).size > 1) {
    const found = rows.map((row) => `${row.name}:${row.version} (sha256:${row.digest!.slice(0, 16)}…)`);
    throw conflict(`sha256:${digest} is the beginning of several digests.`, `Write more digits: ${listOf(found)}.`);
  }
  const names = [...new Set(rows.map((row) => row.name))];
  if (names.length === 1) return one(ctx, newest);
  const choices = names.map((candidate) => `${candidate}@sha256:${digest}`);
  throw conflict(`sha256:${digest} is registered under ${names.length} names.`, `Choose one: ${listOf(choices)}.`);
}

const digestHint = "The digest of a version is that of its tree of files: `trainyard model show <name>` shows them.";
