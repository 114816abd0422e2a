export { createCardHandlers } from "./handlers.ts";
export { cardSchema } from "./schema.ts";
export { missingOf } from "./service.ts";
