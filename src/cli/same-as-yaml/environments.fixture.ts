// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { data, defineComponent, definePipeline, local, model, url } from "../../authoring/index.ts";
import type { Languages } from "./languages.fixture.ts";

/** Every kind of environment, and of files. */
export function environmentsAndFiles(): Languages {
  const look = (environment?: Parameters<typeof defineComponent>[0]["environment"]) =>
    defineComponent({
      command: "look ${{inputs.files}}",
      environment,
      inputs: { files: { type: "uri_folder", mode: "direct" } },
    });
  const environments = {
    none: undefined,
    named: "science:1",
    newest: "science",
    conda: { condaFile: "conda.yml" },
    wheels: { condaFile: "wheels.yml" },
    image: { image: "python:3.12", condaFile: "conda.yml" },
    requirements: { requirementsFile: "envs/requirements.txt", python: "3.12" },
    unpinned: { requirementsFile: "envs/base.txt" },
    uv: { uvProject: "uv" },
    built: { build: { context: "image" } },
    other: { build: { context: "image", dockerfile: "build/Other" } },
  };
  const files = [
    ...[local("folder"), url("https://example.org/rows/")],
    ...[data("rides", { label: "latest" }), model("rides", { alias: "champion" })],
  ];
  const pipeline = definePipeline({
    displayName: "job",
    experiment: "e",
    steps: () => ({
      steps: Object.fromEntries(
        Object.entries(environments).map(([name, environment], index) => [
          name,
          look(environment)({ files: files[index % files.length]! }),
        ]),
      ),
    }),
  });
  const written = {
    ...{ none: null, named: "azureml:science:1", newest: "azureml:science@latest" },
    ...{ conda: { conda_file: "./conda.yml" }, wheels: { conda_file: "./wheels.yml" } },
    image: { image: "python:3.12", conda_file: "./conda.yml" },
    requirements: { requirements_file: "./envs/requirements.txt", python_version: "3.12" },
    unpinned: { requirements_file: "./envs/base.txt" },
    uv: { uv_project: "./uv" },
    built: { build: { path: "./image" } },
    other: { build: { path: "./image", dockerfile_path: "build/Other" } },
  };
  const paths = ["./folder", "https://example.org/rows/", "azureml:rides@latest", "azureml:rides@champion"];
  const jobs = Object.entries(written).map(([name, environment], index) => {
    const path = paths[index % paths.length]!;
    const type = path.endsWith("champion") ? "mlflow_model" : "uri_folder";
    const input = JSON.stringify({ type, path });
    const component = JSON.stringify({
      ...{
        type: "command",
        command: "look ${{inputs.files}}",
        inputs: { files: { type: "uri_folder", mode: "direct" } },
      },
      ...(environment ? { environment } : {}),
    });
    return `  ${name}: { component: ${component}, inputs: { files: ${input} } }\n`;
  });
  const yaml = `type: pipeline\ndisplay_name: job\nexperiment_name: e\njobs:\n${jobs.join("")}`;
  return { pipeline, yaml };
}
