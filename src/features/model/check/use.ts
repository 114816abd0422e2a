import { Problem } from "../../../contract/errors.ts";
import type { CheckState, ModelFinding } from "../../../contract/model-check.ts";
import type { Ctx } from "../../../platform/context.ts";
import { transaction } from "../../../platform/db/transaction.ts";
import { ruleset } from "../../../platform/model-file/index.ts";
import type { VersionKey } from "../facts-store.ts";
import type { RegisteredVersion } from "../read.ts";
import { startCheck } from "./start.ts";
import * as store from "./store.ts";

type Version = Pick<RegisteredVersion, "name" | "version" | "digest">;

const lookEveryMs = 1000;

const keyOf = (workspace: string, { name, version }: Version): VersionKey => ({
  workspace,
  name,
  version: Number(version),
});

/** Refuses a version that may not be used: to deploy it, to give it to a job, to hand it out. */
export async function requireUsable(ctx: Ctx, workspace: string, version: Version): Promise<void> {
  if (version.digest === null) return;
  const check = await store.findCheck(ctx.db, keyOf(workspace, version));
  const problem = problemOf(version, check?.state ?? "unchecked", check?.findings ?? "[]");
  if (problem) throw problem;
}

function problemOf({ name, version }: Version, state: CheckState, findings: string): Problem | undefined {
  const called = `Version ${version} of model ${name}`;
  if (state === "accepted" || state === "none") return undefined;
  if (state === "checking" || state === "unchecked") {
    return new Problem("unavailable", `${called} is still being checked.`, {
      hint: "Try again in a moment; `trainyard model check` shows how it stands.",
    });
  }
  const [first] = (JSON.parse(findings) as ModelFinding[]).filter((finding) => finding.severity !== "note");
  const why = first ? `: ${first.file}: ${first.message}` : ".";
  if (state === "refused") {
    return new Problem("precondition_failed", `${called} was refused${why}`, {
      hint: `${first?.hint ?? ""} It cannot be released; register corrected files as a new version.`.trim(),
    });
  }
  return new Problem("precondition_failed", `${called} is in quarantine${why}`, {
    hint: "Somebody with the permission model:release can release it: `trainyard model release`.",
  });
}

/**
 * Waits until a version's check has ended, at most so long. One that was never checked, or by older rules, is checked
 * now. Then refuses the version if it may not be used.
 */
export async function awaitUsable(
  ctx: Ctx,
  workspace: string,
  version: Version,
  { waitMs, signal }: { waitMs: number; signal?: AbortSignal },
): Promise<void> {
  const { digest } = version;
  if (digest === null) return;
  const key = keyOf(workspace, version);
  const known = await store.findCheck(ctx.db, key);
  if (!known || (known.ruleset < ruleset && known.state !== "checking"))
    await transaction(ctx, (tx) => startCheck(tx, key, digest));
  const end = ctx.clock.now() + waitMs;
  for (;;) {
    const left = end - ctx.clock.now();
    const wake = ctx.signals.wait("model-check", Math.max(0, Math.min(left, lookEveryMs)), signal);
    const check = await store.findCheck(ctx.db, key);
    if (check?.state !== "checking" || left <= 0 || signal?.aborted) return requireUsable(ctx, workspace, version);
    await wake;
  }
}
