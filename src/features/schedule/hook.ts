import { randomBytes } from "node:crypto";
import { conflict, Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { sha256 } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { bodyValuesOf } from "./body.ts";
import { type Call, callKeyOf, keyContext, newSigningKey, requireSignature } from "./call.ts";
import { enqueue } from "./note.ts";
import { settingsOf } from "./settings.ts";
import * as store from "./store.ts";
import { requireSchedule } from "./view.ts";

/** A new secret address, and the key that signs its calls when they must be signed. Of the address only its hash is kept. */
export async function renewHook(
  ctx: Ctx,
  workspace: string,
  name: string,
): Promise<{ path: string; signingKey: string | null }> {
  return transaction(ctx, async (tx) => {
    const { trigger } = settingsOf(await requireSchedule(tx, workspace, name));
    if (trigger.type !== "webhook") throw conflict(`Schedule ${name} has no webhook trigger, so it has no address.`);
    const secret = randomBytes(24).toString("base64url");
    const signingKey = trigger.signed ? newSigningKey() : null;
    const sealed = signingKey && tx.secrets.seal(signingKey, keyContext({ workspace, name }));
    await store.setSchedule(tx, { workspace, name }, { hook: sha256(secret), hook_key: sealed });
    record(tx, { workspace, type: "schedule.address-renewed", subject: `schedule/${name}` });
    return { path: `/api/v1/hooks/${workspace}/${name}/${secret}`, signingKey };
  });
}

/** A call of the address. Whoever does not know it learns nothing, not even whether the schedule is there. */
export async function callHook(
  ctx: Ctx,
  { workspace, name, secret }: { workspace: string; name: string; secret: string },
  call: Call,
): Promise<{ firing: string; repeated: boolean }> {
  return transaction(ctx, async (tx) => {
    const row = await store.findSchedule(tx, workspace, name);
    const settings = row && settingsOf(row);
    if (!row?.hook || row.hook !== sha256(secret) || settings?.trigger.type !== "webhook") {
      throw new Problem("not_found", "There is nothing at this address.");
    }
    if (settings.trigger.signed) {
      if (row.hook_key === null) throw conflict("Calls must be signed, and no key was made: make a new address.");
      requireSignature(call, tx.secrets.open(row.hook_key, keyContext(row)), tx.clock.now());
    }
    if (!settings.enabled) throw conflict("The schedule is disabled.");
    const key = callKeyOf(call) ?? `webhook/${tx.ids.next()}`;
    const before = await store.findFiring(tx, { workspace, schedule: name, key });
    if (before) return { firing: before.id, repeated: true };
    const bodyValues = await bodyValuesOf(tx, workspace, settings, call.body);
    const noted = await enqueue(tx, row, { dueAt: tx.clock.now(), cause: "webhook", key, bodyValues });
    if (noted) return { firing: noted.id, repeated: false };
    // The same call came at once on another server.
    return { firing: (await store.findFiring(tx, { workspace, schedule: name, key }))!.id, repeated: true };
  });
}
