import { z } from "zod";
import { literalSchema } from "./literal.ts";

const number = z.number().refine(Number.isFinite);
const bounds = { min: number, max: number };
/** Values are multiples of it. */
const q = number.refine((step) => step > 0);

/** Where the values of one parameter of a sweep come from; names and fields as in Azure ML. */
export const distributionSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("choice"),
    values: z.array(literalSchema).min(1).max(10_000),
  }),
  z.strictObject({ type: z.literal("randint"), upper: z.number().int().min(1) }),
  z.strictObject({ type: z.literal("uniform"), ...bounds }),
  z.strictObject({ type: z.literal("quniform"), ...bounds, q }),
  z.strictObject({ type: z.literal("loguniform"), ...bounds }),
  z.strictObject({ type: z.literal("qloguniform"), ...bounds, q }),
  z.strictObject({ type: z.literal("normal"), mu: number, sigma: number.positive() }),
  z.strictObject({ type: z.literal("qnormal"), mu: number, sigma: number.positive(), q }),
  z.strictObject({ type: z.literal("lognormal"), mu: number, sigma: number.positive() }),
  z.strictObject({ type: z.literal("qlognormal"), mu: number, sigma: number.positive(), q }),
]);
export type Distribution = z.infer<typeof distributionSchema>;

const policyCommon = {
  /** Looked at each time a trial has reported the metric so many times more. */
  evaluationInterval: z.number().int().min(1).default(1),
  /** Not before a trial has reported it so many times. */
  delayEvaluation: z.number().int().min(0).default(0),
};

/** When a trial that does worse than the others is ended before its time. */
export const earlyTerminationSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("bandit"),
    ...policyCommon,
    slackFactor: number.min(0).optional(),
    slackAmount: number.min(0).optional(),
  }),
  z.strictObject({ type: z.literal("median_stopping"), ...policyCommon }),
  z.strictObject({
    type: z.literal("truncation_selection"),
    ...policyCommon,
    truncationPercentage: z.number().int().min(1).max(99),
    excludeFinishedJobs: z.boolean().default(true),
  }),
  /** Asynchronous successive halving: rungs at `minReports × reductionFactor^k` reports; the best 1/reductionFactor go on. */
  z.strictObject({
    type: z.literal("asha"),
    minReports: z.number().int().min(1).default(1),
    reductionFactor: z.number().int().min(2).default(4),
  }),
]);
export type EarlyTermination = z.infer<typeof earlyTerminationSchema>;

export const samplingSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("grid") }),
  z.strictObject({
    type: z.literal("random"),
    rule: z.enum(["random", "sobol"]).default("random"),
    seed: z.number().int().min(0).optional(),
    /** Base of the logarithm that `loguniform` bounds are exponents of; e when it is not given. */
    logbase: number.optional(),
  }),
  /** Tree-structured Parzen estimator. */
  z.strictObject({ type: z.literal("bayesian"), seed: z.number().int().min(0).optional() }),
]);
export type Sampling = z.infer<typeof samplingSchema>;

/** So many trials one sweep may have. */
export const mostTrials = 10_000;

/** What a sweep looks for, where and how. */
export const sweepSchema = z.strictObject({
  searchSpace: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/), distributionSchema),
  objective: z.strictObject({ goal: z.enum(["minimize", "maximize"]), primaryMetric: z.string().min(1).max(250) }),
  sampling: samplingSchema.default({ type: "random", rule: "random" }),
  earlyTermination: earlyTerminationSchema.nullable().default(null),
  limits: z
    .strictObject({
      maxTotalTrials: z.number().int().min(1).max(mostTrials).default(1000),
      maxConcurrentTrials: z.number().int().min(1).max(1000).default(100),
      timeoutSeconds: z
        .number()
        .positive()
        .max(30 * 86_400)
        .optional(),
      trialTimeoutSeconds: z
        .number()
        .positive()
        .max(30 * 86_400)
        .optional(),
    })
    .prefault({}),
});
export type Sweep = z.infer<typeof sweepSchema>;
