import {
  createVersion,
  deleteVersion,
  deleteVersionTag,
  describeVersion,
  getVersion,
  moveToStage,
  searchVersions,
  setVersionTag,
} from "../../features/model/index.ts";
import { getLoggedModel, setLoggedModelTags } from "../../features/run/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { invalidParameter } from "./error.ts";
import { type Input, parsed } from "./input.ts";
import { registryTagOf } from "./limits.ts";
import { pagesOf } from "./page.ts";
import type { Call, Route } from "./route.ts";
import { versionFilter, versionOrder } from "./search/models.ts";
import { versionJson } from "./shape.ts";
import { originOf } from "./source.ts";
import { versionUri } from "./uri.ts";

const read = { permission: "model:read" } as const;
const write = { permission: "model:write" } as const;

export const versionRoutes: Route[] = [
  { method: "POST", path: "/model-versions/create", ...write, handler: create },
  { method: "GET", path: "/model-versions/get", ...read, handler: get },
  { method: "PATCH", path: "/model-versions/update", ...write, handler: update },
  {
    method: "DELETE",
    path: "/model-versions/delete",
    ...write,
    handler: ({ ctx, principal, workspace, input }) =>
      deleteVersion(ctx, principal, { workspace, name: input.text("name"), version: numberOf(input) }),
  },
  { method: "GET", path: "/model-versions/search", ...read, handler: search },
  { method: "GET", path: "/model-versions/get-download-uri", ...read, handler: downloadUri },
  { method: "POST", path: "/model-versions/transition-stage", permission: "model:alias", handler: transition },
  { method: "POST", path: "/model-versions/set-tag", ...write, handler: setTag },
  {
    method: "DELETE",
    path: "/model-versions/delete-tag",
    ...write,
    handler: ({ ctx, workspace, input }) =>
      deleteVersionTag(ctx, workspace, input.text("name"), numberOf(input), input.text("key")),
  },
];

/** The version as it travels: a string, from some clients a number. */
export function numberOf(input: Input): string {
  const version = input.textOrNumber("version");
  if (/^\d+$/.test(version)) return version;
  throw invalidParameter(`Parameter 'version' must be an integer, got '${version}'.`);
}

async function create({ ctx, workspace, input }: Call) {
  const name = input.text("name");
  const tags = Object.fromEntries(input.list("tags").map(registryTagOf));
  const modelId = input.optionalText("model_id") || null;
  const origin = await originOf(ctx, workspace, {
    source: input.text("source"),
    runId: input.optionalText("run_id") || null,
    modelId,
    isPrompt: tags["mlflow.prompt.is_prompt"] === "true",
  });
  const description = input.plainText("description");
  const runLink = input.plainText("run_link");
  const version = await transaction(ctx, async (tx) => {
    const version = await createVersion(tx, { ...origin, workspace, name, description, runLink, tags });
    if (origin.loggedModelId)
      await noteVersion(tx, workspace, origin.loggedModelId, { name, version: Number(version) });
    return version;
  });
  return { model_version: versionJson(await getVersion(ctx, workspace, name, version)) };
}

const versionsTag = "mlflow.modelVersions";

interface Registered {
  name: string;
  version: number;
}

/** A logged model knows under which names it is registered. */
async function noteVersion(tx: Ctx, workspace: string, id: string, version: Registered): Promise<void> {
  const model = await getLoggedModel(tx, workspace, id);
  const known = (parsed(model.tags[versionsTag] ?? "[]") as Registered[] | undefined) ?? [];
  if (!Array.isArray(known)) return;
  const texts = [...known, version].map((one) => `{"name": ${JSON.stringify(one.name)}, "version": ${one.version}}`);
  await setLoggedModelTags(tx, workspace, id, { [versionsTag]: `[${texts.join(", ")}]` });
}

async function get({ ctx, workspace, input }: Call) {
  return { model_version: versionJson(await getVersion(ctx, workspace, input.text("name"), numberOf(input))) };
}

async function update({ ctx, workspace, input }: Call) {
  const description = input.plainText("description");
  const version = await describeVersion(ctx, workspace, input.text("name"), numberOf(input), description);
  return { model_version: versionJson(version) };
}

async function search({ ctx, workspace, input }: Call) {
  const where = versionFilter(input.plainText("filter"));
  const orderBy = versionOrder(input.texts("order_by"));
  const asked = { workspace, where, orderBy };
  const { items, next } = await pagesOf(input, { least: 1, most: 200_000, usual: 10_000 }, asked, (page) =>
    searchVersions(ctx, { ...asked, ...page }),
  );
  return { model_versions: items.map(versionJson), next_page_token: next };
}

/** A version whose files are known is downloaded from what was registered, whatever happens to the run. */
async function downloadUri({ ctx, workspace, input }: Call) {
  const version = await getVersion(ctx, workspace, input.text("name"), numberOf(input));
  if (version.digest !== null) return { artifact_uri: versionUri(version.name, version.version) };
  const copied = /^models:\/([^/]+)\/(\d+)$/.exec(version.source);
  if (!copied) return { artifact_uri: version.source };
  return { artifact_uri: (await getVersion(ctx, workspace, copied[1]!, copied[2]!)).source };
}

/** Every stage of the workspace is active but where versions begin and end. */
async function transition({ ctx, principal, workspace, input }: Call) {
  const stage = input.text("stage");
  const archiveOthers = input.flag("archive_existing_versions");
  if (archiveOthers && /^(none|archived)$/i.test(stage))
    throw invalidParameter(
      `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are Production, Staging`,
    );
  const wanted = { workspace, name: input.text("name"), version: numberOf(input), stage, archiveOthers };
  return { model_version: versionJson(await moveToStage(ctx, principal, { ...wanted, reason: "" })) };
}

function setTag({ ctx, workspace, input }: Call) {
  const [key, value] = registryTagOf(input);
  return setVersionTag(ctx, workspace, input.text("name"), numberOf(input), { key, value });
}
