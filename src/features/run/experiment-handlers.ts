import type { experimentContract } from "../../contract/experiment.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { createExperiment, deleteExperiment, renameExperiment, restoreExperiment } from "./experiment.ts";

export const experimentHandlers: Handlers<typeof experimentContract> = {
  create: async ({ params, body }, ctx) => ({ id: await createExperiment(ctx, { ...params, ...body }) }),
  rename: ({ params, body }, ctx) =>
    renameExperiment(ctx, params.workspace, params.id, body.name).then(() => undefined),
  delete: ({ params }, ctx) => deleteExperiment(ctx, params.workspace, params.id).then(() => undefined),
  restore: ({ params }, ctx) => restoreExperiment(ctx, params.workspace, params.id).then(() => undefined),
};
