import { Problem } from "../../contract/errors.ts";
import type { Binding, JobInput, Step } from "../../contract/job.ts";
import type { Execution, Prepared, Task, TaskDefinition } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { shownUrl } from "../../platform/outbound/shown.ts";
import { folderAt, isWritable, readUrl, type UrlContent, writeUrl } from "../url/index.ts";
import { cutTree } from "./cut-tree.ts";
import type { ResolvedInput } from "./key.ts";
import type { StepOutputs } from "./resolve.ts";
import { givenValue, isValueType } from "./value.ts";

/** Of a task that stores what lies at a URL before the steps that take it. */
export interface FetchInput {
  url: string;
  /** The step is told the URL itself when there is nothing here to be read in its place. */
  direct: boolean;
  /** Of a job that runs on a sample: so many rows of its tables are kept. */
  rows?: number;
}

/** Of a task that writes what a step left to a URL. */
export interface StoreInput {
  url: string;
  step: string;
  output: string;
  /** The URL is that of the one file, rather than of a folder with it. */
  single: boolean;
}

export const isTransfer = ({ kind }: Pick<Task, "kind">): boolean => kind === "system.fetch" || kind === "system.store";

type Inputs = Record<string, JobInput>;

/** The URLs that inputs of a step stand for, also by way of an input of the job. */
export function urlsOf(step: Pick<Step, "inputs">, outer: Inputs): FetchInput[] {
  const found: FetchInput[] = [];
  for (const input of Object.values(step.inputs)) {
    const source = urlOf(input.binding, outer);
    if (source) found.push(fetchOf(source, isDirect(input, outer)));
  }
  return found;
}

type UrlBinding = Extract<Binding, { from: "url" }>;

export const fetchOf = ({ url, rows }: UrlBinding, direct: boolean): FetchInput => ({
  ...{ url, direct },
  ...(rows === undefined ? {} : { rows }),
});

const urlOf = (binding: Binding | null, outer: Inputs): UrlBinding | undefined => {
  if (binding?.from === "input") return urlOf(outer[binding.input]?.binding ?? null, {});
  return binding?.from === "url" ? binding : undefined;
};

const isDirect = (input: Pick<JobInput, "mode"> & { binding?: Binding | null }, outer: Inputs): boolean =>
  input.mode === "direct" || (input.binding?.from === "input" && outer[input.binding.input]?.mode === "direct");

/** Names the tasks that steps need for their URLs, each URL once. */
export class Fetches {
  readonly tasks = new Map<string, TaskDefinition>();
  readonly #freeName: (wanted: string) => string;

  constructor(freeName: (wanted: string) => string) {
    this.#freeName = freeName;
  }

  nameOf(input: FetchInput): string {
    const key = JSON.stringify(input);
    const known = this.tasks.get(key);
    if (known) return known.name;
    const name = this.#freeName(`fetch_${this.tasks.size + 1}`);
    this.tasks.set(key, { name, needs: [], kind: "system.fetch", timeoutSeconds: 6 * 3600, input });
    return name;
  }
}

/** The tasks that write outputs of a step to where they are to lie besides. */
export function storesOf(name: string, step: Step, freeName: (wanted: string) => string): TaskDefinition[] {
  return Object.entries(step.outputs).flatMap(([output, { type, url }]) => {
    if (url === undefined) return [];
    const single = type === "uri_file" || isValueType(type);
    const input: StoreInput = { url, step: name, output, single };
    return { name: freeName(`store_${name}_${output}`), needs: [name], kind: "system.store", input };
  });
}

/** What a step takes from a URL, now that it has been fetched. */
export function fetched(tasks: ReadonlyMap<string, Task>, type: string, wanted: FetchInput): ResolvedInput {
  for (const task of tasks.values()) {
    const input = task.input as FetchInput;
    if (task.kind !== "system.fetch" || input.url !== wanted.url || input.direct !== wanted.direct) continue;
    if (input.rows !== wanted.rows) continue;
    const content = task.result as UrlContent | { url: string };
    if ("url" in content) return givenValue(type, content.url);
    return { kind: "files", type, ...content };
  }
  throw new Error(`${wanted.url} was not fetched`);
}

/** A URL that a step reads by itself: what it will find there is not known. */
export const readsUrls = (inputs: Record<string, ResolvedInput>): boolean =>
  Object.values(inputs).some(({ kind, type }) => kind === "value" && !isValueType(type));

export async function prepareTransfer(
  tx: Ctx,
  task: Task,
  job: { name: string; workspace: string },
): Promise<Prepared> {
  if (task.kind === "system.fetch") {
    const { url, direct } = task.input as FetchInput;
    const told = direct && /^https?:/i.test(url) && (await folderAt(tx, job.workspace, url)) === undefined;
    return told ? { do: "settle", state: "succeeded", result: { url } } : { do: "queue", payload: {} };
  }
  const url = filledIn((task.input as StoreInput).url, job);
  if (await isWritable(tx, job.workspace, url)) return { do: "queue", payload: { url } };
  return {
    do: "skip",
    because: `${shownUrl(url)} is not a place that this server writes to; the output is kept with the job`,
  };
}

const filledIn = (url: string, job: { name: string }): string =>
  url.replace(/\$\{\{\s*name\s*\}\}/g, job.name).replace(/\$\{\{\s*default_datastore\s*\}\}/g, "workspaceblobstore");

export async function runTransfer(
  ctx: Ctx,
  execution: Execution,
  task: Task,
  { tasks, signal }: { tasks: Task[]; signal: AbortSignal },
): Promise<unknown> {
  if (task.kind === "system.fetch") {
    const { url, rows } = task.input as FetchInput;
    const content = await readUrl(ctx, execution.workspace, url, signal);
    return rows === undefined
      ? content
      : { ...content, tree: await cutTree(ctx, execution.workspace, content.tree, rows) };
  }
  const { step, output, single } = task.input as StoreInput;
  const { url } = task.payload as { url: string };
  const written = (tasks.find(({ name }) => name === step)?.result as StepOutputs | undefined)?.outputs[output];
  if (!written) throw new Problem("invalid", `Step ${step} left no output "${output}".`);
  const writer = `${execution.id}-${task.name}`;
  await writeUrl(ctx, execution.workspace, url, { tree: written.digest, single, writer });
  return { url };
}

/** How a job's steps show it: `fetch https://…`. */
export const transferName = (task: Task): string =>
  task.kind === "system.fetch"
    ? `fetch ${shownUrl((task.input as FetchInput).url)}`
    : `store ${shownUrl((task.payload as { url?: string } | null)?.url ?? (task.input as StoreInput).url)}`;
