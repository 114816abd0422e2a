/** Files of a model as mlflow writes them, but for the model itself. */
export const modelFile = (more: { flavor?: string; example?: boolean; signature?: boolean } = {}): string =>
  [
    "flavors:",
    "  python_function:",
    `    loader_module: mlflow.${more.flavor ?? "sklearn"}`,
    "    env:",
    "      conda: conda.yaml",
    "      virtualenv: python_env.yaml",
    `  ${more.flavor ?? "sklearn"}:`,
    "    pickled_model: model.pkl",
    ...(more.example === false ? [] : ["saved_input_example_info:", "  artifact_path: input_example.json"]),
    ...(more.signature === false ? [] : ["signature:", `  inputs: '[{"type": "double", "name": "bmi"}]'`]),
    "",
  ].join("\n");

export const condaFile = `channels:
- conda-forge
dependencies:
- python=3.11.7
- pip
- pip:
  - mlflow==3.11.1
  - scikit-learn==1.7.2
name: mlflow-env
`;

/** A model like no other: what was done with equal files before would be reused. */
export const sklearnModel = (more: Record<string, string> = {}): Record<string, string> => ({
  ...{ MLmodel: modelFile(), "conda.yaml": condaFile, "model.pkl": `S'${Math.random()}'\n.` },
  ...more,
});
