import { stat } from "node:fs/promises";
import { registerHooks } from "node:module";
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { lowerPipeline } from "../authoring/lower.ts";
import type { Pipeline } from "../authoring/pipeline.ts";
import { Problem } from "../contract/errors.ts";
import type { JobDefinition } from "../contract/job.ts";
import type { Connection } from "./connection.ts";
import { placeOf } from "./job-place.ts";
import { withValues } from "./job-values.ts";
import { type Source, uploadSource } from "./source.ts";

export type JobBody = { source: Source & { set: Record<string, string> } } | { definition: JobDefinition };

const isTypeScript = (path: string): boolean => /\.[cm]?[jt]s$/i.test(path);

/** The job that a file describes: YAML goes to the server with what it names, TypeScript is run here. */
export async function readJobFile(connection: Connection, path: string, set: Record<string, string>): Promise<JobBody> {
  if (!isTypeScript(path)) return { source: { ...(await uploadSource(connection, path, set)), set } };
  const file = resolve(path);
  const pipeline = withValues(await loadPipeline(file, path), set, path);
  return { definition: await lowerPipeline(pipeline, placeOf(connection, dirname(file))) };
}

let isHooked = false;

/** `import … from "trainyard"` means this installation, wherever the file lies. */
function hookImports(): void {
  if (isHooked) return;
  isHooked = true;
  const entry = new URL("../authoring/index.ts", import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "trainyard" ? { url: entry, shortCircuit: true } : next(specifier, context),
  });
}

async function loadPipeline(file: string, path: string): Promise<Pipeline> {
  if (!(await stat(file).catch(() => undefined))?.isFile()) {
    throw new Problem("invalid", `There is no file ${path}.`, {
      hint: "Give the path of a YAML or TypeScript file with -f.",
    });
  }
  hookImports();
  let loaded: { default?: unknown };
  try {
    loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    const { message, stack } = error as Error;
    const at = stack
      ?.split("\n")
      .find((line) => line.includes(basename(file)))
      ?.trim();
    throw new Problem("invalid", `${path} cannot be run: ${message}${at ? ` (${at})` : ""}`, {
      hint: "Node runs TypeScript by leaving types out: enums, namespaces and parameter properties do not work.",
    });
  }
  const found = loaded.default as Partial<Pipeline> | undefined;
  if (typeof found === "object" && found?.pipeline) return found as Pipeline;
  throw new Problem("invalid", `${path} has no pipeline as its default export.`, {
    hint: "Write `export default definePipeline({ … })`.",
  });
}
