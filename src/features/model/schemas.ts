import type { SchemaStep } from "../../platform/db/migrate.ts";
import { modelCheckSchema } from "./check/index.ts";
import { modelIndexSchema } from "./index-schema.ts";
import { modelOriginSchema } from "./origin-schema.ts";
import { modelParentSchema } from "./parent-schema.ts";
import { modelPolicySchema } from "./policy-schema.ts";
import { modelSchema } from "./schema.ts";
import { modelStageSchema } from "./stage-schema.ts";
import { deletedModelVersionSchema } from "./trash-schema.ts";

/** Every step of the schema of models. */
export const modelSchemas: SchemaStep[] = [
  modelSchema,
  modelPolicySchema,
  modelParentSchema,
  modelCheckSchema,
  deletedModelVersionSchema,
  modelStageSchema,
  modelIndexSchema,
  modelOriginSchema,
];
