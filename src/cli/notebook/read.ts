import { z } from "zod";
import { Problem } from "../../contract/errors.ts";

const textSchema = z.union([z.string(), z.array(z.string())]).transform((text) => [text].flat().join(""));

const notebookSchema = z.object({
  nbformat: z.number(),
  metadata: z
    .object({
      kernelspec: z.object({ language: z.string().optional(), name: z.string().optional() }).optional(),
      language_info: z.object({ name: z.string().optional() }).optional(),
      title: z.string().optional(),
    })
    .default({}),
  cells: z.array(
    z.object({
      cell_type: z.string(),
      source: textSchema,
      metadata: z.object({ tags: z.array(z.string()).default([]) }).default({ tags: [] }),
    }),
  ),
});

/** A cell with its place among all, from 1. */
export interface Cell {
  number: number;
  kind: string;
  text: string;
  tags: string[];
}

/** Cells of a Python notebook in the format of today. */
export function readNotebook(text: string, path: string): Cell[] {
  const found = notebookSchema.safeParse(json(text, path));
  if (!found.success) {
    const { nbformat } = (json(text, path) ?? {}) as { nbformat?: unknown };
    if (typeof nbformat === "number" && nbformat !== 4) throw otherFormat(path, nbformat);
    const issue = found.error.issues[0];
    throw new Problem("invalid", `${path} is not a notebook: ${issue?.path.join(".")}: ${issue?.message}.`);
  }
  const { nbformat, metadata, cells } = found.data;
  if (nbformat !== 4) throw otherFormat(path, nbformat);
  const language = (metadata.language_info?.name ?? metadata.kernelspec?.language ?? "python").toLowerCase();
  if (!/^i?python[23]?$/.test(language)) {
    throw new Problem("invalid", `${path} is a notebook in ${language}; only Python notebooks are exported.`, {
      hint: "Its code can be a step as a script: write the command of a component by hand.",
    });
  }
  return cells.map(({ cell_type, source, metadata: { tags } }, at) => ({
    number: at + 1,
    kind: cell_type,
    text: source.replace(/\r\n?/g, "\n"),
    tags,
  }));
}

const otherFormat = (path: string, format: number): Problem =>
  new Problem("invalid", `${path} has format ${format}; format 4 is read.`, {
    hint: `Open and save it in Jupyter, or: jupyter nbconvert --to notebook --nbformat 4 ${path}`,
  });

function json(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem("invalid", `${path} is not a notebook: ${(error as Error).message}.`);
  }
}
