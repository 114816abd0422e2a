import {
  addLoggedModelParams,
  createLoggedModel,
  deleteLoggedModel,
  deleteLoggedModelTag,
  finalizeLoggedModel,
  getLoggedModel,
  type LoggedModelStatus,
  searchLoggedModels,
  setLoggedModelTags,
} from "../../features/run/index.ts";
import { invalidParameter } from "./error.ts";
import { experimentNumbers, mostSearched } from "./experiment-ids.ts";
import type { Input } from "./input.ts";
import { pagesOf } from "./page.ts";
import type { Call, Route } from "./route.ts";
import { loggedModelFilter, loggedModelOrder, statusOf } from "./search/logged-models.ts";
import { loggedModelJson } from "./shape.ts";

const read = { permission: "run:read" } as const;
const write = { permission: "run:write" } as const;

export const loggedModelRoutes: Route[] = [
  { method: "POST", path: "/logged-models", ...write, handler: create },
  { method: "POST", path: "/logged-models/search", ...read, handler: search },
  { method: "GET", path: "/logged-models/{model_id}", ...read, handler: get },
  { method: "PATCH", path: "/logged-models/{model_id}", ...write, handler: finalize },
  {
    method: "DELETE",
    path: "/logged-models/{model_id}",
    ...write,
    handler: ({ ctx, workspace, params }) => deleteLoggedModel(ctx, workspace, params.model_id!),
  },
  {
    method: "POST",
    path: "/logged-models/{model_id}/params",
    ...write,
    handler: ({ ctx, workspace, input, params }) =>
      addLoggedModelParams(ctx, workspace, params.model_id!, Object.fromEntries(input.pairs("params"))),
  },
  {
    method: "PATCH",
    path: "/logged-models/{model_id}/tags",
    ...write,
    handler: ({ ctx, workspace, input, params }) =>
      setLoggedModelTags(ctx, workspace, params.model_id!, Object.fromEntries(input.pairs("tags"))),
  },
  {
    method: "DELETE",
    path: "/logged-models/{model_id}/tags/{tag_key}",
    ...write,
    handler: ({ ctx, workspace, params }) => deleteLoggedModelTag(ctx, workspace, params.model_id!, params.tag_key!),
  },
];

async function create({ ctx, workspace, input }: Call) {
  const name = input.optionalText("name");
  if (name && /[/:.%"']/.test(name))
    throw invalidParameter(
      `Invalid model name (${name}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    );
  const model = await createLoggedModel(ctx, {
    workspace,
    experimentId: input.text("experiment_id"),
    name,
    modelType: input.optionalText("model_type"),
    sourceRunId: input.optionalText("source_run_id"),
    params: Object.fromEntries(input.pairs("params")),
    tags: Object.fromEntries(input.pairs("tags")),
  });
  return { model: loggedModelJson(model) };
}

async function get({ ctx, workspace, input, params }: Call) {
  const model = await getLoggedModel(ctx, workspace, params.model_id!, input.flag("allow_deleted"));
  return { model: loggedModelJson(model) };
}

async function finalize({ ctx, workspace, input, params }: Call) {
  const model = await finalizeLoggedModel(ctx, workspace, params.model_id!, wantedStatus(input));
  return { model: loggedModelJson(model) };
}

function wantedStatus(input: Input): LoggedModelStatus {
  const status = input.textOrNumber("status");
  return statusOf(/^\d+$/.test(status) ? Number(status) : status);
}

/** Each is a branch of the condition. */
const mostDatasets = 100;

function atMost<T>(most: number, items: T[]): T[] {
  if (items.length <= most) return items;
  throw invalidParameter(`A search can name at most ${most} data sets; it names ${items.length}.`);
}

async function search({ ctx, workspace, input }: Call) {
  const asked = {
    workspace,
    experimentIds: experimentNumbers(input.texts("experiment_ids"), mostSearched),
    where: loggedModelFilter(input.plainText("filter")),
    datasets: atMost(mostDatasets, input.list("datasets")).map((dataset) => ({
      name: dataset.text("dataset_name"),
      digest: dataset.optionalText("dataset_digest") || undefined,
    })),
    orderBy: input
      .list("order_by")
      .map((order) => loggedModelOrder(order.text("field_name"), !order.has("ascending") || order.flag("ascending"))),
  };
  const { items, next } = await pagesOf(input, { least: 1, most: 50_000, usual: 100 }, asked, (page) =>
    searchLoggedModels(ctx, { ...asked, ...page }),
  );
  return { models: items.map(loggedModelJson), next_page_token: next };
}
