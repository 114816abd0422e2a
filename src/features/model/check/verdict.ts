import type { ModelCheck, ModelFinding } from "../../../contract/model-check.ts";
import { digestOf } from "../../../platform/digest.ts";

/** What a person decided, and the findings that it was about. */
export interface Decision extends NonNullable<ModelCheck["decision"]> {
  about: string;
}

/** Tells findings from others, whatever words they are put in. */
export const fingerprintOf = (findings: ModelFinding[]): string =>
  digestOf(findings.map(({ file, rule, message }) => [file, rule, message]));

/**
 * The state of a version with these findings. Nobody releases what is refused; a release holds for what was found when
 * it was decided and nothing else.
 */
export function verdictOf(findings: ModelFinding[], decision: Decision | null): "accepted" | "quarantined" | "refused" {
  const has = (severity: ModelFinding["severity"]) => findings.some((finding) => finding.severity === severity);
  if (has("refused")) return "refused";
  if (!has("suspicious") && !has("unknown")) return "accepted";
  const isReleased = decision?.outcome === "release" && decision.about === fingerprintOf(findings);
  return isReleased ? "accepted" : "quarantined";
}
