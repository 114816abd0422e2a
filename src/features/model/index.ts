export { deleteAlias, moveAlias, setAlias } from "./alias.ts";
export {
  deleteModel,
  deleteModelTag,
  deleteVersion,
  deleteVersionTag,
  describeModel,
  describeVersion,
  moveToStage,
  renameModel,
  setModelTag,
  setVersionTag,
} from "./change.ts";
export { createModelHandlers, type DeploymentsOf } from "./handlers.ts";
export { modelPolicySchema } from "./policy-schema.ts";
export {
  findAlias,
  getModel,
  getVersion,
  type RegisteredModel,
  type RegisteredVersion,
} from "./read.ts";
export { createModel, createVersion, type NewVersion, registerModelVersion } from "./register.ts";
export { resolveModel, resolveModelReference } from "./resolve.ts";
export { modelSchema } from "./schema.ts";
export { latestOfStages, type ModelCondition, type ModelSearch, searchModels, searchVersions } from "./search.ts";
export { formatOf, stageName, stages } from "./version.ts";
