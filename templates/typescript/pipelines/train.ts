import { defineComponent, definePipeline, local } from "trainyard";

const prepare = defineComponent({
  displayName: "Prepare",
  command: ({ inputs, outputs }) =>
    `node prepare.ts --data ${inputs.data} --test-share ${inputs.testShare} --output ${outputs.split}`,
  code: "../src",
  inputs: { data: "uri_file", testShare: { type: "number", default: 0.2 } },
  outputs: { split: "uri_folder" },
});

const train = defineComponent({
  displayName: "Train",
  command: ({ inputs, outputs }) =>
    `node train.ts --data ${inputs.data} --alpha ${inputs.alpha} --model ${outputs.model}`,
  code: "../src",
  inputs: { data: "uri_folder", alpha: { type: "number", default: 1 } },
  outputs: { model: { type: "custom_model", register: { name: "__NAME__" } } },
});

export default definePipeline({
  displayName: "Train __NAME__",
  experiment: "__NAME__",
  inputs: { data: "uri_file", alpha: { type: "number", default: 1 } },
  values: { data: local("../data/houses.csv") },
  steps({ data, alpha }) {
    const split = prepare({ data });
    const model = train({ data: split.outputs.split, alpha });
    return { steps: { prepare: split, train: model }, outputs: { model: model.outputs.model } };
  },
});
