export { accessHandlers } from "./handlers.ts";
export { accessSchema, credentialTaskSchema } from "./schema.ts";
export {
  actorMay,
  createSignInCode,
  createTaskToken,
  createToken,
  createUser,
  endExecutionTokens,
  endTaskTokens,
  findUserByName,
  prolongTaskTokens,
  removeEndedTaskTokens,
} from "./service.ts";
export { createAuthenticate } from "./session.ts";
export { deleteEndedCredentials } from "./store.ts";
