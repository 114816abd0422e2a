import { expect, it } from "vitest";
import {
  data,
  defineBody,
  defineComponent,
  definePipeline,
  forEach,
  gate,
  local,
  model,
  sweep,
  text,
} from "./index.ts";

const prep = defineComponent({
  command: ({ inputs, outputs, optional }) =>
    `python prep.py --raw ${inputs.raw} --out ${outputs.clean} ${optional(`--share ${inputs.share}`)}`,
  inputs: { raw: "uri_file", share: { type: "number", optional: true } },
  outputs: { clean: "uri_folder", rows: "integer" },
});
const train = defineComponent({
  command: "python train.py",
  inputs: { data: "uri_folder", alpha: { type: "number", default: 0.5 }, kind: { type: "string", default: "a" } },
  outputs: { model: { type: "mlflow_model", register: { name: "diabetes" } } },
});
const count = defineComponent({ command: "count", inputs: { n: "number", name: "string" } });

/** Never called: what it says is for the compiler, which fails where an error that is expected is none. */
const components = () => {
  const cleaned = prep({ raw: data("raw") });
  // An integer is a number; a model is a folder; any value is a text.
  count({ n: cleaned.outputs.rows, name: cleaned.outputs.rows });
  count({ n: 1, name: text`${cleaned.outputs.rows} rows` });
  train({ data: train({ data: model("m") }).outputs.model });
  // @ts-expect-error a required input is missing
  prep({});
  // @ts-expect-error a text is no number
  count({ n: "three", name: "x" });
  // @ts-expect-error a folder is no number
  count({ n: cleaned.outputs.clean, name: "x" });
  // @ts-expect-error a file of a name is no value
  count({ n: local("n.txt"), name: "x" });
  // @ts-expect-error a folder is no part of a text
  count({ n: 1, name: text`${cleaned.outputs.clean}` });
  // @ts-expect-error there is no such output
  train({ data: cleaned.outputs.dirty });
  // @ts-expect-error there is no such input
  train({ data: cleaned.outputs.clean, beta: 1 });
  defineComponent({
    // @ts-expect-error the command names an input that is not declared
    command: ({ inputs }) => `x ${inputs.other}`,
    inputs: { a: "string" },
  });
  defineComponent({
    command: "x",
    inputs: { a: "string" },
    // @ts-expect-error and so does a variable
    environmentVariables: ({ inputs }) => ({ A: inputs.other }),
  });
  // @ts-expect-error a default is of the type of its input
  defineComponent({ command: "x", inputs: { a: { type: "number", default: "one" } } });
  // @ts-expect-error there is no such type
  defineComponent({ command: "x", inputs: { a: "float" } });
  // @ts-expect-error there is no such option
  train({ data: cleaned.outputs.clean }, { retries: 3 });
  // @ts-expect-error there is no such operator
  train({ data: cleaned.outputs.clean }, { when: { left: cleaned.outputs.rows, operator: "=", right: 3 } });
};

const sweeps = () => {
  const objective = { goal: "minimize", primaryMetric: "rmse" } as const;
  const alpha = { type: "uniform", min: 0, max: 1 } as const;
  const given = { data: data("x") };
  sweep(train, { searchSpace: { alpha, kind: { type: "choice", values: ["a", "b"] } }, objective }, given);
  // @ts-expect-error a sweep is over inputs of the component
  sweep(train, { searchSpace: { beta: alpha }, objective }, given);
  // @ts-expect-error a text is from no range
  sweep(train, { searchSpace: { kind: alpha }, objective }, given);
  // @ts-expect-error these are no numbers
  sweep(train, { searchSpace: { alpha: { type: "choice", values: ["a"] } }, objective }, given);
  // @ts-expect-error what the search space gives is not given besides
  sweep(train, { searchSpace: { alpha }, objective }, { ...given, alpha: 1 });
  // @ts-expect-error a required input is missing
  sweep(train, { searchSpace: { alpha }, objective }, {});
};

const loops = () => {
  const name = "x";
  const list = prep({ raw: data("raw") }).outputs;
  forEach(count, { item: "n", of: [1, 2] }, { name });
  forEach(count, { item: "n", of: list.clean }, { name });
  forEach(count, { item: ["n", "name"], of: list.clean }, {});
  forEach(count, { of: [{ n: 1, name }] }, {});
  // @ts-expect-error items are numbers
  forEach(count, { item: "n", of: ["one"] }, { name });
  // @ts-expect-error there is no such input
  forEach(count, { item: "m", of: [1] }, { name });
  // @ts-expect-error a field of an item is no number
  forEach(count, { of: [{ n: "one", name }] }, {});
  // @ts-expect-error nothing says which input gets an item
  forEach(count, { of: [1, 2] }, { n: 1, name });
  // @ts-expect-error a required input is missing
  forEach(count, { item: "n", of: [1, 2] }, {});
  // @ts-expect-error a number is no list
  forEach(count, { item: "n", of: list.rows }, { name });
  const body = defineBody({
    inputs: { raw: "uri_file", share: "number" },
    steps({ raw, share }) {
      const only = prep({ raw, share });
      // @ts-expect-error a number is no file
      prep({ raw: share });
      return { steps: { only }, outputs: { clean: only.outputs.clean } };
    },
  });
  train({ data: forEach(body, { item: "share", of: [0.1, 0.2] }, { raw: data("raw") }).outputs.clean });
  // @ts-expect-error there is no such output
  forEach(body, { item: "share", of: [0.1] }, { raw: data("raw") }).outputs.rows;
  // @ts-expect-error a required input is missing
  forEach(body, { item: "share", of: [0.1] }, {});
};

const pipelines = () => {
  const about = { displayName: "d", experiment: "e" };
  definePipeline({
    ...about,
    inputs: { raw: "uri_file", n: "integer" },
    values: { raw: local("raw.csv"), n: 3 },
    steps({ raw, n }) {
      const one = prep({ raw, share: n });
      // @ts-expect-error a file is no number
      prep({ raw, share: raw });
      gate({ inputs: { rows: one.outputs.rows, note: "look" } }, { after: [one] });
      // @ts-expect-error a gate takes no code
      gate({}, { compute: "big" });
      return { steps: { one }, outputs: { clean: one.outputs.clean } };
    },
  });
  // @ts-expect-error a value is of the type of its input
  definePipeline({ ...about, inputs: { n: "integer" }, values: { n: "three" }, steps: () => ({ steps: {} }) });
  // @ts-expect-error a pipeline has an experiment
  definePipeline({ displayName: "d", steps: () => ({ steps: {} }) });
};

it("is checked by the compiler", () => {
  for (const checked of [components, sweeps, loops, pipelines]) expect(checked).toBeTypeOf("function");
});
