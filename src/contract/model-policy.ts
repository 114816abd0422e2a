import { z } from "zod";
import { inWorkspace } from "./common.ts";
import { operation } from "./operation.ts";

const patternSchema = z
  .string()
  .regex(/^[\w*-]{1,255}$/, "a pattern has letters, digits, '_', '-', and '*' for any number of them");

/** What people write in the card of a model version. */
export const cardSectionKeys = ["summary", "intended-use", "limitations", "fairness", "contact"] as const;
export type CardSectionKey = (typeof cardSectionKeys)[number];

/** What a card can be required to have: sections, and facts that Trainyard must know. */
export const cardPartSchema = z.enum([...cardSectionKeys, "training-data", "metrics"]);
export type CardPart = z.infer<typeof cardPartSchema>;

const requiredCardSchema = z.array(cardPartSchema).max(20);

const stageNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][\w .-]{0,99}$/, "a stage has 1 to 100 letters, digits, ' ', '_', '.' or '-'");

/** Stages of versions, in their order, between `None` and MLflow's `Staging`. */
const stagesSchema = z
  .array(stageNameSchema)
  .max(50)
  .refine((names) => new Set(names.map((name) => name.toLowerCase())).size === names.length, "a stage is named twice")
  .refine(
    (names) => !names.some((name) => /^(none|staging|production|archived|latest)$/i.test(name)),
    "None, Staging, Production and Archived are there already, and latest means something else",
  );

/** What a workspace decided about its registry. */
export const modelPolicySchema = z.strictObject({
  /** Aliases that only `model:promote` moves; upper and lower case count as one. */
  protectedAliases: z.array(patternSchema).max(100).default(["champion", "production*"]),
  stages: stagesSchema.default([]),
  /** Stages that only `model:promote` moves versions into or out of; upper and lower case count as one. */
  protectedStages: z.array(stageNameSchema).max(50).default(["Production"]),
  /** What a card needs to be complete. */
  requiredCard: requiredCardSchema.default(["summary", "intended-use", "limitations", "training-data", "metrics"]),
});
export type ModelPolicy = z.infer<typeof modelPolicySchema>;

export const modelPolicyContract = {
  getPolicy: operation({
    method: "GET",
    path: "/workspaces/{workspace}/model-policy",
    summary: "What the workspace decided about its registry, such as protected aliases",
    permission: "model:read",
    params: inWorkspace,
    response: modelPolicySchema,
  }),
  setPolicy: operation({
    method: "PATCH",
    path: "/workspaces/{workspace}/model-policy",
    summary: "Change what the workspace decided about its registry; what is not named stays",
    permission: "model:promote",
    params: inWorkspace,
    body: z.strictObject({
      protectedAliases: z.array(patternSchema).max(100).optional(),
      requiredCard: requiredCardSchema.optional(),
      stages: stagesSchema.optional(),
      protectedStages: z.array(stageNameSchema).max(50).optional(),
    }),
    response: modelPolicySchema,
  }),
};
