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

/** What a workspace decided about its registry. */
export const modelPolicySchema = z.strictObject({
  /** Aliases that only `model:promote` moves; upper and lower case count as one. */
  protectedAliases: z.array(patternSchema).max(100).default(["champion", "production*"]),
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
    }),
    response: modelPolicySchema,
  }),
};
