export {
  artifactPath,
  deleteArtifact,
  type Entry,
  entriesOf,
  listFiles,
  putRunArtifact,
  readArtifact,
  writeArtifact,
} from "./artifact.ts";
export { blockSchema } from "./block-schema.ts";
export { searchDatasets } from "./dataset-search.ts";
export {
  createExperiment,
  deleteExperiment,
  deleteExperimentTag,
  type Experiment,
  findExperimentByName,
  getExperiment,
  renameExperiment,
  restoreExperiment,
  setExperimentTag,
} from "./experiment.ts";
export { experimentHandlers } from "./experiment-handlers.ts";
export { type ExperimentCondition, type ExperimentSearch, searchExperiments } from "./experiment-search.ts";
export { factSchema } from "./fact-schema.ts";
export type { PointPosition } from "./fact-store.ts";
export { runHandlers } from "./handlers.ts";
export { headSchema } from "./head-schema.ts";
export { sampleHistories } from "./history-sample.ts";
export {
  importArtifact,
  importExperiment,
  importLoggedModel,
  importPoints,
  importRun,
} from "./import.ts";
export { summaryOfLoggedModel, summaryOfRun } from "./import-summary.ts";
export { type DatasetInput, linksOf, logInputs, logOutputs, type RunLinks } from "./input.ts";
export { inputOrderSchema, inputSchema } from "./input-schema.ts";
export { filesAt, keptFiles } from "./kept.ts";
export { type Batch, logBatch, logParam, metricHistory, setTags } from "./log.ts";
export type { LoggedPoint } from "./log-write.ts";
export {
  addLoggedModelParams,
  createLoggedModel,
  deleteLoggedModel,
  deleteLoggedModelTag,
  finalizeLoggedModel,
  getLoggedModel,
  type LoggedModel,
  requireLoggedModel,
  setLoggedModelTags,
} from "./logged-model.ts";
export { type LoggedModelMetricTable, type LoggedModelStatus, loggedModelSchema } from "./logged-model-schema.ts";
export { type LoggedModelSearch, searchLoggedModels } from "./logged-model-search.ts";
export { type MetricPoint, type MetricValue, metricValueOf, type Point } from "./metric.ts";
export { parentSchema } from "./parent-schema.ts";
export { emptyDeletedExperiments, purgedTables, purgeExperiment, purgeLoggedModels, purgeRuns } from "./purge.ts";
export { runReferences } from "./references.ts";
export {
  breakOffRun,
  deleteRun,
  deleteTag,
  endRun,
  findRun,
  getRun,
  type RunRecord,
  requireActiveRun,
  requireRun,
  restoreRun,
  runMetrics,
  updateRun,
} from "./run.ts";
export { renameAndTag } from "./run-change.ts";
export { copyRun } from "./run-copy.ts";
export { runFilter, runOrder } from "./run-filter.ts";
export { runOrderSchema } from "./run-order-schema.ts";
export { type RunCondition, type RunOrder, type RunSearch, searchRuns } from "./run-search.ts";
export { createRun, startRun } from "./run-start.ts";
export { type LifecycleStage, type RunState, runSchema } from "./schema.ts";
export { searchIndexSchema } from "./search-index-schema.ts";
export { attemptTags } from "./tags.ts";
export { abortUpload, completeUpload, putPart, startUpload } from "./upload.ts";
export { uploadSchema } from "./upload-schema.ts";
