export { deleteAlias, moveAlias, setAlias } from "./alias.ts";
export {
  deleteModel,
  deleteModelTag,
  deleteVersion,
  deleteVersionTag,
  describeModel,
  describeVersion,
  renameModel,
  setModelTag,
  setVersionTag,
} from "./change.ts";
export {
  awaitUsable,
  checkMissing,
  checkOf,
  checkTree,
  modelCheckHooks,
  requireUsable,
  verdictOf,
} from "./check/index.ts";
export { createModelHandlers } from "./handlers.ts";
export { importAliases, importModel, importVersion } from "./import.ts";
export { type Maker, versionsMadeBy } from "./origin.ts";
export { childrenOf, parentsOf, versionsOfLoggedModels } from "./parent.ts";
export { getPolicy } from "./policy.ts";
export {
  findAlias,
  getModel,
  getVersion,
  type RegisteredModel,
  type RegisteredVersion,
} from "./read.ts";
export { modelReferences } from "./references.ts";
export { createModel, createVersion, type NewVersion, registerModelVersion } from "./register.ts";
export { resolveModel, resolveModelReference } from "./resolve.ts";
export { modelSchemas } from "./schemas.ts";
export { latestOfStages, type ModelCondition, type ModelSearch, searchModels, searchVersions } from "./search.ts";
export { moveToStage, stagesOf } from "./stage.ts";
export { lockModel } from "./store.ts";
export { jobsOfDeletedVersions, purgeDeletedVersions } from "./trash.ts";
export { formatOf, stageName } from "./version.ts";
