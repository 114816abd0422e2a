import type { AuditEvent } from "../../contract/audit.ts";
import { Problem } from "../../contract/errors.ts";
import type { MlflowEvent } from "../../contract/webhook.ts";
import type { Ctx } from "../../platform/context.ts";
import { getModel, getVersion } from "../model/index.ts";

/** A change of the registry in MLflow's words. */
export interface MlflowChange {
  event: MlflowEvent;
  data: Record<string, unknown>;
}

const promptMark = "mlflow.prompt.is_prompt";
const promptText = "mlflow.prompt.text";

/** What MLflow calls a change; undefined when it has no word for it. Things that are gone by now are told of as they are known. */
export async function mlflowChangeOf(ctx: Ctx, change: AuditEvent): Promise<MlflowChange | undefined> {
  const [noun, name = "", version = ""] = change.subject.split("/");
  if (noun !== "model") return undefined;
  const said = change.data as Record<string, string | null>;
  const model = await unlessGone(getModel(ctx, change.workspace, name));
  const isPrompt = model?.tags[promptMark] === "true";
  const isOf = (ofModel: MlflowEvent, ofPrompt: MlflowEvent) => (isPrompt ? ofPrompt : ofModel);
  switch (change.type) {
    case "model.created": {
      const data = { name, tags: without(model?.tags ?? {}), description: model?.description || null };
      return { event: isOf("registered_model.created", "prompt.created"), data };
    }
    case "model.version.created": {
      const found = await unlessGone(getVersion(ctx, change.workspace, name, version));
      const { tags = {}, description = "", source = "", runId = null } = found ?? {};
      const facts = { tags: without(tags), description: description || null };
      const data = isPrompt
        ? { name, version, template: tags[promptText] ?? "", ...facts }
        : { name, version, source, run_id: runId, ...facts };
      return { event: isOf("model_version.created", "prompt_version.created"), data };
    }
    case "model.tag.set":
      return isPrompt ? { event: "prompt_tag.set", data: { name, key: said.key, value: said.value } } : undefined;
    case "model.tag.deleted":
      return isPrompt ? { event: "prompt_tag.deleted", data: { name, key: said.key } } : undefined;
    case "model.version.tag.set": {
      const data = { name, version, key: said.key, value: said.value };
      return { event: isOf("model_version_tag.set", "prompt_version_tag.set"), data };
    }
    case "model.version.tag.deleted": {
      const data = { name, version, key: said.key };
      return { event: isOf("model_version_tag.deleted", "prompt_version_tag.deleted"), data };
    }
    case "model.alias.set": {
      const data = { name, alias: said.alias, version: said.version };
      return { event: isOf("model_version_alias.created", "prompt_alias.created"), data };
    }
    case "model.alias.deleted":
      return { event: isOf("model_version_alias.deleted", "prompt_alias.deleted"), data: { name, alias: said.alias } };
    default:
      return undefined;
  }
}

/** Tags by which the client marks prompts are no tags to the people who read the message. */
function without(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key !== promptMark && key !== promptText));
}

export function mlflowBody(change: MlflowChange, at: number): string {
  const [entity, action] = change.event.split(".");
  return JSON.stringify({ entity, action, timestamp: new Date(at).toISOString(), data: change.data });
}

/** What a test sends: MLflow's own examples. */
export function mlflowExample(event: MlflowEvent): MlflowChange {
  const [entity = "", action] = event.split(".");
  const ofPrompt = entity.startsWith("prompt");
  const name = ofPrompt ? "example_prompt" : "example_model";
  const isVersion = entity.includes("version") && !entity.endsWith("alias");
  const tag = action === "set" ? { key: "example_key", value: "example_value" } : { key: "example_key" };
  if (entity.endsWith("_tag")) return { event, data: { name, ...(isVersion && { version: "1" }), ...tag } };
  if (entity.endsWith("_alias")) {
    return { event, data: { name, alias: "example_alias", ...(action === "created" && { version: "1" }) } };
  }
  const facts = { tags: { example_key: "example_value" }, description: `An example ${entity.replaceAll("_", " ")}` };
  if (!isVersion) return { event, data: { name, ...facts } };
  const source = ofPrompt ? { template: "Hello {{name}}!" } : { source: "models:/123", run_id: "abcd1234abcd5678" };
  return { event, data: { name, version: "1", ...source, ...facts } };
}

async function unlessGone<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Problem && error.code === "not_found") return undefined;
    throw error;
  }
}
