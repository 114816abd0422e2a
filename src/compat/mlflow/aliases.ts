import { deleteAlias, findAlias, getModel, getVersion, moveAlias, resolveModel } from "../../features/model/index.ts";
import { invalidParameter } from "./error.ts";
import type { Call, Route } from "./route.ts";
import { versionJson } from "./shape.ts";
import { numberOf } from "./versions.ts";

const path = "/registered-models/alias";

export const aliasRoutes: Route[] = [
  { method: "GET", path, permission: "model:read", handler: get },
  { method: "POST", path, permission: "model:alias", handler: set },
  { method: "DELETE", path, permission: "model:alias", handler: remove },
];

/** An alias that is not there is a wrong parameter to MLflow, not a missing thing. */
async function get({ ctx, workspace, input }: Call) {
  const name = input.text("name");
  const alias = input.text("alias");
  await getModel(ctx, workspace, name);
  if (alias === "latest") return { model_version: versionJson(await resolveModel(ctx, workspace, name, {})) };
  const version = await findAlias(ctx, workspace, name, alias);
  if (version === undefined) throw invalidParameter(`Registered model alias ${alias} not found.`);
  return { model_version: versionJson(await getVersion(ctx, workspace, name, version)) };
}

function set({ ctx, principal, workspace, input }: Call) {
  const wanted = { workspace, name: input.text("name"), alias: input.text("alias"), version: numberOf(input) };
  return moveAlias(ctx, principal, { ...wanted, reason: "" });
}

function remove({ ctx, principal, workspace, input }: Call) {
  const wanted = { workspace, name: input.text("name"), alias: input.text("alias") };
  return deleteAlias(ctx, principal, { ...wanted, reason: "" });
}
