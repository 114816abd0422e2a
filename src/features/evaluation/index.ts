export {
  addToExperiments,
  createDataset,
  deleteDataset,
  deleteDatasetTag,
  type EvaluationDataset,
  getDataset,
  removeFromExperiments,
  searchDatasets,
  setDatasetTags,
} from "./dataset.ts";
export type { DatasetCondition, DatasetSearch } from "./dataset-store.ts";
export { type GivenRecord, isObject } from "./fields.ts";
export {
  createIssue,
  getIssue,
  type IssueSearch,
  issueSeverities,
  issueStatuses,
  searchIssues,
  updateIssue,
} from "./issue.ts";
export { deleteRecords, listRecords, upsertRecords } from "./record.ts";
export type { EvaluationRecordTable, IssueTable, ScorerTable } from "./schema.ts";
export { evaluationSchema } from "./schema.ts";
export {
  deleteScorer,
  getScorer,
  listScorers,
  listScorerVersions,
  registerScorer,
  type ScorerName,
} from "./scorer.ts";
