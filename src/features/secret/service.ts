import type { z } from "zod";
import { notFound, Problem } from "../../contract/errors.ts";
import type { Secret, secretContract } from "../../contract/secret.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import type { SecretTable } from "./schema.ts";
import * as store from "./store.ts";

type At = Pick<SecretTable, "workspace" | "name">;

const secretOf = (row: SecretTable): Secret => ({
  name: row.name,
  description: row.description,
  version: row.version,
  setAt: row.set_at,
  setBy: { id: row.set_by_id, name: row.set_by_name },
});

const contextOf = ({ workspace, name }: At): string => `${workspace}/secret/${name}`;

export const listSecrets = async (ctx: Ctx, workspace: string): Promise<Secret[]> =>
  (await store.listSecretRows(ctx, workspace)).map(secretOf);

/** Keeps a secret. Another value is another version, unless it was only rotated. */
export async function setSecret(
  ctx: Ctx,
  at: At,
  { value, description, rotated }: z.output<typeof secretContract.set.body>,
): Promise<Secret> {
  return transaction(ctx, async (tx) => {
    const before = await store.holdSecret(tx, at.workspace, at.name);
    if (rotated && !before?.sealed) throw missing(at.name);
    const row: SecretTable = {
      ...at,
      version: (before?.version ?? 0) + (rotated ? 0 : 1),
      sealed: tx.secrets.seal(value, contextOf(at)),
      description: description ?? before?.description ?? "",
      ...{ set_at: tx.clock.now(), set_by_id: tx.actor.id, set_by_name: tx.actor.name },
    };
    await store.putSecret(tx, row);
    note(tx, "secret.set", row, { rotated });
    return secretOf(row);
  });
}

export async function deleteSecret(ctx: Ctx, at: At): Promise<void> {
  await transaction(ctx, async (tx) => {
    const row = await store.holdSecret(tx, at.workspace, at.name);
    if (!row?.sealed) throw missing(at.name);
    await store.putSecret(tx, { ...row, sealed: null });
    note(tx, "secret.deleted", row);
  });
}

/** Versions by name; fails with `not_found` for the first that there is not. */
export async function versionsOf(ctx: Ctx, workspace: string, names: string[]): Promise<Map<string, number>> {
  const wanted = [...new Set(names)];
  const rows = wanted.length === 0 ? [] : await store.listSecretRows(ctx, workspace, wanted);
  const versions = new Map(rows.map(({ name, version }) => [name, version]));
  const absent = wanted.find((name) => !versions.has(name));
  if (absent !== undefined) throw missing(absent);
  return versions;
}

/** A value for a step, or why there is none. */
export type Opened = { value: string } | { missing: string };

/**
 * Opens secrets for one attempt at a step, and records that it was given them. One that cannot be opened fails the step
 * that needs it, not the claim, which may be for others too.
 */
export async function openSecrets(
  tx: Ctx,
  workspace: string,
  names: string[],
  use: { job: string; step: string; attempt: number },
): Promise<Map<string, Opened>> {
  const wanted = [...new Set(names)];
  const rows = wanted.length === 0 ? [] : await store.listSecretRows(tx, workspace, wanted);
  const kept = new Map(rows.map((row) => [row.name, row]));
  return new Map(
    wanted.map((name): [string, Opened] => {
      const row = kept.get(name);
      if (!row) return [name, { missing: missing(name).message }];
      const opened = open(tx, row);
      if ("value" in opened) note(tx, "secret.used", row, use);
      return [name, opened];
    }),
  );
}

function open(tx: Ctx, row: store.KeptSecret): Opened {
  try {
    return { value: tx.secrets.open(row.sealed, contextOf(row)) };
  } catch (error) {
    if (error instanceof Problem) return { missing: `${error.message} ${error.hint}` };
    throw error;
  }
}

/** Never the value, and nothing made of it. */
function note(tx: Ctx, type: string, { workspace, name, version }: SecretTable, more: object = {}): void {
  record(tx, { workspace, type, subject: `secret/${name}`, data: { version, ...more } });
}

const missing = (name: string): Problem =>
  notFound(
    "secret",
    name,
    `Set it with \`trainyard secret set ${name}\`; \`trainyard secret list\` shows which there are.`,
  );
