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

/** What there is at a path, `*` standing for any name. */
function valuesAt(value: unknown, [name, ...rest]: string[]): unknown[] {
  if (name === undefined) return value === undefined || value === null ? [] : [value];
  if (typeof value !== "object" || value === null) return [];
  const inner = name === "*" ? Object.values(value) : [(value as Record<string, unknown>)[name]];
  return inner.flatMap((one) => valuesAt(one, rest));
}

/** Paths of a schema where nothing but what is there without being said was found. */
export function unsaid(schema: z.core.$ZodType, found: unknown[], without: unknown): string[] {
  return fieldsOf(schema).filter((path) => {
    const said = found.flatMap((one) => valuesAt(one, path.split(".")));
    const usual = valuesAt(without, path.split(".")).map((value) => JSON.stringify(value));
    return !said.some((value) => path.includes("*") || !usual.includes(JSON.stringify(value)));
  });
}
