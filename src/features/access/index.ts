export { accessHandlers } from "./handlers.ts";
export { accessSchema } from "./schema.ts";
export {
  createSignInCode,
  createTaskToken,
  createToken,
  createUser,
  findUserByName,
} from "./service.ts";
export { createAuthenticate } from "./session.ts";
export { deleteEndedCredentials } from "./store.ts";
