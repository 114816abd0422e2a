import type { DataVersion } from "../../contract/data.ts";
import { Problem } from "../../contract/errors.ts";
import { type CommandStep, commandsOf, isOwnInterpreter, type JobDetail } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { dataQualityOf } from "../data/index.ts";
import { findLock, inlineName, specificationDigest } from "../environment/index.ts";
import { assetsOf, getJob } from "../job/index.ts";
import { parentsOf, type RegisteredVersion, resolveModel } from "../model/index.ts";
import { getRun, linksOf, type RunRecord } from "../run/index.ts";
import type { LineageGraph } from "./graph.ts";
import { matched, originOfRun } from "./origin.ts";

export interface Place {
  ctx: Ctx;
  workspace: string;
  graph: LineageGraph;
}

export const modelId = ({ name, version }: { name: string; version: string }): string => `model/${name}/${version}`;

export function addModel({ graph }: Place, version: RegisteredVersion): boolean {
  const { name, aliases, createdAt } = version;
  return graph.add({
    id: modelId(version),
    kind: "model",
    label: `${name}:${version.version}`,
    detail: aliases.map((alias) => `@${alias}`).join(" "),
    at: createdAt,
    known: true,
  });
}

/** A version that may be gone by now: a name is left then. */
export async function modelOf({ ctx, workspace }: Place, named: { name: string; version: string }) {
  return unlessMissing(resolveModel(ctx, workspace, named.name, { version: named.version }));
}

export function addLostModel({ graph }: Place, named: { name: string; version: string }): void {
  const label = `${named.name}:${named.version}`;
  graph.add({ id: modelId(named), kind: "model", label, detail: "deleted", at: null, known: false });
}

/** What a version was made from: its run, job, data, code, environment, and the versions before it. */
export async function addOrigin(place: Place, version: RegisteredVersion): Promise<void> {
  const { ctx, workspace, graph } = place;
  const id = modelId(version);
  const run = version.runId === null ? undefined : await unlessMissing(getRun(ctx, workspace, version.runId));
  if (version.runId !== null) graph.link(addRun(place, version.runId, run), id, "made");
  const maker = version.runId === null ? undefined : `run/${version.runId}`;
  const jobId = version.jobId ?? run?.job_id ?? null;
  if (jobId !== null) {
    graph.link(`job/${jobId}`, maker ?? id, maker ? "ran as" : "made");
    await addJob(place, jobId, version.runId);
  }
  if (run) await addSaid(place, run);
  const reader = jobId === null ? (maker ?? id) : `job/${jobId}`;
  for (const subject of version.trainingData) await addData(place, subject, reader);
  for (const parent of await parentsOf(ctx, workspace, version)) {
    graph.link(modelId(parent), id, "made into");
    const found = await modelOf(place, parent);
    if (!found) addLostModel(place, parent);
    else if (addModel(place, found)) await addOrigin(place, found);
  }
}

/** A run, with what it and its job used. */
export async function addRunOrigin(place: Place, runId: string): Promise<void> {
  const { ctx, workspace, graph } = place;
  const run = await getRun(ctx, workspace, runId);
  const id = addRun(place, runId, run);
  await addSaid(place, run);
  const { jobId, trainingData } = await originOfRun(ctx, workspace, runId);
  if (jobId !== null) {
    graph.link(`job/${jobId}`, id, "ran as");
    await addJob(place, jobId, runId);
  }
  const reader = jobId === null ? id : `job/${jobId}`;
  for (const subject of trainingData) await addData(place, subject, reader);
}

function addRun({ graph }: Place, runId: string, run: RunRecord | undefined): string {
  const id = `run/${runId}`;
  const detail = run ? run.state.toLowerCase() : "not kept here";
  const label = run?.name ?? runId.slice(0, 8);
  graph.add({ id, kind: "run", label, detail, at: run?.started_at ?? null, known: run !== undefined });
  return id;
}

/** What the client of a run said: a commit, and data sets that are no data versions here. */
async function addSaid(place: Place, run: RunRecord): Promise<void> {
  const { ctx, workspace, graph } = place;
  const commit = run.tags["mlflow.source.git.commit"];
  if (commit) {
    const id = `commit/${commit}`;
    const detail = run.tags["mlflow.source.git.repoURL"] ?? "";
    graph.add({ id, kind: "code", label: `commit ${commit.slice(0, 8)}`, detail, at: null, known: true });
    graph.link(id, `run/${run.id}`, "code of");
  }
  const unnamed = new Map<string, string[]>();
  for (const described of (await linksOf(ctx, [run.id])).get(run.id)!.datasets) {
    if ((await matched(ctx, workspace, described)).length > 0) continue;
    const { name, digest } = described.dataset;
    const context = described.tags["mlflow.data.context"] ?? "";
    if (name === nameOfUnnamed) unnamed.set(context, [...(unnamed.get(context) ?? []), digest]);
    else addDataset(place, run.id, { id: `dataset/${name}/${digest}`, label: name, detail: context });
  }
  for (const [context, digests] of unnamed) {
    const [digest] = digests;
    const label =
      digests.length === 1 ? `dataset ${digest!.slice(0, 8)}` : `${digests.length} data sets without a name`;
    addDataset(place, run.id, { id: `dataset/${run.id}/${context}`, label, detail: context });
  }
}

/** What MLflow calls a data set that nobody gave a name. */
const nameOfUnnamed = "dataset";

function addDataset({ graph }: Place, runId: string, node: { id: string; label: string; detail: string }): void {
  graph.add({ ...node, kind: "dataset", at: null, known: false });
  graph.link(node.id, `run/${runId}`, "read by");
}

/** A job with what went into it; of a step that is known, code and environment are those of the step. */
export async function addJob(place: Place, jobId: string, runId: string | null): Promise<void> {
  const { ctx, workspace, graph } = place;
  const id = `job/${jobId}`;
  if (graph.has(id)) return;
  const job = await unlessMissing(getJob(ctx, workspace, jobId));
  if (!job) {
    const label = jobId.slice(0, 8);
    graph.add({ id, kind: "job", label, detail: "not kept here", at: null, known: false });
    return;
  }
  if (!graph.add({ id, kind: "job", label: job.displayName, detail: job.state, at: job.createdAt, known: true }))
    return;
  const [source, monitor] = job.trigger.split("/");
  if (source === "monitor" && monitor) {
    const label = monitor;
    graph.add({ id: `monitor/${monitor}`, kind: "monitor", label, detail: "alert", at: null, known: true });
    graph.link(`monitor/${monitor}`, id, "started");
  }
  for (const step of commandsFor(job, runId)) await addStep(place, id, step);
  const { data, models, jobs, runs } = assetsOf(job.definition);
  for (const maker of await makersOf(place, { jobs, runs })) {
    graph.link(`job/${maker}`, id, "read by");
    await addJob(place, maker, null);
  }
  for (const { name, version } of data) await addData(place, `data/${name}/${version}`, id);
  for (const used of models) {
    graph.link(modelId(used), id, "read by");
    const found = await modelOf(place, used);
    if (!found) addLostModel(place, used);
    else if (addModel(place, found)) await addOrigin(place, found);
  }
}

/** The jobs that wrote what a job reads, also those that are named by their runs. */
async function makersOf(
  { ctx, workspace }: Place,
  { jobs, runs }: { jobs: string[]; runs: string[] },
): Promise<Set<string>> {
  const made = await Promise.all(runs.map((run) => unlessMissing(getRun(ctx, workspace, run))));
  return new Set([...jobs, ...made.flatMap((run) => run?.job_id ?? [])]);
}

function commandsFor(job: JobDetail, runId: string | null): CommandStep[] {
  const name = runId === null ? undefined : job.steps.find((step) => step.runId === runId)?.name;
  const step = name === undefined ? undefined : job.definition.steps[name];
  const steps = name !== undefined && step ? { [name]: step } : job.definition.steps;
  return commandsOf({ steps }).map(({ command }) => command);
}

async function addStep({ ctx, workspace, graph }: Place, jobId: string, step: CommandStep): Promise<void> {
  if (step.code) {
    const id = `code/${step.code}`;
    const label = `code ${step.code.slice(0, 8)}`;
    graph.add({ id, kind: "code", label, detail: "tree of files", at: null, known: true });
    graph.link(id, jobId, "code of");
  }
  const { environment } = step;
  if (isOwnInterpreter(environment)) return;
  const specification = specificationDigest(environment);
  const lock = await findLock(ctx, workspace, specification);
  const id = `environment/${environment.name ?? inlineName(specification)}`;
  const detail = lock
    ? `lock ${lock.digest.slice(0, 8)}`
    : (environment.image ?? (environment.build ? "built from a Dockerfile" : "not locked"));
  graph.add({ id, kind: "environment", label: id.slice("environment/".length), detail, at: null, known: true });
  graph.link(id, jobId, "environment of");
}

async function addData(place: Place, subject: string, reader: string): Promise<void> {
  place.graph.link(subject, reader, "read by");
  await addDataVersion(place, subject);
}

/** A data version, and the job that made it. */
export async function addDataVersion(place: Place, subject: string): Promise<void> {
  const { ctx, workspace, graph } = place;
  const found = await unlessMissing(dataQualityOf(ctx, workspace, subject));
  if (!graph.add(dataNode(subject, found)) || !found?.jobId) return;
  graph.link(`job/${found.jobId}`, subject, "made");
  await addJob(place, found.jobId, null);
}

const dataNode = (subject: string, found: DataVersion | undefined) => ({
  id: subject,
  kind: "data" as const,
  label: subject.split("/").slice(1).join(":"),
  detail: found?.state ?? "not kept here",
  at: found?.createdAt ?? null,
  known: found !== undefined,
});

export async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Problem && (error.code === "not_found" || error.code === "invalid")) return undefined;
    throw error;
  }
}
