import type { JobEnvironment } from "../../contract/job.ts";
import type { Context } from "./context.ts";
import { describe, type Node, type ScalarNode } from "./document.ts";
import { resolveEnvironment } from "./environment.ts";
import { hasExpression } from "./expression.ts";
import { type Fields, textByName } from "./fields.ts";
import type { Issues } from "./issues.ts";
import { parseReference } from "./reference.ts";
import type { commandJobShape, componentShape, stepShape } from "./schema.ts";

/** What runs: the part that a command job, an inline step and a component have in common. */
export interface CommandSpec {
  command: ScalarNode | undefined;
  code: string | null;
  environment: JobEnvironment;
  environmentVariables: Record<string, string>;
  deterministic: boolean;
}

/** The fields of any construct that holds a command. */
export type CommandFields = Pick<
  Fields<typeof commandJobShape> & Fields<typeof stepShape> & Fields<typeof componentShape>,
  "command" | "code" | "environment" | "environment_variables" | "resources" | "distribution" | "is_deterministic"
>;

/** Resolves code and environment relative to the file that names them, and refuses what one machine cannot do. */
export async function readCommandSpec(fields: CommandFields, context: Context): Promise<CommandSpec> {
  refuseManyProcesses(fields, context.issues);
  return {
    command: fields.command,
    code: fields.code ? await resolveCode(fields.code, context) : null,
    environment: await resolveEnvironment(fields.environment, context),
    environmentVariables: readVariables(fields.environment_variables, context.issues),
    deterministic: fields.is_deterministic?.value ?? true,
  };
}

async function resolveCode(node: Node, context: Context): Promise<string | null> {
  const { issues } = context;
  if (node.kind !== "scalar") {
    issues.add(node.at, `"code" must be a path, but it is ${describe(node)}`);
    return null;
  }
  const reference = parseReference(node.text);
  if (reference.kind === "local") {
    const found = context.locate(reference.path, node.at, "the code folder");
    return found ? context.digest(found.path) : null;
  }
  const what = reference.kind === "remote" ? reference.what : "a registered code asset";
  if (reference.kind === "invalid") issues.add(node.at, reference.message, reference.hint);
  else issues.add(node.at, `${what} as code is not supported yet`, "Write the path of a folder beside the YAML file.");
  return null;
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

/** A command that Azure ML would start several times cannot be started once and be called the same. */
export function refuseManyProcesses(fields: Spread, issues: Issues): void {
  const instances = fields.resources?.instance_count;
  if (instances && instances.value > 1)
    issues.add(instances.at, `a step on ${instances.value} machines is not supported yet`, "Write instance_count: 1.");
  const counts = [fields.distribution?.process_count_per_instance, fields.distribution?.worker_count];
  const many = counts.find((count) => count !== undefined && count.value > 1);
  if (many) issues.add(many.at, "distributed training is not supported yet", "A step is one process: write 1.");
  const type = fields.distribution?.type;
  if (type && type.value.toLowerCase() === "ray")
    issues.add(type.at, "Ray as the distribution of a step is not supported yet");
}
