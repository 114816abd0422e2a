import {
  createModel,
  deleteModel,
  deleteModelTag,
  describeModel,
  getModel,
  latestOfStages,
  renameModel,
  searchModels,
  setModelTag,
  stageName,
  stagesOf,
} from "../../features/model/index.ts";
import { registryTagOf } from "./limits.ts";
import { pagesOf } from "./page.ts";
import type { Call, Route } from "./route.ts";
import { modelFilter, modelOrder } from "./search/models.ts";
import { modelJson, versionJson } from "./shape.ts";

const read = { permission: "model:read" } as const;
const write = { permission: "model:write" } as const;

export const modelRoutes: Route[] = [
  { method: "POST", path: "/registered-models/create", ...write, handler: create },
  { method: "GET", path: "/registered-models/get", ...read, handler: get },
  { method: "POST", path: "/registered-models/rename", ...write, handler: rename },
  { method: "PATCH", path: "/registered-models/update", ...write, handler: update },
  {
    method: "DELETE",
    path: "/registered-models/delete",
    ...write,
    handler: ({ ctx, principal, workspace, input }) => deleteModel(ctx, principal, workspace, input.text("name")),
  },
  { method: "GET", path: "/registered-models/search", ...read, handler: search },
  { method: "GET", path: "/registered-models/get-latest-versions", ...read, handler: latest },
  { method: "POST", path: "/registered-models/get-latest-versions", ...read, handler: latest },
  { method: "POST", path: "/registered-models/set-tag", ...write, handler: setTag },
  {
    method: "DELETE",
    path: "/registered-models/delete-tag",
    ...write,
    handler: ({ ctx, workspace, input }) => deleteModelTag(ctx, workspace, input.text("name"), input.text("key")),
  },
];

async function shown({ ctx, workspace }: Call, name: string) {
  const latest = await latestOfStages(ctx, workspace, [name]);
  return { registered_model: modelJson(await getModel(ctx, workspace, name), latest.get(name)!) };
}

async function create(call: Call) {
  const { ctx, workspace, input } = call;
  const name = input.text("name");
  const tags = Object.fromEntries(input.list("tags").map(registryTagOf));
  await createModel(ctx, { workspace, name, description: input.plainText("description"), tags });
  return shown(call, name);
}

function get(call: Call) {
  return shown(call, call.input.text("name"));
}

async function rename(call: Call) {
  const { ctx, principal, workspace, input } = call;
  await renameModel(ctx, principal, { workspace, name: input.text("name"), newName: input.text("new_name") });
  return shown(call, input.text("new_name"));
}

/** Without a description, the description is cleared. */
async function update(call: Call) {
  const { ctx, workspace, input } = call;
  await describeModel(ctx, workspace, input.text("name"), input.plainText("description"));
  return shown(call, input.text("name"));
}

async function search({ ctx, workspace, input }: Call) {
  const where = modelFilter(input.plainText("filter"));
  const orderBy = modelOrder(input.texts("order_by"));
  const asked = { workspace, where, orderBy };
  const { items, next } = await pagesOf(input, { least: 0, most: 1000, usual: 100 }, asked, (page) =>
    searchModels(ctx, { ...asked, ...page }),
  );
  const latest = await latestOfStages(
    ctx,
    workspace,
    items.map((model) => model.name),
  );
  return { registered_models: items.map((model) => modelJson(model, latest.get(model.name)!)), next_page_token: next };
}

async function latest({ ctx, workspace, input }: Call) {
  const { name } = await getModel(ctx, workspace, input.text("name"));
  const known = await stagesOf(ctx, workspace);
  const asked = input.texts("stages").map((stage) => stageName(stage, known));
  const wanted = asked.length > 0 ? asked : known;
  const versions = (await latestOfStages(ctx, workspace, [name])).get(name)!;
  return { model_versions: versions.filter((version) => wanted.includes(version.stage)).map(versionJson) };
}

function setTag({ ctx, workspace, input }: Call) {
  const [key, value] = registryTagOf(input);
  return setModelTag(ctx, workspace, input.text("name"), key, value);
}
