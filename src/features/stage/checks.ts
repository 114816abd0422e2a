import { type Issue, invalid } from "../../contract/errors.ts";
import type { Check } from "../../contract/stage.ts";

/** Refuses checks that contradict themselves or each other. */
export function validateChecks(stage: string, checks: Check[]): void {
  const issues = checks.flatMap((check, index): Issue[] => {
    const at = `checks[${index}]`;
    const first = checks.findIndex((other) => other.type === check.type);
    if ((check.type === "approval" || check.type === "smoke") && first !== index) {
      return [{ at, message: `a stage has at most one ${check.type} check` }];
    }
    const message = contradictionOf(check);
    return message ? [{ at, message }] : [];
  });
  if (issues[0]) {
    throw invalid(`The checks of stage "${stage}" are not valid: ${issues[0].at}: ${issues[0].message}.`, { issues });
  }
}

function contradictionOf(check: Check): string | undefined {
  if (check.type === "metric") {
    const { metric, min, max } = check;
    if (min === undefined && max === undefined) return `the metric "${metric}" needs "min" or "max"`;
    if (min !== undefined && max !== undefined && min > max)
      return `no ${metric} is at least ${min} and at most ${max}`;
  }
  if (check.type === "approval") {
    const people = new Set(check.approvers).size;
    if (people > 0 && check.minimum > people) return `${check.minimum} approvals are wanted of ${people} approvers`;
  }
  return undefined;
}
