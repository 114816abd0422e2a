import {
  addToExperiments,
  createDataset,
  deleteDataset,
  deleteDatasetTag,
  deleteRecords,
  type EvaluationDataset,
  type EvaluationRecordTable,
  type GivenRecord,
  getDataset,
  isObject,
  listRecords,
  removeFromExperiments,
  searchDatasets,
  setDatasetTags,
  upsertRecords,
} from "../../features/evaluation/index.ts";
import { invalidParameter, wrongValue } from "./error.ts";
import { atMostExperiments } from "./experiment-ids.ts";
import { type Input, parsed } from "./input.ts";
import { checkLength } from "./limits.ts";
import { pagesOf } from "./page.ts";
import type { Call, Route } from "./route.ts";
import { datasetFilter, datasetOrder } from "./search/datasets.ts";

const read = { permission: "run:read", versions: ["3.0"] } as const;
const write = { permission: "run:write", versions: ["3.0"] } as const;
/** Of a page, for data sets and their records. */
const bounds = { least: 1, most: 50_000, usual: 1000 };

/** Evaluation data sets. */
export const datasetRoutes: Route[] = [
  { method: "POST", path: "/datasets/create", ...write, handler: create },
  { method: "POST", path: "/datasets/search", ...read, handler: search },
  { method: "GET", path: "/datasets/search", ...read, handler: search },
  { method: "GET", path: "/datasets/{dataset_id}", ...read, handler: get },
  { method: "DELETE", path: "/datasets/{dataset_id}", ...write, handler: remove },
  { method: "PATCH", path: "/datasets/{dataset_id}/tags", ...write, handler: setTags },
  { method: "DELETE", path: "/datasets/{dataset_id}/tags/{key}", ...write, handler: deleteTag },
  { method: "POST", path: "/datasets/{dataset_id}/records", ...write, handler: upsert },
  { method: "GET", path: "/datasets/{dataset_id}/records", ...read, handler: records },
  { method: "DELETE", path: "/datasets/{dataset_id}/records", ...write, handler: removeRecords },
  { method: "GET", path: "/datasets/{dataset_id}/experiment-ids", ...read, handler: experiments },
  { method: "POST", path: "/datasets/{dataset_id}/add-experiments", ...write, handler: addExperiments },
  { method: "POST", path: "/datasets/{dataset_id}/remove-experiments", ...write, handler: removeExperiments },
];

const datasetJson = (dataset: EvaluationDataset) => ({
  dataset_id: dataset.id,
  name: dataset.name,
  digest: dataset.digest,
  tags: JSON.stringify(dataset.tags),
  schema: dataset.schema,
  profile: dataset.records > 0 ? JSON.stringify({ num_records: dataset.records }) : undefined,
  created_time: dataset.createdAt,
  last_update_time: dataset.updatedAt,
  created_by: dataset.createdBy,
  last_updated_by: dataset.updatedBy,
  experiment_ids: dataset.experimentIds,
});

async function create({ ctx, workspace, input }: Call) {
  const name = checkLength("dataset name", input.text("name"), 500);
  const tags = input.has("tags") ? tagsOf(input) : {};
  const dataset = await createDataset(ctx, { workspace, name, experimentIds: input.texts("experiment_ids"), tags });
  return { dataset: datasetJson(dataset) };
}

async function get({ ctx, workspace, params }: Call) {
  return { dataset: datasetJson(await getDataset(ctx, workspace, params.dataset_id!)) };
}

function remove({ ctx, workspace, params }: Call) {
  return deleteDataset(ctx, workspace, params.dataset_id!);
}

async function search({ ctx, workspace, input }: Call) {
  const experiments = atMostExperiments(input.texts("experiment_ids"));
  const asked = {
    workspace,
    experimentIds: experiments.map((id) => (/^\d{1,15}$/.test(id) ? Number(id) : -1)),
    where: datasetFilter(input.plainText("filter_string")),
    orderBy: datasetOrder(input.texts("order_by")),
  };
  const { items, next } = await pagesOf(input, bounds, asked, (page) => searchDatasets(ctx, { ...asked, ...page }));
  return { datasets: items.map(datasetJson), next_page_token: next };
}

async function setTags({ ctx, workspace, input, params }: Call) {
  await setDatasetTags(ctx, workspace, params.dataset_id!, tagsOf(input));
}

function deleteTag({ ctx, workspace, params }: Call) {
  return deleteDatasetTag(ctx, workspace, params.dataset_id!, params.key!);
}

/** A JSON object of strings, in a string. */
function tagsOf(input: Input): Record<string, string> {
  const tags = parsed(input.text("tags"));
  if (!isObject(tags)) throw invalidParameter("The tags are not a JSON object.");
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => {
      if (key === "" || key.length > 255) throw invalidParameter(`'${key.slice(0, 300)}' cannot be the key of a tag.`);
      return [key, textOf(value)];
    }),
  );
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

async function upsert({ ctx, workspace, input, params }: Call) {
  const given = parsed(input.text("records"));
  if (!Array.isArray(given)) throw invalidParameter("The records are not a JSON list.");
  const { inserted, updated } = await upsertRecords(ctx, workspace, params.dataset_id!, given.map(recordOf));
  return { inserted_count: inserted, updated_count: updated };
}

function recordOf(value: unknown, index: number): GivenRecord {
  const at = `records[${index}]`;
  if (!isObject(value)) throw wrongValue(at, value);
  const { inputs = {}, outputs, expectations, tags, source } = value;
  if (!isObject(inputs)) throw wrongValue(`${at}.inputs`, inputs);
  for (const [key, part] of Object.entries({ expectations, tags }))
    if (part !== undefined && part !== null && !isObject(part)) throw wrongValue(`${at}.${key}`, part);
  return {
    inputs,
    outputs,
    expectations: (expectations as Record<string, unknown> | null) ?? undefined,
    tags: tags ? Object.fromEntries(Object.entries(tags).map(([key, text]) => [key, textOf(text)])) : undefined,
    source,
  };
}

async function records({ ctx, workspace, input, params }: Call) {
  const asked = { workspace, id: params.dataset_id! };
  const { items, next } = await pagesOf(input, bounds, asked, (page) => listRecords(ctx, { ...asked, ...page }));
  return { records: JSON.stringify(items.map(recordJson)), next_page_token: next };
}

function recordJson(row: EvaluationRecordTable) {
  const source = jsonOf(row.source);
  return {
    dataset_record_id: row.id,
    dataset_id: row.dataset_id,
    inputs: jsonOf(row.inputs),
    outputs: jsonOf(row.outputs),
    expectations: jsonOf(row.expectations),
    tags: jsonOf(row.tags),
    source,
    ...(isObject(source) && { source_type: source.source_type, source_id: sourceIdOf(source.source_data) }),
    created_time: row.created_at,
    last_update_time: row.updated_at,
    created_by: row.created_by,
    last_updated_by: row.updated_by,
  };
}

const jsonOf = (text: string | null): unknown => (text === null ? undefined : JSON.parse(text));

const sourceIdOf = (data: unknown): unknown => (isObject(data) ? (data.trace_id ?? data.source_id) : undefined);

async function removeRecords({ ctx, workspace, input, params }: Call) {
  const ids = input.texts("dataset_record_ids");
  return { deleted_count: await deleteRecords(ctx, workspace, params.dataset_id!, ids) };
}

async function experiments({ ctx, workspace, params }: Call) {
  return { experiment_ids: (await getDataset(ctx, workspace, params.dataset_id!)).experimentIds };
}

async function addExperiments({ ctx, workspace, input, params }: Call) {
  const ids = input.texts("experiment_ids");
  return { dataset: datasetJson(await addToExperiments(ctx, workspace, params.dataset_id!, ids)) };
}

async function removeExperiments({ ctx, workspace, input, params }: Call) {
  const ids = input.texts("experiment_ids");
  return { dataset: datasetJson(await removeFromExperiments(ctx, workspace, params.dataset_id!, ids)) };
}
