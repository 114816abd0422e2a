import {
  deleteScorer,
  getScorer,
  listScorers,
  listScorerVersions,
  registerScorer,
  type ScorerName,
  type ScorerTable,
} from "../../features/evaluation/index.ts";
import { checkLength } from "./limits.ts";
import type { Call, Route } from "./route.ts";

const read = { permission: "run:read", versions: ["3.0"] } as const;
const write = { permission: "run:write", versions: ["3.0"] } as const;

/** Scorers are kept as the client wrote them; judging is the client's work. */
export const scorerRoutes: Route[] = [
  { method: "POST", path: "/scorers/register", ...write, handler: register },
  { method: "GET", path: "/scorers/list", ...read, handler: list },
  { method: "GET", path: "/scorers/versions", ...read, handler: versions },
  { method: "GET", path: "/scorers/get", ...read, handler: get },
  { method: "DELETE", path: "/scorers/delete", ...write, handler: remove },
];

const scorerJson = (row: ScorerTable) => ({
  experiment_id: row.experiment_id,
  scorer_name: row.name,
  scorer_version: row.version,
  serialized_scorer: row.serialized,
  creation_time: row.created_at,
  scorer_id: row.scorer_id,
});

const nameOf = ({ workspace, input }: Call): ScorerName => ({
  workspace,
  experimentId: input.textOrNumber("experiment_id"),
  name: checkLength("scorer name", input.text("name"), 256),
});

async function register(call: Call) {
  const {
    scorer_version: version,
    scorer_name: name,
    experiment_id,
    ...rest
  } = scorerJson(await registerScorer(call.ctx, nameOf(call), call.input.text("serialized_scorer")));
  return { version, name, experiment_id: String(experiment_id), ...rest };
}

async function list({ ctx, workspace, input }: Call) {
  return { scorers: (await listScorers(ctx, workspace, input.textOrNumber("experiment_id"))).map(scorerJson) };
}

async function versions(call: Call) {
  return { scorers: (await listScorerVersions(call.ctx, nameOf(call))).map(scorerJson) };
}

async function get(call: Call) {
  return { scorer: scorerJson(await getScorer(call.ctx, nameOf(call), call.input.optionalInteger("version"))) };
}

function remove(call: Call) {
  return deleteScorer(call.ctx, nameOf(call), call.input.optionalInteger("version"));
}
