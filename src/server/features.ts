import type { ExecutionHooks } from "../engine/index.ts";
import {
  deadlineSchema,
  engineSchema,
  historySchema,
  placementSchema,
  planningSchema,
  postSchema,
} from "../engine/index.ts";
import { accessHandlers, accessSchema, credentialTaskSchema } from "../features/access/index.ts";
import { agentSchema } from "../features/agent/index.ts";
import { createAuditHandlers } from "../features/audit/index.ts";
import { blobHandlers, blobSchema, blobTouchSchema } from "../features/blob/index.ts";
import { buildHandlers, buildJobs, buildModelSchema, buildSchema, retrainedModels } from "../features/build/index.ts";
import { cardSchema, createCardHandlers } from "../features/card/index.ts";
import { componentHandlers, componentSchema } from "../features/component/index.ts";
import { computeHandlers, computeSchemaStep } from "../features/compute/index.ts";
import {
  conversionCheckHooks,
  conversionHandlers,
  conversionJobs,
  conversionSchema,
} from "../features/conversion/index.ts";
import { createDataHandlers, dataHooks, dataSchema, dataSourceSchema } from "../features/data/index.ts";
import { createDatastoreHandlers, datastoreSchemaStep } from "../features/datastore/index.ts";
import { deploymentsOf, endpointHandlers, endpointSchema, servingHandlers } from "../features/endpoint/index.ts";
import { environmentContentSchema, environmentHandlers, environmentSchema } from "../features/environment/index.ts";
import { evaluationSchema } from "../features/evaluation/index.ts";
import { importHandlers, importSchema } from "../features/import/index.ts";
import {
  attemptSchema,
  createJobHandlers,
  decisionSchema,
  fanOutCountSchema,
  fanOutOriginSchema,
  fanOutPartSchema,
  fanOutReuseSchema,
  fanOutSchema,
  jobHooks,
  jobSchema,
  jobTagSchema,
  lookupSchema,
  originSchema,
  snapshotSchema,
  takeFiles,
  trashSchema,
  trialMarkFillSchema,
  trialMarkSchema,
  writtenBySchema,
} from "../features/job/index.ts";
import { factsOf, lineageHandlers, lineageOf, originOfRun } from "../features/lineage/index.ts";
import { createModelHandlers, modelCheckHooks, modelSchemas } from "../features/model/index.ts";
import { monitorHandlers, monitorHooks, monitorSchema } from "../features/monitor/index.ts";
import { pipelineCodeSchema, pipelineHandlers, pipelineSchema, requirePipeline } from "../features/pipeline/index.ts";
import { releaseHandlers, releaseHooks, releaseSchema, retrainedBuilds } from "../features/release/index.ts";
import { createGcHandlers, retentionPolicySchema } from "../features/retention/index.ts";
import {
  blockSchema,
  experimentHandlers,
  factSchema,
  headSchema,
  inputOrderSchema,
  inputSchema,
  loggedModelSchema,
  parentSchema,
  runHandlers,
  runOrderSchema,
  runSchema,
  searchIndexSchema,
  uploadSchema,
} from "../features/run/index.ts";
import {
  askedBySchema,
  callSchema,
  changedData,
  firingOrderSchema,
  scheduleHandlers,
  scheduleSchema,
} from "../features/schedule/index.ts";
import { secretHandlers, secretSchemaStep } from "../features/secret/index.ts";
import { stageHandlers, stageSchema } from "../features/stage/index.ts";
import { traceHandlers, traceLinkSchema, traceSchemaStep } from "../features/trace/index.ts";
import { folderOfUrl, urlSchema } from "../features/url/index.ts";
import { viewHandlers, viewSchema } from "../features/view/index.ts";
import { webhookDeliveries, webhookHandlers, webhookSchema } from "../features/webhook/index.ts";
import { workspaceHandlers, workspaceSchema } from "../features/workspace/index.ts";
import type { SchemaStep } from "../platform/db/migrate.ts";
import { takenNameSchema } from "../platform/db/take-name.ts";
import type { Subscriber } from "../platform/events/deliver.ts";
import { parkingSchema } from "../platform/events/parking.ts";
import { eventSchema } from "../platform/events/schema.ts";
import { blobReferences } from "./references.ts";

/** Every step of the schema; their names order them. */
export const schemaSteps: SchemaStep[] = [
  eventSchema,
  parkingSchema,
  accessSchema,
  workspaceSchema,
  blobSchema,
  blobTouchSchema,
  engineSchema,
  environmentSchema,
  jobSchema,
  fanOutSchema,
  fanOutOriginSchema,
  pipelineSchema,
  scheduleSchema,
  agentSchema,
  runSchema,
  loggedModelSchema,
  inputSchema,
  inputOrderSchema,
  factSchema,
  headSchema,
  uploadSchema,
  viewSchema,
  parentSchema,
  ...modelSchemas,
  conversionSchema,
  cardSchema,
  dataSchema,
  endpointSchema,
  stageSchema,
  buildSchema,
  buildModelSchema,
  releaseSchema,
  monitorSchema,
  webhookSchema,
  evaluationSchema,
  traceSchemaStep,
  importSchema,
  planningSchema,
  placementSchema,
  deadlineSchema,
  computeSchemaStep,
  traceLinkSchema,
  decisionSchema,
  searchIndexSchema,
  runOrderSchema,
  urlSchema,
  originSchema,
  componentSchema,
  snapshotSchema,
  blockSchema,
  credentialTaskSchema,
  postSchema,
  fanOutCountSchema,
  lookupSchema,
  trashSchema,
  retentionPolicySchema,
  historySchema,
  firingOrderSchema,
  datastoreSchemaStep,
  dataSourceSchema,
  secretSchemaStep,
  takenNameSchema,
  environmentContentSchema,
  attemptSchema,
  callSchema,
  jobTagSchema,
  fanOutPartSchema,
  pipelineCodeSchema,
  trialMarkSchema,
  fanOutReuseSchema,
  askedBySchema,
  writtenBySchema,
  trialMarkFillSchema,
];

/** How features take part in executions. */
export const executionHooks: ExecutionHooks[] = [
  conversionCheckHooks,
  dataHooks,
  jobHooks,
  modelCheckHooks,
  monitorHooks,
  releaseHooks,
];

/** Kinds of tasks that run in the server. */
export const systemTaskKinds: string[] = [
  "system.profile",
  "system.model-check",
  "system.conversion-check",
  "system.drift",
  "system.release-checks",
  "system.release-deploy",
  "system.fetch",
  "system.store",
];

/** What reacts to changes. */
export const subscribers: Subscriber[] = [
  buildJobs,
  conversionJobs,
  retrainedModels,
  retrainedBuilds,
  webhookDeliveries,
  changedData,
];

/** Who answers each operation. */
export const featureHandlers = {
  access: accessHandlers,
  audit: createAuditHandlers(subscribers),
  blob: blobHandlers,
  environment: environmentHandlers,
  component: componentHandlers,
  compute: computeHandlers,
  job: createJobHandlers({ requirePipeline }),
  pipeline: pipelineHandlers,
  schedule: scheduleHandlers,
  lineage: lineageHandlers,
  model: { ...createModelHandlers({ deploymentsOf, lineageOf, originOfRun, takeFiles }), ...conversionHandlers },
  card: createCardHandlers(factsOf),
  gc: createGcHandlers(blobReferences),
  experiment: experimentHandlers,
  run: runHandlers,
  view: viewHandlers,
  import: importHandlers,
  data: createDataHandlers({ takeFiles }),
  datastore: createDatastoreHandlers(folderOfUrl),
  secret: secretHandlers,
  endpoint: endpointHandlers,
  serving: servingHandlers,
  build: buildHandlers,
  stage: stageHandlers,
  release: releaseHandlers,
  monitor: monitorHandlers,
  webhook: webhookHandlers,
  trace: traceHandlers,
  workspace: workspaceHandlers,
};
