import type { CodeOrigin, CommandStep, JobEnvironment } from "../../contract/job.ts";
import { didYouMean } from "../../contract/suggest.ts";
import { resolveCode } from "./code.ts";
import { readContainerOptions } from "./container-options.ts";
import type { Context } from "./context.ts";
import type { Node, ScalarNode } from "./document.ts";
import { resolveEnvironment } from "./environment.ts";
import { hasExpression } from "./expression.ts";
import { type Fields, textByName } from "./fields.ts";
import type { Issues } from "./issues.ts";
import type { ParallelSpec } from "./parallel.ts";
import type { commandJobShape, componentShape, stepShape } from "./schema.ts";

/** What runs: the part that a command job, an inline step and a component have in common. */
export interface CommandSpec {
  command: ScalarNode | undefined;
  code: string | null;
  codeOrigin?: CodeOrigin;
  environment: JobEnvironment;
  environmentVariables: Record<string, string>;
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
    environmentVariables: readVariables(fields.environment_variables, context.issues),
    deterministic: fields.is_deterministic?.value ?? true,
    ...(distribution ? { distribution } : {}),
    ...withContainer(fields, context.issues),
  };
}

export function withContainer({ resources }: Pick<CommandFields, "resources">, issues: Issues) {
  const container = resources && readContainerOptions(resources, issues);
  return container ? { container } : {};
}

/** Variables of a step; a name that no shell accepts, or an expression as the value, is an issue. */
export function readVariables(node: Node | undefined, issues: Issues): Record<string, string> {
  const variables: Record<string, string> = {};
  if (!node) return variables;
  for (const [name, value] of textByName(node, "environment_variables", issues) ?? []) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name === "__proto__")
      issues.add(value.at, `"${name}" cannot be the name of an environment variable`);
    else if (hasExpression(value.value))
      issues.add(
        value.at,
        "an expression in an environment variable is not supported yet",
        "Pass it as an input in the command.",
      );
    else variables[name] = value.value;
  }
  return variables;
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
