import type { CheckState, ModelCheck, ModelFacts } from "../../../contract/model-check.ts";
import type { Ctx } from "../../../platform/context.ts";
import type { VersionKey } from "../facts-store.ts";
import type { ModelCheckTable } from "./schema.ts";
import { noFacts } from "./start.ts";
import * as store from "./store.ts";
import type { Decision } from "./verdict.ts";

export interface CheckedVersion {
  check: ModelCheck;
  facts: ModelFacts;
}

/** The check of a version, and what its files say about it. */
export async function checkOf(ctx: Ctx, key: VersionKey, digest: string | null): Promise<CheckedVersion> {
  const row = await store.findCheck(ctx.db, key);
  if (!row) {
    const check = { state: stateWithout(digest), ruleset: 0, findings: [], checkedAt: null, decision: null };
    return { check, facts: noFacts };
  }
  return { check: shown(row), facts: JSON.parse(row.facts) as ModelFacts };
}

export const stateWithout = (digest: string | null): CheckState => (digest === null ? "none" : "unchecked");

function shown(row: ModelCheckTable): ModelCheck {
  const decision = row.decision === null ? null : (JSON.parse(row.decision) as Decision);
  return {
    state: row.state,
    ruleset: row.ruleset,
    findings: JSON.parse(row.findings),
    checkedAt: row.checked_at,
    decision: decision && { outcome: decision.outcome, reason: decision.reason, by: decision.by, at: decision.at },
  };
}
