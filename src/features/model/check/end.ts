import type { ModelFinding } from "../../../contract/model-check.ts";
import type { Ctx } from "../../../platform/context.ts";
import { record } from "../../../platform/events/journal.ts";
import type { VersionKey } from "../facts-store.ts";

const told = 20;

/** Tells everybody what a check found, or what a person made of it. */
export function ended(
  tx: Ctx,
  { workspace, name, version }: VersionKey,
  state: string,
  findings: ModelFinding[],
  reason?: string,
): void {
  record(tx, {
    workspace,
    type: `model.version.${state}`,
    subject: `model/${name}/${version}`,
    data: { findings: findings.slice(0, told).map(({ file, rule, message }) => ({ file, rule, message })) },
    reason,
  });
  tx.unit?.afterCommit.push(() => tx.signals.wake("model-check"));
}
