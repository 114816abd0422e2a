import { z } from "zod";

/** A name that people choose: letters, digits, `_`, `.`, `-`; it starts with a letter or digit. */
export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/,
    "a name has 1 to 255 letters, digits, '_', '.' or '-' and starts with a letter or digit",
  )
  .refine((name) => !name.includes(".."), "a name does not contain '..'");

export const idSchema = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, "not an id");

/** sha256 of the content, 64 lower-case hexadecimal digits. */
export const digestSchema = z.string().regex(/^[0-9a-f]{64}$/, "not a sha256 digest (64 hexadecimal digits)");

/** Milliseconds since 1970-01-01 UTC. */
export const timeSchema = z.number().int();

/** Characters of a path inside a tree. */
export const longestTreePath = 1024;
/** Files of a tree. */
export const mostTreeFiles = 200_000;

/** A relative path inside a tree: `/` between parts, no `..`, no leading `/` or drive, no backslash, no control characters. */
export const treePathSchema = z
  .string()
  .min(1)
  .max(longestTreePath)
  .refine(isTreePath, "not a relative path inside the folder (no '..', no leading '/' or drive letter, no backslash)");

function isTreePath(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\\\u0000-\u001f\u007f]/.test(path) || /^[A-Za-z]:/.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

export const fileSchema = z.object({
  path: treePathSchema,
  digest: digestSchema,
  /** Bytes. */
  size: z.number().int().nonnegative(),
  /** A program, which may be executed. Left out when it is none. */
  executable: z.literal(true).optional(),
});
export type TreeFile = z.infer<typeof fileSchema>;

/** A folder as a manifest of its files, ordered by path. Its digest is the sha256 of the manifest's canonical JSON. */
export const treeSchema = z.object({ files: z.array(fileSchema).max(mostTreeFiles) });
export type Tree = z.infer<typeof treeSchema>;

/** Who did something. */
export const actorSchema = z.object({ id: z.string(), name: z.string() });

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  /** The `next` of the previous page. */
  after: z.string().optional(),
});

/** A list in a query: the parameter several times, or once with commas between the items. */
export const listQuery = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => [value].flat().flatMap((part) => part.split(",")))
  .transform((items) => items.map((item) => item.trim()).filter((item) => item !== ""));

/** Numbers are 32-bit integers in the database. */
const numberSchema = z.coerce.number().int().positive().max(2_147_483_647);

/** Pages of what has a number instead of an id. */
export const numberedPageQuery = pageQuery.extend({ after: numberSchema.optional() });

export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().optional() });

export const inWorkspace = z.object({ workspace: nameSchema });
export const named = inWorkspace.extend({ name: nameSchema });
export const numbered = inWorkspace.extend({ number: numberSchema });
export const versionSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/);
export const versioned = named.extend({ version: versionSchema });
export const identified = inWorkspace.extend({ id: idSchema });

/** Flat string facts that a person attaches to something. */
export const tagsSchema = z.record(z.string().max(250), z.string().max(8000));
