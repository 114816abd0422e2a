import { Problem } from "../../contract/errors.ts";
import type { ModelPolicy } from "../../contract/model-policy.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Principal } from "../../platform/http/bind.ts";
import { getPolicy } from "./policy.ts";
import * as store from "./store.ts";

/** Is the alias one of those that only `model:promote` moves? `*` in a pattern stands for anything. */
export function isProtected({ protectedAliases }: Pick<ModelPolicy, "protectedAliases">, alias: string): boolean {
  const name = alias.toLowerCase();
  return protectedAliases.some((pattern) => matches(pattern.toLowerCase().split("*"), name));
}

/** The parts of the pattern occur in this order, the first one at the beginning and the last one at the end. */
function matches([first = "", ...others]: string[], name: string): boolean {
  if (others.length === 0) return first === name;
  if (!name.startsWith(first)) return false;
  const last = others.pop()!;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** Refuses who may not move this alias. Trainyard itself (a release) asks nobody: it does not come this way. */
export async function requireAliasRight(ctx: Ctx, principal: Principal, workspace: string, alias: string) {
  if (principal.may("model:promote", workspace)) return;
  if (!isProtected(await getPolicy(ctx, workspace), alias)) return;
  throw new Problem(
    "forbidden",
    `The alias "${alias}" is protected in workspace ${workspace}: ${principal.actor.name} may not move it.`,
    { hint: "A release moves it to what was approved; by hand it takes the permission model:promote." },
  );
}

export const isProtectedStage = ({ protectedStages }: Pick<ModelPolicy, "protectedStages">, stage: string): boolean =>
  protectedStages.some((one) => one.toLowerCase() === stage.toLowerCase());

/** Refuses to take away what a protected alias or stage leads to, or the name that it belongs to. */
export async function requireUnprotected(
  ctx: Ctx,
  principal: Principal,
  target: { workspace: string; name: string; version?: string },
): Promise<void> {
  const { workspace, name, version } = target;
  if (principal.may("model:promote", workspace)) return;
  const policy = await getPolicy(ctx, workspace);
  const aliases = await store.listAliases(ctx.db, workspace, [name]);
  const held = aliases.find(
    (row) => isProtected(policy, row.alias) && (version === undefined || String(row.version) === version),
  );
  if (held)
    throw new Problem(
      "forbidden",
      `The protected alias "${held.alias}" points to version ${held.version} of model ${name}: ${principal.actor.name} may not take it away.`,
      { hint: "Move the alias first; that takes the permission model:promote." },
    );
  const staged = (await store.listStaged(ctx.db, workspace, name)).find(
    (row) => isProtectedStage(policy, row.stage) && (version === undefined || String(row.version) === version),
  );
  if (staged)
    throw new Problem(
      "forbidden",
      `Version ${staged.version} of model ${name} is in the protected stage ${staged.stage}: ${principal.actor.name} may not take it away.`,
      { hint: "Move it to another stage first; that takes the permission model:promote." },
    );
}
