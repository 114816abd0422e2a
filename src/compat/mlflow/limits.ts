import { posix } from "node:path";
import type { LoggedPoint } from "../../features/run/index.ts";
import { invalidParameter, missingValue, wrongValue } from "./error.ts";
import type { Input } from "./input.ts";

const lengths = { key: 250, param: 6000, tag: 8000, experimentTag: 5000, registryTag: 100_000 };
const perBatch = { metrics: 1000, params: 100, tags: 100, total: 1000 };

const keyCharacters = /^[/\w.\- :]*$/;

/** A key of a metric, param or tag. It must also do as a relative path: MLflow's file store used it as one. */
export function checkKey(kind: "metric" | "parameter" | "tag", key: string, at: string): string {
  if (key === "") throw missingValue(at);
  if (!keyCharacters.test(key)) {
    throw wrongValue(
      at,
      key,
      `Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    );
  }
  const normal = posix.normalize(key);
  if (normal !== key || normal === "." || normal.startsWith("..") || normal.startsWith("/")) {
    throw wrongValue(
      at,
      key,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normal}'`,
    );
  }
  return checkLength(`${kind === "parameter" ? "Param" : kind === "metric" ? "Metric" : "Tag"} name`, key, lengths.key);
}

export function checkLength(what: string, text: string, limit: number): string {
  if (text.length <= limit) return text;
  throw invalidParameter(
    `'${what}' exceeds the maximum length of ${limit} characters. ${what} '${text.slice(0, limit)}' had length ${text.length}, which exceeded length limit of ${limit}`,
  );
}

/** A run's params and tags are cut to size instead of being refused. */
const cut = (text: string, limit: number): string => (text.length <= limit ? text : text.slice(0, limit));

export const paramOf = (input: Input): [string, string] => [
  checkKey("parameter", input.text("key"), input.pathOf("key")),
  cut(input.plainText("value"), lengths.param),
];

export const runTagOf = (input: Input): [string, string] => [
  checkKey("tag", input.text("key"), input.pathOf("key")),
  cut(input.plainText("value"), lengths.tag),
];

export const experimentTagOf = (input: Input): [string, string] => [
  checkKey("tag", input.text("key"), input.pathOf("key")),
  cut(input.plainText("value"), lengths.experimentTag),
];

export const registryTagOf = (input: Input): [string, string] => [
  checkKey("tag", input.text("key"), input.pathOf("key")),
  checkLength("Model tag value", input.plainText("value"), lengths.registryTag),
];

export function pointOf(input: Input): LoggedPoint {
  const key = checkKey("metric", input.text("key"), input.pathOf("name"));
  const timestamp = input.integer("timestamp");
  if (timestamp < 0)
    throw wrongValue(input.pathOf("timestamp"), timestamp, "Timestamp must be a nonnegative long (64-bit integer).");
  return {
    key,
    value: input.number("value"),
    timestamp,
    step: input.optionalInteger("step") ?? 0,
    modelId: input.optionalText("model_id") || undefined,
    datasetName: input.optionalText("dataset_name"),
    datasetDigest: input.optionalText("dataset_digest"),
  };
}

export function checkBatch(batch: Record<"metrics" | "params" | "tags", unknown[]>): void {
  for (const kind of ["metrics", "params", "tags"] as const) checkCount(kind, batch[kind].length, perBatch[kind]);
  checkCount(
    "metrics, params, and tags",
    batch.metrics.length + batch.params.length + batch.tags.length,
    perBatch.total,
  );
}

function checkCount(kind: string, count: number, limit: number): void {
  if (count <= limit) return;
  throw invalidParameter(
    `A batch logging request can contain at most ${limit} ${kind}. Got ${count} ${kind}. Please split up ${kind} across multiple requests and try again.`,
  );
}

export function checkDistinct(params: [string, string][]): void {
  const keys = params.map(([key]) => key);
  const twice = [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))];
  if (twice.length === 0) return;
  throw invalidParameter(
    `Duplicate parameter keys have been submitted: ${JSON.stringify(twice)}. Please ensure the request contains only one param value per param key.`,
  );
}
