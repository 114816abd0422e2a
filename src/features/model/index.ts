export { deleteAlias, setAlias } from "./alias.ts";
export { createModelHandlers, type DeploymentsOf } from "./handlers.ts";
export {
  findAlias,
  getModel,
  getVersion,
  listVersions,
  type RegisteredModel,
  type RegisteredVersion,
  resolveModel,
} from "./read.ts";
export { createModel, createVersion, type NewVersion, registerModelVersion } from "./register.ts";
export { modelSchema } from "./schema.ts";
export { formatOf, stages } from "./version.ts";
