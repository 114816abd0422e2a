import { checkFile } from "../../compat/azureml/index.ts";
import type { ComponentVersion } from "../../contract/component.ts";
import { conflict, invalid, notFound, Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { nextNumber, takeName } from "../../platform/db/take-name.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { requireWorkspace } from "../workspace/index.ts";
import { filesOf, lookupsOf } from "./files.ts";
import * as store from "./store.ts";

export async function listComponents(ctx: Ctx, workspace: string): Promise<ComponentVersion[]> {
  return (await store.listNewest(ctx.db, workspace)).map(store.versionOf);
}

export async function listComponentVersions(ctx: Ctx, workspace: string, name: string): Promise<ComponentVersion[]> {
  const rows = await store.listVersions(ctx.db, workspace, name);
  if (rows.length === 0) throw notFound("component", name, "List them with `trainyard component list`.");
  return rows.map(store.versionOf);
}

export async function getComponent(
  ctx: Ctx,
  workspace: string,
  name: string,
  version: string,
): Promise<ComponentVersion> {
  const row = await store.findVersion(ctx.db, workspace, name, version === "latest" ? undefined : version);
  if (row) return store.versionOf(row);
  throw notFound("component", `${name} version ${version}`, "List them with `trainyard component list`.");
}

interface NewComponent {
  tree: string;
  file: string;
  name?: string;
  version?: string;
}

/**
 * Registers a component. The same files again are the version that is there already; a version never changes, so that
 * a taken number with other files is a conflict.
 */
export async function createComponent(ctx: Ctx, workspace: string, wanted: NewComponent): Promise<ComponentVersion> {
  await requireWorkspace(ctx, workspace);
  const { tree, file } = wanted;
  const options = { set: {}, ...lookupsOf(ctx, workspace) };
  const { asset, issues } = await checkFile(await filesOf(ctx, workspace, tree), file, options);
  const first = issues[0];
  if (first)
    throw new Problem("invalid", `${file} is not a valid component: ${first.at}: ${first.message}`, { issues });
  if (asset?.kind !== "component") throw invalid(`${file} does not define a component.`);
  const name = wanted.name ?? asset.name;
  return transaction(ctx, async (tx) => {
    await takeName(tx.db, { workspace, kind: "component", name });
    const versions = await store.listVersions(tx.db, workspace, name);
    const known = versions.find((row) => row.tree === tree && row.file === file);
    const version = wanted.version ?? asset.version ?? known?.version ?? nextNumber(versions);
    const taken = versions.find((row) => row.version === version);
    if (taken && taken === known) return store.versionOf(taken);
    if (taken)
      throw conflict(`Version ${version} of component ${name} has other files.`, "Give another version, or none.");
    const row = {
      ...{ workspace, name, version, seq: (versions[0]?.seq ?? 0) + 1, type: asset.type },
      ...{ display_name: asset.displayName, description: asset.description, tree, file },
      ...{ created_at: tx.clock.now(), actor_id: tx.actor.id, actor_name: tx.actor.name },
    };
    await store.insertVersion(tx.db, row);
    record(tx, {
      workspace,
      type: "component.version.created",
      subject: `component/${name}/${version}`,
      data: { tree },
    });
    return store.versionOf(row);
  });
}
