import { Problem } from "../../contract/errors.ts";
import { type CommandStep, commandsOf, type JobDefinition } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { actorMay } from "../access/index.ts";
import { versionsOf } from "../secret/index.ts";
import type { KeyPreimage } from "./key.ts";

/** What a command is told it can also tell others: who submits a job with secrets must be one who may use them. */
export async function requireSecrets(ctx: Ctx, workspace: string, definition: JobDefinition): Promise<void> {
  for (const { at, command } of commandsOf(definition)) {
    const names = Object.values(command.secrets ?? {});
    if (names.length === 0) continue;
    await located(`${at}.secrets`, async () => {
      await versionsOf(ctx, workspace, names);
      if (await actorMay(ctx, "secret:use", workspace)) return;
      throw new Problem("forbidden", `${ctx.actor.name} may not give a step the secrets ${names.join(", ")}.`, {
        hint: "This needs the permission secret:use; an owner can give you a role that has it.",
      });
    });
  }
}

async function located(at: string, check: () => Promise<void>): Promise<void> {
  await check().catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.code, `${at}: ${error.message}`, { hint: error.hint });
  });
}

/** What stands for secrets in a key: never a value, nor anything that a value could be guessed from. */
export async function secretsInKey(
  ctx: Ctx,
  workspace: string,
  { secrets = {} }: CommandStep,
): Promise<KeyPreimage["secrets"]> {
  const entries = Object.entries(secrets);
  if (entries.length === 0) return undefined;
  const versions = await versionsOf(ctx, workspace, Object.values(secrets));
  return Object.fromEntries(entries.map(([variable, name]) => [variable, { name, version: versions.get(name)! }]));
}

/** A secret that has another version than the step was prepared with: nobody knows which one its command was told. */
export async function changedSecret(ctx: Ctx, workspace: string, preimage: KeyPreimage): Promise<string | undefined> {
  for (const { name, version } of Object.values(preimage.secrets ?? {})) {
    const now = await versionsOf(ctx, workspace, [name]).catch((error: unknown) => {
      if (error instanceof Problem && error.code === "not_found") return undefined;
      throw error;
    });
    if (now?.get(name) !== version) return name;
  }
  return undefined;
}
