// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way

import { didYouMean } from "../../contract/suggest.ts";
import {
  type Distribution,
  distributionSchema,
  type EarlyTermination,
  type Sampling,
  type Sweep,
} from "../../contract/sweep.ts";
import { describe, type MapEntry, type MapNode, type Node } from "./document.ts";
import { boolean, type Fields, integer, number, readFields, type Shape, scalar, scalars, text } from "./fields.ts";
import type { Issues } from "./issues.ts";
import type { sweepJobShape, sweepStepShape } from "./schema.ts";

type SweepFields = Fields<typeof sweepJobShape> | Fields<typeof sweepStepShape>;

/** What a sweep looks for, where and how; what it runs is its trial. */
export function readSweep(root: MapNode, fields: SweepFields, what: string, issues: Issues): Sweep | undefined {
  const { objective, limits } = fields;
  for (const name of ["search_space", "objective"] as const)
    if (!fields[name]) issues.add(root.at, `${what} needs the field "${name}"`);
  if (objective && !(objective.goal && objective.primary_metric))
    issues.add(root.entries.get("objective")!.at, '"objective" needs "goal" and "primary_metric"');
  const searchSpace = Object.fromEntries(
    (fields.search_space ?? []).flatMap((entry) => {
      const distribution = readDistribution(entry, issues);
      return distribution ? [[entry.name, distribution] as const] : [];
    }),
  );
  const sampling = readSampling(fields.sampling_algorithm, issues);
  if (!fields.search_space || !objective?.goal || !objective.primary_metric) return undefined;
  return {
    searchSpace,
    objective: { goal: objective.goal.value, primaryMetric: objective.primary_metric.value },
    sampling,
    earlyTermination: fields.early_termination ? readPolicy(fields.early_termination, issues) : null,
    limits: {
      maxTotalTrials: limits?.max_total_trials?.value ?? 1000,
      maxConcurrentTrials: limits?.max_concurrent_trials?.value ?? 100,
      ...(limits?.timeout ? { timeoutSeconds: limits.timeout.value } : {}),
      ...(limits?.trial_timeout ? { trialTimeoutSeconds: limits.trial_timeout.value } : {}),
    },
  };
}

const real = number(-Number.MAX_VALUE, Number.MAX_VALUE);
const bounds = { type: text, min_value: real, max_value: real };
const normal = { type: text, mu: real, sigma: real };
const q = { q: real };
const distributionShapes: Record<Distribution["type"], Shape> = {
  choice: { type: text, values: scalars },
  randint: { type: text, upper: integer(1, Number.MAX_SAFE_INTEGER) },
  uniform: bounds,
  quniform: { ...bounds, ...q },
  loguniform: bounds,
  qloguniform: { ...bounds, ...q },
  normal,
  qnormal: { ...normal, ...q },
  lognormal: normal,
  qlognormal: { ...normal, ...q },
};
const ourNames: Record<string, string> = { min_value: "min", max_value: "max" };

function readDistribution({ name, at, node }: MapEntry, issues: Issues): Distribution | undefined {
  if (node.kind !== "map") {
    issues.add(node.at, `the parameter "${name}" of the search space must be a mapping, but it is ${describe(node)}`);
    return undefined;
  }
  const type = wordOf(node, "type");
  const shape =
    type && Object.hasOwn(distributionShapes, type) ? distributionShapes[type as Distribution["type"]] : undefined;
  if (!shape) {
    const message =
      type === undefined ? `the parameter "${name}" needs the field "type"` : `there is no distribution "${type}"`;
    issues.add(
      node.entries.get("type")?.node.at ?? at,
      message,
      didYouMean(type ?? "", Object.keys(distributionShapes)),
    );
    return undefined;
  }
  const read = readFields(node, `the parameter "${name}"`, shape, issues, Object.keys(shape));
  const values = Object.entries(read).flatMap(([field, value]) => {
    if (field === "type" || value === undefined) return [];
    const plain = Array.isArray(value) ? value.map((item) => item.value) : (value as { value: unknown }).value;
    return [[ourNames[field] ?? field, plain] as const];
  });
  if (values.length + 1 < Object.keys(shape).length) return undefined;
  const parsed = distributionSchema.safeParse({ type, ...Object.fromEntries(values) });
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues[0]!;
  issues.add(node.at, `the parameter "${name}" is not valid: ${problem.path.join(".")}: ${problem.message}`);
  return undefined;
}

const wordOf = (node: MapNode, field: string): string | undefined => {
  const found = node.entries.get(field)?.node;
  return found?.kind === "scalar" && found.value !== null ? found.text.trim().toLowerCase() : undefined;
};

const samplingShape = { type: text, rule: text, seed: integer(0, Number.MAX_SAFE_INTEGER), logbase: scalar };
const algorithms = ["random", "grid", "bayesian"] as const;

function readSampling(node: Node | undefined, issues: Issues): Sampling {
  const ordinary: Sampling = { type: "random", rule: "random" };
  if (!node) return ordinary;
  const fields = node.kind === "map" ? readFields(node, "the sampling algorithm", samplingShape, issues, ["type"]) : {};
  const word = node.kind === "scalar" ? node.text.trim().toLowerCase() : fields.type?.value.toLowerCase();
  const type = word === "sobol" ? "random" : algorithms.find((known) => known === word);
  if (!type) {
    issues.add(
      node.at,
      `there is no sampling algorithm "${word ?? ""}"`,
      didYouMean(word ?? "", [...algorithms, "sobol"]),
    );
    return ordinary;
  }
  if (type === "grid") return { type };
  const seed = fields.seed ? { seed: fields.seed.value } : {};
  if (type === "bayesian") return { type, ...seed };
  const rule = word === "sobol" ? "sobol" : (fields.rule?.value.toLowerCase() ?? "random");
  if (rule !== "random" && rule !== "sobol") {
    issues.add(fields.rule!.at, `there is no rule "${rule}" of random sampling`, didYouMean(rule, ["random", "sobol"]));
    return ordinary;
  }
  return { type, rule, ...seed, ...readLogbase(fields.logbase, issues) };
}

function readLogbase(node: Fields<typeof samplingShape>["logbase"], issues: Issues): { logbase?: number } {
  if (!node || node.text.trim().toLowerCase() === "e") return {};
  const base = Number(node.text);
  if (Number.isFinite(base)) return { logbase: base };
  issues.add(node.at, `"logbase" must be a number or e, but it is ${describe(node)}`);
  return {};
}

const whole = integer(0, 1_000_000);
const policyShape = {
  type: text,
  evaluation_interval: whole,
  delay_evaluation: whole,
  slack_factor: real,
  slack_amount: real,
  truncation_percentage: integer(1, 99),
  exclude_finished_jobs: boolean,
  min_reports: whole,
  reduction_factor: whole,
};
const policies = ["bandit", "median_stopping", "truncation_selection", "asha"] as const;

function readPolicy(node: MapNode, issues: Issues): EarlyTermination | null {
  const fields = readFields(node, "the early termination", policyShape, issues, ["type"]);
  const type = policies.find((known) => known === fields.type?.value.toLowerCase());
  if (!type) {
    const word = fields.type?.value ?? "";
    if (fields.type) issues.add(fields.type.at, `there is no early termination "${word}"`, didYouMean(word, policies));
    return null;
  }
  const common = {
    evaluationInterval: Math.max(fields.evaluation_interval?.value ?? 1, 1),
    delayEvaluation: fields.delay_evaluation?.value ?? 0,
  };
  if (type === "median_stopping") return { type, ...common };
  if (type === "bandit") {
    return {
      ...{ type, ...common },
      ...(fields.slack_factor ? { slackFactor: fields.slack_factor.value } : {}),
      ...(fields.slack_amount ? { slackAmount: fields.slack_amount.value } : {}),
    };
  }
  if (type === "asha") {
    return {
      type,
      minReports: Math.max(fields.min_reports?.value ?? 1, 1),
      reductionFactor: Math.max(fields.reduction_factor?.value ?? 4, 2),
    };
  }
  if (!fields.truncation_percentage) issues.add(node.at, '"truncation_selection" needs "truncation_percentage"');
  return {
    ...{ type, ...common },
    truncationPercentage: fields.truncation_percentage?.value ?? 50,
    excludeFinishedJobs: fields.exclude_finished_jobs?.value ?? true,
  };
}
