// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { type JobDefinition, jobDefinitionSchema } from "../../contract/job.ts";

export interface ConversionPlan {
  model: { name: string; version: string };
  data?: { name: string; version?: string };
  /** Tree of the converter's program. */
  program: string;
  flavor: string;
  condaFile: string;
  tolerance: number;
  agreement: number;
  opset: number;
}

const convertCommand = [
  "python -m convert_to_onnx",
  '--model "${{inputs.model}}"',
  '$[[--data "${{inputs.data}}"]]',
  "--opset ${{inputs.opset}} --tolerance ${{inputs.tolerance}} --agreement ${{inputs.agreement}}",
  '--output "${{outputs.model}}" --report "${{outputs.report}}"',
].join(" ");

/**
 * The job of a conversion. Its first step ends well whatever it finds, so that the report is kept; the second fails
 * when the report says that the result is not to be used.
 */
export function conversionJob(plan: ConversionPlan): JobDefinition {
  const { model, data } = plan;
  const number = (value: number) => ({ type: "number", binding: { from: "literal", value } });
  return jobDefinitionSchema.parse({
    type: "pipeline",
    displayName: `Convert ${model.name} ${model.version} to ONNX`,
    experiment: "model-conversion",
    steps: {
      convert: {
        displayName: "convert and compare",
        command: convertCommand,
        code: plan.program,
        environment: { name: `convert-${plan.flavor}-to-onnx`, condaFile: plan.condaFile, image: null },
        inputs: {
          model: { type: "mlflow_model", binding: { from: "asset", kind: "model", ...model } },
          // As a folder also when it is one file: a file's name would be read by the shell.
          data: { type: "uri_folder", optional: true, binding: data ? { from: "asset", kind: "data", ...data } : null },
          opset: number(plan.opset),
          tolerance: number(plan.tolerance),
          agreement: number(plan.agreement),
        },
        outputs: { model: { type: "uri_folder" }, report: { type: "uri_folder" } },
        timeoutSeconds: 6 * 3600,
      },
      verdict: {
        displayName: "verdict",
        command: 'python3 convert_to_onnx/verdict.py "${{inputs.report}}"',
        code: plan.program,
        environment: { name: null, condaFile: null, image: null },
        inputs: { report: { type: "uri_folder", binding: { from: "step", step: "convert", output: "report" } } },
      },
    },
  });
}
