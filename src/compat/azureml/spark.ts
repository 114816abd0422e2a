import { stringify } from "yaml";
import type { JobEnvironment } from "../../contract/job.ts";
import { readYaml } from "../../platform/yaml.ts";
import type { Context } from "./context.ts";
import { type MapNode, type ScalarNode, scalarAt } from "./document.ts";
import { type Fields, readFields, text } from "./fields.ts";
import type { spark as sparkShape } from "./schema.ts";
import { type CommandSpec, readCommandSpec } from "./spec.ts";

type SparkFields = Fields<typeof sparkShape>;

const entryShape = { file: text, class_name: text, type: text };

/** Versions of the Spark runtime, as `resources.runtime_version` names them; the first is taken without one. */
const runtimes = ["3.5", "3.4", "3.3", "3.2"];

/** What a Spark runtime of Azure has beside Spark, and programs written for it take for granted. */
const beside = ["pandas<2.3", "numpy<2", "pyarrow<20", "setuptools<80"];

/**
 * Reads a Spark job, step or component: a command that hands the program to `spark-submit` in local mode. The cluster
 * that `conf` describes is this machine; executors have no meaning there.
 */
export async function readSparkSpec(
  root: MapNode,
  fields: SparkFields,
  what: string,
  context: Context,
): Promise<CommandSpec | undefined> {
  const { issues } = context;
  const entry = fields.entry && readFields(fields.entry, `the entry of ${what}`, entryShape, issues);
  if (!entry) issues.add(root.at, `${what} needs the field "entry"`, "Write entry: { file: program.py }.");
  const base = await readCommandSpec(fields, context);
  if (!entry) return undefined;
  if (!entry.file && !entry.class_name) issues.add(fields.entry!.at, '"entry" needs "file" or "class_name"');
  const program = entry.class_name ? [fields.jars?.[0]?.value ?? ""] : [quoted(entry.file?.value ?? "")];
  const options = [
    ...["--master", "'local[*]'"],
    ...(entry.class_name ? ["--class", quoted(entry.class_name.value)] : []),
    ...list("--py-files", fields.py_files),
    ...list("--jars", fields.jars),
    ...list("--files", fields.files),
    ...list("--archives", fields.archives),
    ...confOf(fields).flatMap(([name, value]) => ["--conf", quoted(`${name}=${value}`)]),
  ];
  const command = ["spark-submit", ...options, ...program, fields.args?.text ?? ""].filter((part) => part !== "");
  return {
    ...base,
    command: placed(command.join(" "), fields.args, root),
    environment: withSpark(base.environment, fields.resources?.runtime_version?.value),
  };
}

const placed = (command: string, args: ScalarNode | undefined, root: MapNode): ScalarNode =>
  args ? { ...scalarAt(args.at, command), locate: args.locate } : scalarAt(root.at, command);

const quoted = (word: string): string => (/^[\w./:=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

const list = (option: string, items: { value: string }[] | undefined): string[] =>
  items && items.length > 0 ? [option, quoted(items.map(({ value }) => value).join(","))] : [];

/** `conf` in the form of Spark's own names; fields such as `driver_memory` say the same. */
function confOf(fields: SparkFields): [string, string][] {
  const conf = new Map([...(fields.conf ?? [])].map(([name, { value }]) => [name, value]));
  const named = {
    "spark.driver.cores": fields.driver_cores,
    "spark.driver.memory": fields.driver_memory,
    "spark.executor.cores": fields.executor_cores,
    "spark.executor.memory": fields.executor_memory,
  };
  for (const [name, node] of Object.entries(named)) if (node && !conf.has(name)) conf.set(name, node.text);
  // One machine starts no executors, and asking for them fails before the program begins.
  return [...conf].filter(([name]) => !/^spark\.(dynamicAllocation\.|executor\.instances$)/.test(name));
}

/** The environment of the step, with Spark in it. */
function withSpark(environment: JobEnvironment, version: string | undefined): JobEnvironment {
  const runtime = runtimes.find((known) => version?.startsWith(known)) ?? runtimes[0];
  const spark = [`pyspark==${runtime}.*`, ...beside];
  if (environment.condaFile === null) {
    const conda = { name: "spark", dependencies: ["python=3.11", "pip", { pip: spark }] };
    return { ...environment, condaFile: stringify(conda) };
  }
  const conda = readYaml(environment.condaFile) as { dependencies?: unknown[] } | null;
  if (/\bpyspark\b/.test(environment.condaFile)) return environment;
  const dependencies = Array.isArray(conda?.dependencies) ? conda.dependencies : [];
  const own = JSON.stringify(dependencies);
  const missing = spark.filter((wanted) => !own.includes(/^[a-z]+/.exec(wanted)![0]));
  const pip = dependencies.find((part): part is { pip: string[] } => typeof part === "object" && part !== null);
  const rest = dependencies.filter((part) => part !== pip);
  return {
    ...environment,
    condaFile: stringify({ ...conda, dependencies: [...rest, { pip: [...(pip?.pip ?? []), ...missing] }] }),
  };
}
