import { z } from "zod";
import { jobSourceShape, runSourceShape, urlSourceShape } from "./asset-source.ts";
import { digestSchema, nameSchema, tagsSchema, treePathSchema } from "./common.ts";
import { askedResourcesSchema } from "./compute.ts";
import { containerOptionsSchema } from "./container-options.ts";
import { literalSchema } from "./literal.ts";
import { sweepSchema } from "./sweep.ts";

export const valueTypes = ["number", "integer", "boolean", "string"] as const;
export const assetTypes = [
  "uri_file",
  "uri_folder",
  "mltable",
  "mlflow_model",
  "custom_model",
  "triton_model",
] as const;

const ioName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/);
export const stepNameSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,254}$/);

/** Of a job that runs on a sample: so many rows of a table are taken. */
export const sampleRowsSchema = z.number().int().min(1).max(1_000_000);

/** What a value can be, or be put together from. */
const valueSources = [
  z.strictObject({
    from: z.literal("literal"),
    value: literalSchema,
    /** Not written with the command, but by who started the job, or found in data: it stays one word of the command. */
    given: z.literal(true).optional(),
  }),
  /** An input of the pipeline. */
  z.strictObject({ from: z.literal("input"), input: ioName }),
  /** An output of an earlier step. */
  z.strictObject({ from: z.literal("step"), step: stepNameSchema, output: ioName }),
] as const;

/** Where a value comes from. */
export const bindingSchema = z.discriminatedUnion("from", [
  ...valueSources,
  /** A text with values in it, such as `${{parent.inputs.model}}-${{parent.inputs.region}}`. */
  z.strictObject({
    from: z.literal("text"),
    parts: z.array(z.discriminatedUnion("from", valueSources)).min(1).max(1000),
  }),
  /** A named asset: `diabetes`, version `3`, `@latest` or `@champion`. Pinned to a digest when the job is submitted. */
  z.strictObject({
    from: z.literal("asset"),
    kind: z.enum(["data", "model"]),
    name: nameSchema,
    version: z.string().optional(),
    label: z.string().optional(),
    digest: digestSchema.optional(),
  }),
  /** Files that came with the job. `path` is set when the input is one file of the tree. */
  z.strictObject({ from: z.literal("tree"), digest: digestSchema, path: treePathSchema.optional() }),
  /** What lies at a URL (`https://…`, `wasbs://…`, `azureml://datastores/…`) when the step's turn comes. */
  z.strictObject({ ...urlSourceShape, rows: sampleRowsSchema.optional() }),
  /** What another job or a run wrote. Pinned to a digest when the job is submitted. */
  z.strictObject({ ...jobSourceShape, digest: digestSchema.optional() }),
  z.strictObject({ ...runSourceShape, digest: digestSchema.optional() }),
]);
export type Binding = z.infer<typeof bindingSchema>;
export type TextBinding = Extract<Binding, { from: "text" }>;

/** The binding itself, or those that its text is put together from. */
export const partsOf = (binding: Binding | null): (Binding | null)[] =>
  binding?.from === "text" ? binding.parts : [binding];

export const jobInputSchema = z.strictObject({
  type: z.enum([...valueTypes, ...assetTypes]),
  optional: z.boolean().default(false),
  min: z.number().optional(),
  max: z.number().optional(),
  enum: z.array(literalSchema).optional(),
  binding: bindingSchema.nullable(),
  /** `direct`: the step is told the URL itself, unless a folder of the server holds its content. */
  mode: z.enum(["direct"]).optional(),
});
export type JobInput = z.infer<typeof jobInputSchema>;

export const jobOutputSchema = z.strictObject({
  /** A value type: the step writes one file that holds the value, and later steps take it as a value. */
  type: z.enum([...assetTypes, ...valueTypes]),
  /** Register what the step writes here as a version of a data asset or model. An empty output registers nothing. */
  register: z.strictObject({ name: nameSchema, version: z.string().optional() }).nullable().default(null),
  /** Where it is written to besides; `${{name}}` in it is the name of the job. Only where the server has a folder for it. */
  url: z.string().min(1).max(4096).optional(),
});
export type JobOutput = z.infer<typeof jobOutputSchema>;

/** What a step runs in, by content. `condaFile` null and `image` null mean the agent's own interpreter. */
export const jobEnvironmentSchema = z.strictObject({
  name: nameSchema.nullable(),
  condaFile: z.string().max(1_000_000).nullable(),
  image: z.string().max(1000).nullable(),
  /** Made from a Dockerfile in a folder of files, which a container compute builds. */
  build: z.strictObject({ context: digestSchema, dockerfile: treePathSchema }).optional(),
  /** The folder of files that the pip list of the conda file names: wheels, constraints. */
  files: digestSchema.optional(),
  /** In place of a conda file: a folder with the pyproject.toml and uv.lock of a project of uv. */
  uvProject: digestSchema.optional(),
});
export type JobEnvironment = z.infer<typeof jobEnvironmentSchema>;

/** Does it say which packages of Python the agent installs on its machine? */
export const hasPackages = ({ condaFile, uvProject }: Pick<JobEnvironment, "condaFile" | "uvProject">): boolean =>
  condaFile !== null || uvProject !== undefined;

/** Does it say nothing: the step runs with what the agent's machine has? */
export const isOwnInterpreter = (environment: JobEnvironment): boolean =>
  !hasPackages(environment) && environment.image === null && environment.build === undefined;

/** A comparison of a value that is known when the step's turn comes. */
export const conditionSchema = z.strictObject({
  /** A value, or an output of a step whose one file holds a value. */
  left: bindingSchema,
  /** Where the value is in a file that holds a JSON object: `["metrics", "accuracy"]`. */
  field: z.array(z.string().min(1).max(255)).max(20).default([]),
  operator: z.enum(["==", "!=", "<", "<=", ">", ">="]).default("=="),
  right: literalSchema,
});
export type Condition = z.infer<typeof conditionSchema>;

/** So many items a loop may have. */
export const mostItems = 100_000;

export const foreachItemSchema = z.union([literalSchema, z.record(ioName, literalSchema)]);

const stepCommon = {
  displayName: z.string().max(255).optional(),
  inputs: z.record(ioName, jobInputSchema).default({}),
  outputs: z.record(ioName, jobOutputSchema).default({}),
  /** Steps that must have ended well before this one, besides those whose outputs it takes. */
  after: z.array(stepNameSchema).max(10_000).default([]),
  /** Holds when the step's turn comes, or the step is skipped and with it what needs it. */
  when: conditionSchema.nullable().default(null),
};

/** As POSIX has it. Programs that pass variables on read more into other names: `*` is all of their own to podman. */
export const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const variableSchema = z.string().max(255).regex(variableName, "not the name of an environment variable");

const withoutNul = (text: string): boolean => !text.includes("\0");
const nulMessage = "has a NUL in it, which ends every text that a program is given";

/** Programs that a step starts read some variables themselves, and show them. */
const secretVariable = variableSchema.refine(
  (name) => !/^(HOME|PATH|TMPDIR|LANG|DOCKER_.*|CONTAINERS?_.*|XDG_.*|.*_PROXY)$/i.test(name),
  "no variable for a secret: programs that start the step read it",
);

/** So long may anything take. */
export const longestSeconds = 30 * 86_400;

const timeoutSeconds = z.number().positive().max(longestSeconds);

export const longestMiniBatchSeconds = 3 * 86_400;

/** A step whose code has `init()` and `run(mini_batch)`: its data is cut into mini-batches, worked through by processes. */
const parallelSchema = z.strictObject({
  /** Input that is cut into mini-batches. */
  input: ioName,
  /** Python file of the code tree. */
  entryScript: treePathSchema,
  programArguments: z.string().max(100_000).default(""),
  /** Files of a folder or rows of a table (`10`), or bytes of either (`10kb`). */
  miniBatchSize: z.string().max(40).default("1"),
  partitionKeys: z.array(z.string().min(1)).max(20).default([]),
  instanceCount: z.number().int().min(1).max(1000).default(1),
  maxConcurrencyPerInstance: z.number().int().min(1).max(1000).default(1),
  /** So many items may fail and the step still ends well; -1: any number. */
  errorThreshold: z.number().int().min(-1).default(-1),
  miniBatchErrorThreshold: z.number().int().min(-1).default(-1),
  miniBatchRetries: z.number().int().min(0).max(100).default(2),
  miniBatchTimeoutSeconds: z.number().positive().max(longestMiniBatchSeconds).default(60),
  /** Output and name of the file that gets a line for each result; null keeps none. */
  appendRowTo: z
    .strictObject({ output: ioName, file: z.string().min(1).max(255) })
    .nullable()
    .default(null),
  loggingLevel: z.string().max(20).default("INFO"),
});
export type Parallel = z.infer<typeof parallelSchema>;

/** A command that is started as several processes that know of each other. Instances are processes of one machine. */
const distributionSchema = z.strictObject({
  type: z.enum(["pytorch", "mpi", "tensorflow"]),
  instanceCount: z.number().int().min(1).max(1000).default(1),
  processesPerInstance: z.number().int().min(1).max(1000).default(1),
  /** Of `tensorflow`: workers; by default as many as instances. */
  workers: z.number().int().min(1).max(1000).optional(),
  parameterServers: z.number().int().min(0).max(1000).default(0),
});
export type Distributed = z.infer<typeof distributionSchema>;

/** Where code was read from, when that was not beside the job's file. It describes the code; it decides nothing about reuse. */
export const codeOriginSchema = z.strictObject({
  /** Address of a repository of git, the URL of a place with files, or a registered component: `azureml:train:3`. */
  url: z.string().min(1).max(4096),
  /** Null: no repository, so that only the digest of the code says what it was. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/)
    .nullable(),
  /** The folder of the repository or of the component's files; empty: all of it. */
  folder: z.string().max(1024).default(""),
});
export type CodeOrigin = z.infer<typeof codeOriginSchema>;

/** A port of the agent's loopback, where a step waits for a debugger. */
export const debugSchema = z.strictObject({ port: z.number().int().min(1024).max(65_535) });

/** One command step. In `command`, `${{inputs.x}}`, `${{outputs.y}}` and `$[[ optional group ]]` are filled in. */
export const commandStepSchema = z.strictObject({
  type: z.literal("command").optional(),
  ...stepCommon,
  command: z.string().min(1).max(100_000).refine(withoutNul, nulMessage),
  /** Digest of the code tree; it is unpacked into the step's working directory. */
  code: digestSchema.nullable(),
  codeOrigin: codeOriginSchema.optional(),
  environment: jobEnvironmentSchema,
  environmentVariables: z.record(variableSchema, z.string().refine(withoutNul, nulMessage)).default({}),
  /** Environment variables that are secrets: `{ PGPASSWORD: "warehouse" }`. The value is told to the step and kept nowhere. */
  secrets: z.record(secretVariable, nameSchema).optional(),
  /** May an earlier result with the same key be reused? */
  deterministic: z.boolean().default(true),
  /** An earlier result that is older is not reused. */
  maxAgeSeconds: z.number().int().min(0).nullable().default(null),
  /** Run it, whatever there is to be reused. */
  forceRerun: z.boolean().default(false),
  /** Wait at the first line until a debugger has attached to this port of the agent's loopback. */
  debug: debugSchema.nullable().default(null),
  maxRetries: z.number().int().min(0).max(10).default(0),
  /** Waits between attempts: the first, what each is longer by, and the longest. */
  retry: z
    .strictObject({
      delaySeconds: z.number().min(0).max(86_400).optional(),
      factor: z.number().min(1).max(100).optional(),
      capSeconds: z.number().min(0).max(86_400).optional(),
    })
    .default({}),
  /** How long it may wait for an agent to take it. */
  queueTimeoutSeconds: timeoutSeconds.nullable().default(null),
  /** Of one attempt. */
  timeoutSeconds: timeoutSeconds.default(7 * 86_400),
  /** Of all attempts together, with the waits before and between them; counted from when it is first queued. */
  deadlineSeconds: timeoutSeconds.nullable().default(null),
  /** Where to run, as it is written: `local`, `azureml:cpu-cluster`. Null: the workspace's default compute. */
  compute: z.string().min(1).max(255).nullable().default(null),
  resources: askedResourcesSchema.default({}),
  /** In a container: may it reach the network, rather than only this server? */
  network: z.boolean().default(false),
  container: containerOptionsSchema.optional(),
  parallel: parallelSchema.nullable().default(null),
  distribution: distributionSchema.nullable().default(null),
});
export interface CommandStep extends z.infer<typeof commandStepSchema> {}

/** Waits for people. It ends well when `quorum` of them approve, and fails when one rejects or its time is over. */
export const gateStepSchema = z.strictObject({
  type: z.literal("gate"),
  ...stepCommon,
  message: z.string().max(10_000).default(""),
  /** Names of people who may decide; empty: whoever may approve jobs. */
  approvers: z.array(z.string().min(1).max(200)).max(1000).default([]),
  /** So many different people must approve. One rejection is enough to reject. */
  quorum: z.number().int().min(1).max(100).default(1),
  /** Who submitted the job may not decide. */
  excludeSubmitter: z.boolean().default(false),
  /** How long it waits; null: until somebody decides. */
  timeoutSeconds: timeoutSeconds.nullable().default(null),
  /** When the time is over: the gate has failed, or it and what needs it are skipped. */
  onTimeout: z.enum(["fail", "skip"]).default("fail"),
  /** Nobody is asked, as in a job that runs on a sample. */
  passes: z.literal(true).optional(),
});
export interface GateStep extends z.infer<typeof gateStepSchema> {}

/** Runs a command many times with values from a search space; its outputs are those of the best trial. */
export const sweepStepSchema = z.strictObject({
  type: z.literal("sweep"),
  ...stepCommon,
  /** In its command, `${{search_space.x}}` is the value of a trial. */
  trial: commandStepSchema,
  ...sweepSchema.shape,
});
export interface SweepStep extends z.infer<typeof sweepStepSchema> {}

/** Loops in loops go so deep. */
export const deepestLoop = 3;

/** Runs its body once for each item of a list; each output is a folder with one folder for each item. */
export const foreachStepSchema = z.strictObject({
  type: z.literal("foreach"),
  ...stepCommon,
  /** A list of values or of objects, or where it comes from: a step's output whose file is a JSON list. */
  items: z.union([z.array(foreachItemSchema).max(mostItems), bindingSchema]),
  /** Input of the body that gets the item; the fields of an item that is an object go to inputs of their names. */
  item: ioName,
  body: z.strictObject({
    inputs: z.record(ioName, jobInputSchema).default({}),
    outputs: z.record(ioName, z.strictObject({ step: stepNameSchema, output: ioName })).default({}),
    get steps(): z.ZodType<Record<string, RepeatedStep>, Record<string, RepeatedStepInput>> {
      return z.record(stepNameSchema, repeatedStepSchema);
    },
  }),
  maxConcurrent: z.number().int().min(1).max(10_000).default(20),
  /** So many items may fail and the step still ends well. */
  maxFailures: z.number().int().min(0).default(0),
});
export interface ForeachStep extends z.infer<typeof foreachStepSchema> {}
interface ForeachStepInput extends z.input<typeof foreachStepSchema> {}

/** What a loop can repeat: not a gate, at which people would be asked for each item. */
const repeatedStepSchema = z.discriminatedUnion("type", [commandStepSchema, sweepStepSchema, foreachStepSchema]);
export type RepeatedStep = CommandStep | SweepStep | ForeachStep;
type RepeatedStepInput = z.input<typeof commandStepSchema> | z.input<typeof sweepStepSchema> | ForeachStepInput;

export const stepSchema = z.discriminatedUnion("type", [
  commandStepSchema,
  gateStepSchema,
  sweepStepSchema,
  foreachStepSchema,
]);
export const stepKinds = ["command", "gate", "sweep", "foreach"] as const;
export type Step = CommandStep | GateStep | SweepStep | ForeachStep;

export const isCommand = (step: Step): step is CommandStep => step.type === undefined || step.type === "command";

/** A job: a pipeline of steps. A command job is a pipeline with one step. */
export const jobDefinitionSchema = z.strictObject({
  type: z.enum(["command", "pipeline"]),
  name: nameSchema.optional(),
  displayName: z.string().max(255),
  experiment: z.string().min(1).max(500),
  description: z.string().max(10_000).default(""),
  tags: tagsSchema.default({}),
  inputs: z.record(ioName, jobInputSchema).default({}),
  /** Outputs of the pipeline: which step's output each one is. */
  outputs: z.record(ioName, z.strictObject({ step: stepNameSchema, output: ioName })).default({}),
  steps: z.record(stepNameSchema, stepSchema),
  continueOnStepFailure: z.boolean().default(false),
  /** Of the whole job, waiting included. */
  timeoutSeconds: timeoutSeconds.nullable().default(null),
  forceRerun: z.boolean().default(false),
  /** In its workspace, the steps of a job with a higher one start first. */
  priority: z.number().int().min(-100).max(100).default(0),
});
export type JobDefinition = z.infer<typeof jobDefinitionSchema>;

/** Every command of a job: its steps', its sweeps' and its loops', with where it stands. */
export const commandsOf = ({ steps }: { steps: Record<string, Step> }): { at: string; command: CommandStep }[] =>
  Object.entries(steps).flatMap(([name, step]) => {
    const at = `steps.${name}`;
    if (step.type === "sweep") return [{ at: `${at}.trial`, command: step.trial }];
    if (step.type === "gate") return [];
    if (step.type !== "foreach") return [{ at, command: step }];
    return commandsOf(step.body).map((inner) => ({ ...inner, at: `${at}.body.${inner.at}` }));
  });
