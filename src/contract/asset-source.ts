import { z } from "zod";

const place = z
  .string()
  .max(1024)
  .refine((path) => path === "" || path.split("/").every((part) => !["", ".", ".."].includes(part)), "not a path");

/** What lies at a URL: `https://…`, `wasbs://…`, `azureml://datastores/…`. */
export const urlSourceShape = { from: z.literal("url"), url: z.string().min(1).max(4096) };

/** What another job wrote, or a part of it. */
export const jobSourceShape = {
  from: z.literal("job"),
  /** Id of the job, or its name; of several with one name the newest. */
  job: z.string().min(1).max(255),
  /** An output of the job; `artifacts` is what its run keeps. */
  output: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/),
  path: place.default(""),
};

/** What a run keeps: artifacts, or a model that it logged. */
export const runSourceShape = {
  from: z.literal("run"),
  run: z.string().min(1).max(255),
  path: place.default(""),
};

/** Where the files of an asset are taken from, when they are not uploaded with it. */
export const assetSourceSchema = z.discriminatedUnion("from", [
  z.strictObject(urlSourceShape),
  z.strictObject(jobSourceShape),
  z.strictObject(runSourceShape),
]);
export type AssetSource = z.infer<typeof assetSourceSchema>;
