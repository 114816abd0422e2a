import type { stageContract } from "../../contract/stage.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { listStages, putStage } from "./service.ts";

export { stageSchema } from "./schema.ts";
export { listStages, noteServed, takeStage } from "./service.ts";

export const stageHandlers: Handlers<typeof stageContract> = {
  list: async ({ params }, ctx) => ({ items: await listStages(ctx, params.workspace) }),
  put: ({ params, body }, ctx) => putStage(ctx, { ...params, ...body }),
};
