import { stringify } from "yaml";
import type { Parameter } from "./parameters.ts";
import { flagOf } from "./script.ts";

const schema = (of: string): string => `https://azuremlschemas.azureedge.net/latest/${of}.schema.json`;
const isAsset = (parameter: Parameter): boolean => parameter.type.startsWith("uri_");
/** YAML that does not fold commands or shorten anything. */
const yaml = (document: unknown): string => stringify(document, { lineWidth: 0 });

/** Azure ML YAML of a component that runs the script, and of a pipeline of that one step. */
export function componentOf(
  name: string,
  title: string,
  parameters: Parameter[],
): { component: string; pipeline: string } {
  const inputs = parameters.filter(({ isOutput }) => !isOutput);
  const output = parameters.find(({ isOutput }) => isOutput)?.name ?? "output";
  const component = {
    $schema: schema("commandComponent"),
    type: "command",
    name: name.toLowerCase().replaceAll(/[^a-z0-9_]+/g, "_"),
    version: "1",
    display_name: title,
    ...(inputs.length > 0 ? { inputs: Object.fromEntries(inputs.map((one) => [one.name, inputOf(one)])) } : {}),
    outputs: { [output]: { type: "uri_folder" } },
    code: "./src",
    environment: {
      image: "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest",
      conda_file: "./conda.yml",
    },
    command: [`python ${name}.py`, ...inputs.map(argumentOf), `${flagOf(output)} \${{outputs.${output}}}`].join(" "),
  };
  const pipeline = {
    $schema: schema("pipelineJob"),
    type: "pipeline",
    display_name: title,
    experiment_name: name,
    settings: { default_compute: "serverless" },
    ...pipelineInputs(inputs),
    jobs: {
      [component.name]: {
        type: "command",
        component: "./component.yml",
        ...(inputs.some(given)
          ? {
              inputs: Object.fromEntries(inputs.filter(given).map(({ name }) => [name, `\${{parent.inputs.${name}}}`])),
            }
          : {}),
      },
    },
  };
  return { component: yaml(component), pipeline: yaml(pipeline) };
}

function inputOf(parameter: Parameter): object {
  const { type, value, description } = parameter;
  return {
    type,
    ...(value === null ? { optional: true } : isAsset(parameter) ? {} : { default: value }),
    ...(description ? { description } : {}),
  };
}

/** Values are put into the command as they are: what may hold spaces stands in quotes. */
function argumentOf({ name, type, value }: Parameter): string {
  const expression = `\${{inputs.${name}}}`;
  const argument = `${flagOf(name)} ${type === "string" ? `'${expression}'` : expression}`;
  return value === null ? `$[[${argument}]]` : argument;
}

const given = (parameter: Parameter): boolean => parameter.value !== null;

function pipelineInputs(inputs: Parameter[]): object {
  const values = inputs
    .filter(given)
    .map((one) => [one.name, isAsset(one) ? { type: one.type, path: String(one.value) } : one.value]);
  return values.length > 0 ? { inputs: Object.fromEntries(values) } : {};
}

/** A conda file for the packages that the notebook imports or installs. */
export const condaOf = (name: string, requirements: string[]): string =>
  [
    "# Found in the notebook's imports. Pin what matters: `pandas==2.3.3`.",
    `name: ${name}`,
    "channels:",
    "  - conda-forge",
    "dependencies:",
    "  - python>=3.10",
    "  - pip",
    ...(requirements.length > 0 ? ["  - pip:", ...requirements.map((one) => `      - ${one}`)] : []),
    "",
  ].join("\n");
