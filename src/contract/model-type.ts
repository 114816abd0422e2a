import { z } from "zod";

/** What Azure ML calls the kinds of models. */
export const modelTypes = ["custom_model", "mlflow_model", "triton_model"] as const;

export const isModelType = (type: string): boolean => (modelTypes as readonly string[]).includes(type);

/** Versions of models are counted, in the registry and by MLflow; numbers are 32-bit integers in the database. */
export const modelNumberSchema = z.number().int().positive().max(2_147_483_647);

/** Can a text be the version of a model? */
export const isModelVersion = (text: string): boolean =>
  /^[1-9]\d*$/.test(text) && modelNumberSchema.safeParse(Number(text)).success;
