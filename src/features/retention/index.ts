import type { gcContract } from "../../contract/gc.ts";
import type { BlobReferences } from "../../platform/blob/references.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { collectGarbage } from "./collect.ts";
import { getRetention, setRetention } from "./policy.ts";

export { retentionPolicySchema } from "./policy-schema.ts";

export const createGcHandlers = (references: BlobReferences[]): Handlers<typeof gcContract> => ({
  collect: ({ params, body }, ctx) => collectGarbage(ctx, references, { ...params, ...body }),
  getRetention: ({ params }, ctx) => getRetention(ctx, params.workspace),
  setRetention: ({ params, body }, ctx) => setRetention(ctx, params.workspace, body),
});
