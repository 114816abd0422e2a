import type { importContract } from "../../contract/import.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { importRegisteredModel } from "./model.ts";
import {
  filesOf,
  importArtifacts,
  importExperiments,
  importLoggedModels,
  importRuns,
  importSeries,
  knownOf,
  verify,
} from "./service.ts";

export { importSchema } from "./schema.ts";

export const importHandlers: Handlers<typeof importContract> = {
  experiments: ({ params, body }, ctx) => importExperiments(ctx, params.workspace, body.experiments),
  known: ({ params, body }, ctx) => knownOf(ctx, params.workspace, body.ids),
  runs: ({ params, body }, ctx) => importRuns(ctx, params.workspace, body.runs),
  points: ({ params, body }, ctx) => importSeries(ctx, params.workspace, body.series),
  loggedModels: ({ params, body }, ctx) => importLoggedModels(ctx, params.workspace, body.models),
  artifacts: ({ params, body }, ctx) => importArtifacts(ctx, params.workspace, body.files),
  files: ({ params, body }, ctx) => filesOf(ctx, params.workspace, body.owner),
  verify: ({ params, body }, ctx) => verify(ctx, params.workspace, body.items),
  model: ({ params, body }, ctx, call) => importRegisteredModel(ctx, call.principal!, params.workspace, body),
};
