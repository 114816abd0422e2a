import {
  deleteRun,
  getRun,
  linksOf,
  type RunRecord,
  type RunState,
  restoreRun,
  runFilter,
  runOrder,
  searchRuns,
  startRun,
  updateRun,
} from "../../features/run/index.ts";
import { pageToken, positionOf } from "../../features/search/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { invalidParameter } from "./error.ts";
import { experimentNumbers, mostSearched } from "./experiment-ids.ts";
import { stagesOf } from "./experiments.ts";
import type { Input } from "./input.ts";
import { runTagOf } from "./limits.ts";
import { limitOf } from "./page.ts";
import type { Call, Route } from "./route.ts";
import { runInfoJson, runJson } from "./shape.ts";

const read = { permission: "run:read" } as const;
const write = { permission: "run:write" } as const;

export const runRoutes: Route[] = [
  { method: "POST", path: "/runs/create", ...write, handler: create },
  { method: "GET", path: "/runs/get", ...read, handler: get },
  { method: "POST", path: "/runs/update", ...write, handler: update },
  { method: "POST", path: "/runs/search", ...read, handler: search },
  {
    method: "POST",
    path: "/runs/delete",
    ...write,
    handler: ({ ctx, workspace, input }) => deleteRun(ctx, workspace, runIdOf(input)),
  },
  {
    method: "POST",
    path: "/runs/restore",
    ...write,
    handler: ({ ctx, workspace, input }) => restoreRun(ctx, workspace, runIdOf(input)),
  },
];

/** Old clients say `run_uuid`. */
export const runIdOf = (input: Input): string =>
  !input.has("run_id") && input.has("run_uuid") ? input.text("run_uuid") : input.text("run_id");

const nameTag = "mlflow.runName";

async function create({ ctx, workspace, input }: Call) {
  const experimentId = input.plainText("experiment_id") || "0";
  const tags = Object.fromEntries(input.list("tags").map(runTagOf));
  const name = input.plainText("run_name");
  if (name && tags[nameTag] && name !== tags[nameTag]) {
    throw invalidParameter(
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${name}', mlflow.runName='${tags[nameTag]}').`,
    );
  }
  const user = input.plainText("user_id") || ctx.actor.name;
  const startedAt = input.optionalInteger("start_time");
  return { run: runJson(await startRun(ctx, { workspace, experimentId, name, user, startedAt, tags })) };
}

async function shown(ctx: Ctx, run: RunRecord) {
  return runJson(run, (await linksOf(ctx, [run.id])).get(run.id));
}

async function get({ ctx, workspace, input }: Call) {
  return { run: await shown(ctx, await getRun(ctx, workspace, runIdOf(input))) };
}

const states: RunState[] = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

/** MLflow overlooks a status that it does not know. */
async function update({ ctx, workspace, input }: Call) {
  const status = states.find((state) => state === input.plainText("status"));
  const changes = { state: status, endedAt: input.optionalInteger("end_time"), name: input.plainText("run_name") };
  return { run_info: runInfoJson(await updateRun(ctx, workspace, runIdOf(input), changes)) };
}

async function search({ ctx, workspace, input }: Call) {
  const limit = limitOf(input, { least: 1, most: 50_000, usual: 1000 });
  const where = runFilter(input.plainText("filter"));
  const orderBy = runOrder(input.texts("order_by"));
  const stages = stagesOf(input, "run_view_type");
  const experimentIds = experimentNumbers(input.texts("experiment_ids"), mostSearched);
  const asked = { workspace, experimentIds, stages, where, orderBy };
  const after = positionOf(asked, input.optionalText("page_token"));
  const { items, next } = await searchRuns(ctx, { ...asked, limit, after });
  const links = await linksOf(
    ctx,
    items.map((run) => run.id),
  );
  return { runs: items.map((run) => runJson(run, links.get(run.id))), next_page_token: next && pageToken(asked, next) };
}
