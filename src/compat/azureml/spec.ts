import { type CodeOrigin, type CommandStep, commandStepSchema, type JobEnvironment } from "../../contract/job.ts";
import { didYouMean } from "../../contract/suggest.ts";
import { resolveCode } from "./code.ts";
import { readContainerOptions } from "./container-options.ts";
import type { Context } from "./context.ts";
import type { Node, ScalarNode } from "./document.ts";
import { resolveEnvironment } from "./environment.ts";
import { hasExpression } from "./expression.ts";
import { entries, type Fields, scalar } from "./fields.ts";
import type { At, Issues } from "./issues.ts";
import type { ParallelSpec } from "./parallel.ts";
import type { commandJobShape, componentShape, stepShape } from "./schema.ts";

/** What runs: the part that a command job, an inline step and a component have in common. */
export interface CommandSpec {
  command: ScalarNode | undefined;
  code: string | null;
  codeOrigin?: CodeOrigin;
  environment: JobEnvironment;
  environmentVariables: Record<string, string>;
  /** The values among them in which inputs are named, as they are written. */
  boundVariables: ScalarNode[];
  secrets: Record<string, string>;
  deterministic: boolean;
  distribution?: CommandStep["distribution"];
  container?: CommandStep["container"];
  /** The command works through mini-batches. */
  parallel?: ParallelSpec;
}

type Shape = Fields<typeof commandJobShape & typeof stepShape & typeof componentShape>;

/** The fields of any construct that holds a command. */
export type CommandFields = Pick<
  Shape,
  | "command"
  | "code"
  | "environment"
  | "environment_variables"
  | "resources"
  | "distribution"
  | "is_deterministic"
  | "additional_includes"
>;

/** Resolves code and environment relative to the file that names them, and refuses what one machine cannot do. */
export async function readCommandSpec(fields: CommandFields, context: Context): Promise<CommandSpec> {
  const distribution = "task" in fields ? null : readDistribution(fields, context.issues);
  return {
    command: fields.command,
    ...(await resolveCode(fields.code, fields.additional_includes ?? [], context)),
    environment: await resolveEnvironment(fields.environment, context),
    ...readVariables(fields.environment_variables, context.issues),
    deterministic: fields.is_deterministic?.value ?? true,
    ...(distribution ? { distribution } : {}),
    ...withContainer(fields, context.issues),
  };
}

export function withContainer({ resources }: Pick<CommandFields, "resources">, issues: Issues) {
  const container = resources && readContainerOptions(resources, issues);
  return container ? { container } : {};
}

export type Variables = Pick<CommandSpec, "environmentVariables" | "boundVariables" | "secrets">;

/** Variables of a step; a name that no shell accepts, or a secret that is not the whole value, is an issue. */
export function readVariables(node: Node | undefined, issues: Issues): Variables {
  const read: Variables = { environmentVariables: {}, boundVariables: [], secrets: {} };
  if (!node) return read;
  for (const { name, node: given } of entries(node, "environment_variables", issues) ?? []) {
    const value = scalar(given, `environment_variables.${name}`, issues);
    if (!value) continue;
    const secret = /^\s*\$\{\{\s*secrets\.([A-Za-z0-9_.-]+)\s*\}\}\s*$/.exec(value.text)?.[1];
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name === "__proto__")
      issues.add(value.at, `"${name}" cannot be the name of an environment variable`);
    else if (secret !== undefined) addSecret(read, { name, secret, at: value.at }, issues);
    else if (/\$\{\{\s*secrets\./.test(value.text))
      issues.add(value.at, "a secret must be the whole value of a variable", "Put what is around it into the command.");
    else {
      read.environmentVariables[name] = value.text;
      if (hasExpression(value.text)) read.boundVariables.push(value);
    }
  }
  return read;
}

const variableHint =
  "Programs that start a step read PATH, HOME, TMPDIR, LANG, proxies, DOCKER_… and XDG_… themselves: take another name.";

function addSecret(
  { secrets }: Variables,
  { name, secret, at }: { name: string; secret: string; at: At },
  issues: Issues,
) {
  const parsed = commandStepSchema.shape.secrets.safeParse({ [name]: secret });
  if (parsed.success) secrets[name] = secret;
  else issues.add(at, `"${name}" cannot be given the secret "${secret}"`, variableHint);
}

/** What is said later of a variable counts, whichever of the two it is. */
export function overVariables(earlier: Variables, later: Variables): Variables {
  const without = (values: Record<string, string>, taken: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !Object.hasOwn(taken, name)));
  return {
    environmentVariables: { ...without(earlier.environmentVariables, later.secrets), ...later.environmentVariables },
    boundVariables: [...earlier.boundVariables, ...later.boundVariables],
    secrets: { ...without(earlier.secrets, later.environmentVariables), ...later.secrets },
  };
}

type Spread = Pick<CommandFields, "resources" | "distribution">;

/** How many processes a command is started as. Without a distribution nothing would tell them of each other. */
export function readDistribution({ resources, distribution }: Spread, issues: Issues): CommandStep["distribution"] {
  const instances = resources?.instance_count;
  const instanceCount = instances?.value ?? 1;
  if (!distribution?.type) {
    if (instanceCount > 1) {
      const hint = "Write distribution: { type: pytorch }, mpi or tensorflow.";
      const message = `nothing says how the command is started on ${instanceCount} machines`;
      issues.refuse(instances!.at, "several machines without a distribution", message, hint);
    }
    return null;
  }
  const { type: written, process_count_per_instance, worker_count, parameter_server_count } = distribution;
  const word = written.value.toLowerCase();
  const type = (["pytorch", "mpi", "tensorflow"] as const).find((known) => known === word);
  if (!type) {
    if (word === "ray") issues.refuse(written.at, "Ray", "Ray as the distribution of a step is not supported yet");
    else
      issues.add(
        written.at,
        `there is no distribution "${written.value}"`,
        didYouMean(word, ["pytorch", "mpi", "tensorflow"]),
      );
    return null;
  }
  return {
    ...{ type, instanceCount, processesPerInstance: process_count_per_instance?.value ?? 1 },
    ...(worker_count && worker_count.value > 0 ? { workers: worker_count.value } : {}),
    parameterServers: parameter_server_count?.value ?? 0,
  };
}
