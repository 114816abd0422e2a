import { z } from "zod";

/** The paths of everything that may be said in a schema: `inputs.*.type`. What may be one of several things is one. */
export function fieldsOf(schema: z.core.$ZodType, at: string[] = []): string[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    return fieldsOf(schema.unwrap(), at);
  }
  if (schema instanceof z.ZodRecord) return fieldsOf(schema.valueType, [...at, "*"]);
  if (!(schema instanceof z.ZodObject)) return [at.join(".")];
  return Object.entries(schema.shape).flatMap(([name, inner]) => fieldsOf(inner, [...at, name]));
}
