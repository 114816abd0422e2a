import type { conversionContract } from "../../contract/conversion.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { convertModel, listConversions } from "./service.ts";

export { conversionCheckHooks } from "./check.ts";
export { conversionJobs } from "./finish.ts";
export { conversionReferences } from "./references.ts";
export { conversionSchema } from "./schema.ts";
export { passedConversion, servedConversion } from "./serve.ts";

export const conversionHandlers: Handlers<typeof conversionContract> = {
  convert: ({ params, body }, ctx) => convertModel(ctx, { ...params, ...body }),
  conversions: async ({ params }, ctx) => ({
    items: await listConversions(ctx, params.workspace, params.name, params.version),
  }),
};
