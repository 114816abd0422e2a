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
export {
  createExperiment,
  defaultExperimentId,
  deleteExperiment,
  deleteExperimentTag,
  type Experiment,
  ensureDefault,
  findExperimentByName,
  getExperiment,
  renameExperiment,
  restoreExperiment,
  setExperimentTag,
} from "./experiment.ts";
export { runHandlers } from "./handlers.ts";
export { type Batch, logBatch, logParam, metricHistory } from "./log.ts";
export { type MetricValue, metricValueOf, type Point } from "./metric.ts";
export {
  createRun,
  deleteRun,
  deleteTag,
  endRun,
  getRun,
  type RunRecord,
  requireActiveRun,
  requireRun,
  restoreRun,
  runMetrics,
  setTags,
  startRun,
  updateRun,
} from "./run.ts";
export { type LifecycleStage, type PointTable, type RunState, runSchema } from "./schema.ts";
