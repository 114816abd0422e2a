export { addressOf } from "./address.ts";
export { createDatastoreHandlers } from "./handlers.ts";
export { datastoreSchemaStep } from "./schema.ts";
export { findDatastore, requireForeign } from "./service.ts";
