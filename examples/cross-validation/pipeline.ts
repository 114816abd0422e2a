import { defineComponent, definePipeline, forEach, local } from "trainyard";

const common = { code: "src", environment: { condaFile: "conda.yml" } } as const;

/** What may be chosen for the first step, and so for the pipeline. */
const choices = {
  data: "uri_file",
  method: { type: "string", default: "k-fold" },
  folds: { type: "integer", default: 5 },
  inner: { type: "integer", default: 0 },
  column: { type: "string", optional: true },
} as const;

const folds = defineComponent({
  ...common,
  displayName: "Folds",
  command: ({ inputs, outputs, optional }) =>
    `python folds.py --data ${inputs.data} --method ${inputs.method} --folds ${inputs.folds} --inner ${inputs.inner} ` +
    `${optional(`--column '${inputs.column}'`)} --output ${outputs.folds} --items ${outputs.items}`,
  inputs: choices,
  outputs: { folds: "uri_folder", items: "uri_folder" },
});

const evaluate = defineComponent({
  ...common,
  command: ({ inputs, outputs }) =>
    `python evaluate.py --data ${inputs.data} --folds ${inputs.folds} --fold ${inputs.fold} --output ${outputs.metrics}`,
  inputs: { data: "uri_file", folds: "uri_folder", fold: "integer" },
  outputs: { metrics: "uri_folder" },
});

const gather = defineComponent({
  ...common,
  displayName: "Mean and deviation",
  command: ({ inputs, outputs }) => `python gather.py --metrics ${inputs.metrics} --output ${outputs.summary}`,
  inputs: { metrics: "uri_folder" },
  outputs: { summary: "uri_folder" },
});

export default definePipeline({
  displayName: "Cross-validation",
  experiment: "cross-validation",
  inputs: choices,
  values: { data: local("data/houses.csv") },
  steps({ data, method, folds: count, inner, column }) {
    const cut = folds({ data, method, folds: count, inner, column });
    const each = forEach(
      evaluate,
      { item: "fold", of: cut.outputs.items },
      { data, folds: cut.outputs.folds },
      { displayName: "Each fold" },
    );
    const summary = gather({ metrics: each.outputs.metrics });
    return { steps: { folds: cut, each, summary }, outputs: { summary: summary.outputs.summary } };
  },
});
