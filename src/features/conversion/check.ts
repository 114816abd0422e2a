import type { ModelFinding } from "../../contract/model-check.ts";
import { createExecution, type ExecutionHooks } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { checkTree, verdictOf } from "../model/index.ts";
import { end } from "./end.ts";
import type { ConversionTable } from "./schema.ts";
import * as store from "./store.ts";

/** Checks the result of a conversion as files that arrive are checked; the conversion ends with what that finds. */
export async function startResultCheck(tx: Ctx, { id, workspace }: ConversionTable): Promise<void> {
  await createExecution(tx, {
    workspace,
    kind: "conversion-check",
    subject: id,
    tasks: [{ name: "check", needs: [], kind: "system.conversion-check" }],
  });
}

export const conversionCheckHooks: ExecutionHooks = {
  kind: "conversion-check",
  prepare: async () => ({ do: "queue", payload: null }),
  run: async (ctx, { workspace, subject }, _task, signal): Promise<ModelFinding[]> => {
    const conversion = await store.findConversion(ctx.db, workspace, subject);
    if (!conversion?.digest) return [];
    return (await checkTree(ctx, workspace, conversion.digest, signal)).findings;
  },
  accept: async (tx, { workspace, subject }, _task, result) => {
    const findings = result as ModelFinding[];
    const conversion = await store.findConversion(tx.db, workspace, subject);
    if (conversion) await end(tx, conversion, errorOf(findings));
    return { findings: findings.length };
  },
  onEnd: async (tx, { workspace, subject, state, error, cancelReason }) => {
    if (state === "succeeded") return;
    const conversion = await store.findConversion(tx.db, workspace, subject);
    if (conversion) await end(tx, conversion, `The check of the result failed: ${error ?? cancelReason}`);
  },
};

/** Nobody releases the result of a conversion: what would be in quarantine as a model version is not served. */
function errorOf(findings: ModelFinding[]): string | null {
  if (verdictOf(findings, null) === "accepted") return null;
  const { file, message } = findings.find((finding) => finding.severity !== "note")!;
  return `The result was checked and is not accepted: ${file}: ${message}`;
}
