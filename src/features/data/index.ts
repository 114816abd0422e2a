export { dataHooks } from "./check.ts";
export { tablesOf } from "./files.ts";
export { createDataHandlers } from "./handlers.ts";
export { dataReferences } from "./references.ts";
export { type NewDataVersion, registerDataVersion } from "./register.ts";
export { dataSchema, dataSourceSchema } from "./schema.ts";
export { dataQualityOf, findDataByDigest, findDataVersion, getDataVersion, resolveData } from "./service.ts";
