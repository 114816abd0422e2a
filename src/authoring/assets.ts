import type { z } from "zod";
import type { assetSourceSchema } from "../contract/asset-source.ts";

/** Files that are already known by a name, lie beside the pipeline's file or at a URL, or that a job or a run wrote. */
export type Asset =
  | { readonly asset: "data" | "model"; readonly name: string; readonly version?: string; readonly label?: string }
  | { readonly asset: "local"; readonly name: string }
  | { readonly asset: "elsewhere"; readonly source: z.input<typeof assetSourceSchema> };

/** A registered data asset: its newest version, a version, or a label. */
export const data = (name: string, which: { version?: string; label?: string } = {}): Asset => ({
  asset: "data",
  name,
  ...which,
});

/** A registered model: its newest version, a version, or an alias. */
export const model = (name: string, which: { version?: string; alias?: string } = {}): Asset => ({
  asset: "model",
  name,
  ...(which.version === undefined ? {} : { version: which.version }),
  ...(which.alias === undefined ? {} : { label: which.alias }),
});

/** A file or folder, as a path from the pipeline's file, or as `new URL("./data", import.meta.url)`. */
export const local = (path: string | URL): Asset => ({ asset: "local", name: String(path) });

/** What lies at a URL when the step's turn comes: `https://…`, `azureml://datastores/store/paths/rows.csv`. */
export const url = (address: string): Asset => ({ asset: "elsewhere", source: { from: "url", url: address } });

/** An output of a job, by the job's id or name, or a path in it. */
export const fromJob = (job: string, output: string, path = ""): Asset => ({
  asset: "elsewhere",
  source: { from: "job", job, output, path },
});

/** What a run keeps: all of its artifacts, or a path among them. */
export const fromRun = (run: string, path = ""): Asset => ({ asset: "elsewhere", source: { from: "run", run, path } });
