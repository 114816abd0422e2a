import { deleteTag, logBatch, logInputs, logOutputs, logParam, setTags } from "../../features/run/index.ts";
import type { Input } from "./input.ts";
import { checkBatch, checkDistinct, checkLength, paramOf, pointOf, runTagOf } from "./limits.ts";
import type { Call, Route } from "./route.ts";
import { runIdOf } from "./runs.ts";

const write = { permission: "run:write" } as const;

export const loggingRoutes: Route[] = [
  { method: "POST", path: "/runs/log-metric", ...write, handler: metric },
  { method: "POST", path: "/runs/log-parameter", ...write, handler: param },
  { method: "POST", path: "/runs/log-batch", ...write, handler: batch },
  { method: "POST", path: "/runs/set-tag", ...write, handler: tag },
  {
    method: "POST",
    path: "/runs/delete-tag",
    ...write,
    handler: ({ ctx, workspace, input }) => deleteTag(ctx, workspace, runIdOf(input), input.text("key")),
  },
  { method: "POST", path: "/runs/log-inputs", ...write, handler: inputs },
  { method: "POST", path: "/runs/outputs", ...write, handler: outputs },
  { method: "POST", path: "/runs/log-model", ...write, handler: model },
];

function metric({ ctx, workspace, input }: Call) {
  return logBatch(ctx, workspace, runIdOf(input), { metrics: [pointOf(input)] });
}

function param({ ctx, workspace, input }: Call) {
  const id = runIdOf(input);
  const [key, value] = paramOf(input);
  return logParam(ctx, workspace, id, key, value);
}

function tag({ ctx, workspace, input }: Call) {
  const id = runIdOf(input);
  return setTags(ctx, workspace, id, [runTagOf(input)]);
}

function batch({ ctx, workspace, input }: Call) {
  const id = runIdOf(input);
  const lists = { metrics: input.list("metrics"), params: input.list("params"), tags: input.list("tags") };
  checkBatch(lists);
  const params = lists.params.map(paramOf);
  checkDistinct(params);
  const metrics = lists.metrics.map(pointOf);
  return logBatch(ctx, workspace, id, { params, metrics, tags: lists.tags.map(runTagOf) });
}

const datasetLimits = { name: 500, digest: 36, source: 65_535, schema: 1_048_575, profile: 16_777_215 };

function datasetOf(input: Input) {
  const dataset = input.object("dataset");
  const limited = (name: keyof typeof datasetLimits, value: string | undefined) =>
    value === undefined ? null : checkLength(`dataset ${name}`, value, datasetLimits[name]);
  return {
    dataset: {
      name: limited("name", dataset.text("name"))!,
      digest: limited("digest", dataset.text("digest"))!,
      source_type: dataset.text("source_type"),
      source: limited("source", dataset.text("source"))!,
      schema: limited("schema", dataset.optionalText("schema")),
      profile: limited("profile", dataset.optionalText("profile")),
    },
    tags: Object.fromEntries(input.pairs("tags")),
  };
}

function inputs({ ctx, workspace, input }: Call) {
  const id = runIdOf(input);
  const models = input.list("models").map((model) => model.text("model_id"));
  return logInputs(ctx, workspace, id, { datasets: input.list("datasets").map(datasetOf), models });
}

function outputs({ ctx, workspace, input }: Call) {
  const models = input
    .list("models")
    .map((model) => ({ modelId: model.text("model_id"), step: model.optionalInteger("step") ?? 0 }));
  return logOutputs(ctx, workspace, runIdOf(input), models);
}

/** Clients before MLflow 3 tell of their models in a tag that this keeps. */
async function model({ ctx, workspace, input }: Call) {
  const id = runIdOf(input);
  const json = input.text("model_json");
  await setTags(ctx, workspace, id, [["mlflow.log-model.history", `[${json}]`]]);
}
