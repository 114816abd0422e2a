import { z } from "zod";
import { inWorkspace } from "./common.ts";
import { operation } from "./operation.ts";

const patternSchema = z
  .string()
  .regex(/^[\w*-]{1,255}$/, "a pattern has letters, digits, '_', '-', and '*' for any number of them");

/** What a workspace decided about its registry. */
export const modelPolicySchema = z.strictObject({
  /** Aliases that only `model:promote` moves; upper and lower case count as one. */
  protectedAliases: z.array(patternSchema).max(100).default(["champion", "production*"]),
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
    body: z.strictObject({ protectedAliases: z.array(patternSchema).max(100).optional() }),
    response: modelPolicySchema,
  }),
};
