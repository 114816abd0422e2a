export { accessHandlers } from "./handlers.ts";
export { accessSchema } from "./schema.ts";
export {
  createSignInCode,
  createTaskToken,
  createToken,
  createUser,
  endCredential,
  findUserByName,
  principalOf,
} from "./service.ts";
export { createAuthenticate } from "./session.ts";
