import type { Parallel } from "../../contract/job.ts";
import type { Context } from "./context.ts";
import { describe, type MapNode, type Node, type ScalarNode, scalarAt } from "./document.ts";
import { readBindingPath } from "./expression.ts";
import { type Fields, names, readFields } from "./fields.ts";
import type { Issues } from "./issues.ts";
import { type parallel, parallelTaskShape, type running } from "./schema.ts";
import { baseName, resolvePath } from "./source.ts";
import { type CommandSpec, readCommandSpec } from "./spec.ts";

/** What a parallel step says about its mini-batches; the step of a definition has all of it. */
export type ParallelSpec = Partial<Parallel> & Pick<Parallel, "input" | "entryScript">;

type ParallelFields = Fields<typeof parallel & Pick<typeof running, "retry_settings">>;

/** Reads a parallel job, a step with its own task, or a component. Undefined, and an issue, without a task. */
export async function readParallelSpec(
  root: MapNode,
  fields: ParallelFields,
  what: string,
  context: Context,
): Promise<CommandSpec | undefined> {
  const { issues } = context;
  if (!fields.task) {
    issues.add(root.at, `${what} needs the field "task"`);
    return undefined;
  }
  const task = readFields(fields.task, `the task of ${what}`, parallelTaskShape, issues, ["entry_script"]);
  const input = fields.input_data && readBindingPath(fields.input_data, "inputs", issues);
  if (!fields.input_data)
    issues.add(root.at, `${what} needs the field "input_data"`, "Write ${" + "{inputs.<input>}}.");
  if (!task.entry_script || !input) return undefined;
  const entryScript = resolvePath("", task.entry_script.text);
  if (!entryScript) issues.add(task.entry_script.at, `the entry script must be a file of the code folder`);
  const base = await readCommandSpec(
    { ...fields, code: task.code ?? fields.code, environment: task.environment ?? fields.environment },
    context,
  );
  const text = task.program_arguments ?? task.args;
  const parts = ["python", entryScript ?? "", text?.text ?? ""].filter((part) => part !== "");
  return {
    ...base,
    command: placed(parts.join(" "), text ?? task.entry_script),
    parallel: {
      input,
      entryScript: entryScript ?? "",
      programArguments: text?.text ?? "",
      ...readMiniBatches(fields, issues),
      ...(task.append_row_to ? { appendRowTo: appendTo(task.append_row_to, issues) } : {}),
    },
  };
}

/** A composed command, whose faults are reported where the part of the user stands. */
const placed = (text: string, { at, locate }: ScalarNode): ScalarNode => ({ ...scalarAt(at, text), locate });

/** What a step may also say over its component. */
export function readMiniBatches(fields: ParallelFields, issues: Issues): Partial<Parallel> {
  const found: Partial<Parallel> = {};
  const size = fields.mini_batch_size;
  if (size && /^\d+\s*(b|kb|mb|gb)?$/i.test(size.text)) found.miniBatchSize = size.text.toLowerCase();
  else if (size)
    issues.add(size.at, `"mini_batch_size" must be a number of files, or a size such as 10kb; it is ${describe(size)}`);
  if (fields.partition_keys) found.partitionKeys = partitionKeys(fields.partition_keys, issues);
  if (fields.resources?.instance_count) found.instanceCount = fields.resources.instance_count.value;
  const numbers = {
    maxConcurrencyPerInstance: fields.max_concurrency_per_instance,
    errorThreshold: fields.error_threshold,
    miniBatchErrorThreshold: fields.mini_batch_error_threshold,
    miniBatchRetries: fields.retry_settings?.max_retries,
    miniBatchTimeoutSeconds: fields.retry_settings?.timeout,
  };
  for (const [name, located] of Object.entries(numbers)) if (located) Object.assign(found, { [name]: located.value });
  if (fields.logging_level) found.loggingLevel = fields.logging_level.value.toUpperCase();
  return found;
}

/** A list, or the same as JSON text, as exported files have it. */
function partitionKeys(node: Node, issues: Issues): string[] {
  if (node.kind === "scalar" && node.text.trim().startsWith("[")) {
    try {
      const list: unknown = JSON.parse(node.text);
      if (Array.isArray(list)) return list.map(String);
    } catch {
      // Reported as what it is: no list.
    }
  }
  return (names(node, "partition_keys", issues) ?? []).map(({ value }) => value);
}

function appendTo(node: ScalarNode, issues: Issues): Parallel["appendRowTo"] {
  const output = readBindingPath(node, "outputs", issues);
  return output ? { output, file: "parallel_run_step.txt" } : null;
}

/** The file that gets the results has the name that the place of the output says. */
export function nameResultFile(parallel: ParallelSpec, urlOf: (output: string) => string | undefined): ParallelSpec {
  const to = parallel.appendRowTo;
  const url = to && urlOf(to.output);
  const name = url && /\.[A-Za-z0-9]+$/.test(url) ? baseName(url) : undefined;
  return to && name ? { ...parallel, appendRowTo: { ...to, file: name } } : parallel;
}
