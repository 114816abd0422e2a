import { conflict } from "../../../contract/errors.ts";
import type { ModelFinding } from "../../../contract/model-check.ts";
import type { Ctx } from "../../../platform/context.ts";
import { transaction } from "../../../platform/db/transaction.ts";
import { getVersion } from "../read.ts";
import { ended } from "./end.ts";
import { startCheck } from "./start.ts";
import * as store from "./store.ts";
import { type Decision, fingerprintOf } from "./verdict.ts";
import { checkOf } from "./view.ts";

interface Named {
  workspace: string;
  name: string;
  version: string;
}

export async function showCheck(ctx: Ctx, { workspace, name, version }: Named) {
  const { digest } = await getVersion(ctx, workspace, name, version);
  const { check } = await checkOf(ctx, { workspace, name, version: Number(version) }, digest);
  return { ...check, digest };
}

/** Checks the files again, by the rules of now. */
export async function checkAgain(ctx: Ctx, named: Named) {
  return transaction(ctx, async (tx) => {
    const { digest } = await getVersion(tx, named.workspace, named.name, named.version);
    if (digest === null)
      throw conflict("The files of this version are kept elsewhere.", "Register files that this server has.");
    await startCheck(tx, { ...named, version: Number(named.version) }, digest, true);
    return showCheck(tx, named);
  });
}

/** A person releases a version from quarantine, or says that it is there rightly; either way with a reason. */
export async function decideCheck(
  ctx: Ctx,
  { outcome, reason, ...named }: Named & { outcome: "release" | "confirm"; reason: string },
) {
  return transaction(ctx, async (tx) => {
    await getVersion(tx, named.workspace, named.name, named.version);
    const key = { ...named, version: Number(named.version) };
    const row = await store.findCheck(tx.db, key);
    const called = `Version ${named.version} of model ${named.name}`;
    if (row?.state === "refused") {
      throw conflict(`${called} was refused and cannot be released.`, "Register corrected files as a new version.");
    }
    const mayChangeMind = row?.state === "accepted" && row.decision !== null;
    if (row?.state !== "quarantined" && !(mayChangeMind && outcome === "confirm")) {
      throw conflict(`${called} is not in quarantine; it is ${row?.state ?? "unchecked"}.`);
    }
    const findings = JSON.parse(row.findings) as ModelFinding[];
    const by = { id: tx.actor.id, name: tx.actor.name };
    const decision: Decision = { outcome, reason, by, at: tx.clock.now(), about: fingerprintOf(findings) };
    const state = outcome === "release" ? "accepted" : "quarantined";
    await store.putCheck(tx.db, { ...row, state, decision: JSON.stringify(decision) });
    ended(tx, key, outcome === "release" ? "released" : "confirmed", findings, reason);
    return showCheck(tx, named);
  });
}
