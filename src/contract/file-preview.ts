import { z } from "zod";
import { signatureSchema } from "./model-check.ts";

/** The beginning of a table. */
const tablePreviewSchema = z.object({
  kind: z.literal("table"),
  columns: z.array(
    z.object({
      name: z.string(),
      /** As DuckDB calls it: `BIGINT`, `VARCHAR`, `STRUCT(a INTEGER)`. */
      type: z.string(),
    }),
  ),
  /** Values as text, so that none is rounded; long ones are cut. Null is a value that is missing. */
  rows: z.array(z.array(z.string().nullable())),
  /** Of the whole table. */
  totalRows: z.number().int(),
  totalColumns: z.number().int(),
});
export type TablePreview = z.infer<typeof tablePreviewSchema>;

/** What an MLmodel file says. */
const modelPreviewSchema = z.object({
  kind: z.literal("model"),
  /** `python_function`, `sklearn`, … */
  flavors: z.array(z.string()),
  signature: signatureSchema.nullable(),
});

export const filePreviewSchema = z.discriminatedUnion("kind", [tablePreviewSchema, modelPreviewSchema]);
export type FilePreview = z.infer<typeof filePreviewSchema>;
