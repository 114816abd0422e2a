import { accessContract } from "./access.ts";
import { agentContract } from "./agent.ts";
import { auditContract } from "./audit.ts";
import { blobContract } from "./blob.ts";
import { buildContract } from "./build.ts";
import { cardContract } from "./card.ts";
import { componentContract } from "./component.ts";
import { computeContract } from "./compute.ts";
import { conversionContract } from "./conversion.ts";
import { dataContract } from "./data.ts";
import { datastoreContract } from "./datastore.ts";
import { endpointContract } from "./endpoint.ts";
import { environmentContract } from "./environment.ts";
import { experimentContract } from "./experiment.ts";
import { gcContract } from "./gc.ts";
import { importContract } from "./import.ts";
import { jobContract } from "./job.ts";
import { lineageContract } from "./lineage.ts";
import { modelContract } from "./model.ts";
import { monitorContract } from "./monitor.ts";
import { pipelineContract } from "./pipeline.ts";
import { releaseContract } from "./release.ts";
import { runContract } from "./run.ts";
import { scheduleContract } from "./schedule.ts";
import { secretContract } from "./secret.ts";
import { servingContract } from "./serving.ts";
import { stageContract } from "./stage.ts";
import { systemContract } from "./system.ts";
import { traceContract } from "./trace.ts";
import { viewContract } from "./view.ts";
import { webhookContract } from "./webhook.ts";
import { workspaceContract } from "./workspace.ts";

/** Every operation of the API, by noun. */
export const contract = {
  system: systemContract,
  workspace: workspaceContract,
  access: accessContract,
  audit: auditContract,
  blob: blobContract,
  data: dataContract,
  datastore: datastoreContract,
  secret: secretContract,
  environment: environmentContract,
  component: componentContract,
  compute: computeContract,
  job: jobContract,
  pipeline: pipelineContract,
  schedule: scheduleContract,
  experiment: experimentContract,
  run: runContract,
  trace: traceContract,
  view: viewContract,
  model: { ...modelContract, ...conversionContract },
  lineage: lineageContract,
  import: importContract,
  card: cardContract,
  gc: gcContract,
  build: buildContract,
  stage: stageContract,
  release: releaseContract,
  endpoint: endpointContract,
  monitor: monitorContract,
  webhook: webhookContract,
  agent: agentContract,
  serving: servingContract,
};
export type TrainyardContract = typeof contract;
