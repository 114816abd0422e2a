import { Problem } from "../../contract/errors.ts";
import {
  createExperiment,
  deleteExperiment,
  deleteExperimentTag,
  findExperimentByName,
  getExperiment,
  type LifecycleStage,
  renameExperiment,
  restoreExperiment,
  searchDatasets,
  searchExperiments,
  setExperimentTag,
} from "../../features/run/index.ts";
import { invalidParameter, wrongValue } from "./error.ts";
import type { Input } from "./input.ts";
import { checkLength, experimentTagOf } from "./limits.ts";
import { pagesOf } from "./page.ts";
import type { Call, Route } from "./route.ts";
import { experimentFilter, experimentOrder } from "./search/experiments.ts";
import { experimentJson } from "./shape.ts";

const read = { permission: "run:read" } as const;
const write = { permission: "run:write" } as const;

export const experimentRoutes: Route[] = [
  { method: "POST", path: "/experiments/create", ...write, handler: create },
  { method: "GET", path: "/experiments/get", ...read, handler: get },
  { method: "GET", path: "/experiments/get-by-name", ...read, handler: getByName },
  { method: "GET", path: "/experiments/search", ...read, handler: search },
  { method: "POST", path: "/experiments/search", ...read, handler: search },
  { method: "POST", path: "/experiments/search-datasets", ...read, handler: datasets },
  { method: "POST", path: "/experiments/update", ...write, handler: rename },
  {
    method: "POST",
    path: "/experiments/delete",
    ...write,
    handler: ({ ctx, workspace, input }) => deleteExperiment(ctx, workspace, input.text("experiment_id")),
  },
  {
    method: "POST",
    path: "/experiments/restore",
    ...write,
    handler: ({ ctx, workspace, input }) => restoreExperiment(ctx, workspace, input.text("experiment_id")),
  },
  { method: "POST", path: "/experiments/set-experiment-tag", ...write, handler: setTag },
  {
    method: "POST",
    path: "/experiments/delete-experiment-tag",
    ...write,
    handler: ({ ctx, workspace, input }) =>
      deleteExperimentTag(ctx, workspace, input.text("experiment_id"), input.text("key")),
  },
];

const nameLimit = 500;

async function create({ ctx, workspace, input }: Call) {
  const name = checkLength("experiment name", input.text("name"), nameLimit);
  const artifactLocation = input.optionalText("artifact_location");
  if (artifactLocation && /[?#]|\.\.|^runs:/.test(artifactLocation))
    throw invalidParameter(
      `Invalid artifact_location: '${artifactLocation}'. It has no '..', no query and no fragment.`,
    );
  const tags = Object.fromEntries(input.list("tags").map(experimentTagOf));
  return { experiment_id: await createExperiment(ctx, { workspace, name, artifactLocation, tags }) };
}

async function get({ ctx, workspace, input }: Call) {
  return { experiment: experimentJson(await getExperiment(ctx, workspace, input.text("experiment_id"))) };
}

async function getByName({ ctx, workspace, input }: Call) {
  const name = input.text("experiment_name");
  const experiment = await findExperimentByName(ctx, workspace, name);
  if (!experiment) throw new Problem("not_found", `Could not find experiment with name '${name}'`);
  return { experiment: experimentJson(experiment) };
}

async function search({ ctx, workspace, input }: Call) {
  const asked = {
    workspace,
    stages: stagesOf(input, "view_type"),
    where: experimentFilter(input.plainText("filter")),
    orderBy: experimentOrder(input.texts("order_by")),
  };
  const { items, next } = await pagesOf(input, { least: 1, most: 50_000, usual: 0 }, asked, (page) =>
    searchExperiments(ctx, { ...asked, ...page }),
  );
  return { experiments: items.map(experimentJson), next_page_token: next };
}

const mostExperiments = 20;

async function datasets({ ctx, workspace, input }: Call) {
  const ids = input.texts("experiment_ids");
  if (ids.length === 0) throw invalidParameter("SearchDatasets request must specify at least one experiment_id.");
  if (ids.length > mostExperiments) {
    throw invalidParameter(
      `SearchDatasets request cannot specify more than ${mostExperiments} experiment_ids. Received ${ids.length} experiment_ids.`,
    );
  }
  const found = await searchDatasets(ctx, workspace, ids.filter((id) => /^\d{1,15}$/.test(id)).map(Number), 1000);
  const summaries = found.map(({ experimentId, ...summary }) => ({ experiment_id: experimentId, ...summary }));
  return { dataset_summaries: summaries };
}

const views: Record<string, LifecycleStage[]> = {
  "": ["active"],
  ACTIVE_ONLY: ["active"],
  DELETED_ONLY: ["deleted"],
  ALL: ["active", "deleted"],
};

export function stagesOf(input: Input, name: string): LifecycleStage[] {
  const view = input.plainText(name);
  const stages = views[view];
  if (!stages) throw wrongValue(input.pathOf(name), view, "It is one of ACTIVE_ONLY, DELETED_ONLY and ALL.");
  return stages;
}

function rename({ ctx, workspace, input }: Call) {
  const name = checkLength("experiment name", input.text("new_name"), nameLimit);
  return renameExperiment(ctx, workspace, input.text("experiment_id"), name);
}

function setTag({ ctx, workspace, input }: Call) {
  const [key, value] = experimentTagOf(input);
  return setExperimentTag(ctx, workspace, input.text("experiment_id"), key, value);
}
