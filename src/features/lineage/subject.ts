import { invalid } from "../../contract/errors.ts";
import type { Lineage } from "../../contract/lineage.ts";
import type { Ctx } from "../../platform/context.ts";
import { getBuild } from "../build/index.ts";
import { getDataVersion } from "../data/index.ts";
import { listDeployments } from "../endpoint/index.ts";
import { getJob } from "../job/index.ts";
import { type Maker, resolveModel, versionsMadeBy } from "../model/index.ts";
import { getRelease } from "../release/index.ts";
import { requireRun } from "../run/index.ts";
import { addBuildNode, addReleaseNode, addUses } from "./downstream.ts";
import { LineageGraph } from "./graph.ts";
import { addDataVersion, addJob, addModel, addOrigin, addRunOrigin, modelId, modelOf, type Place } from "./upstream.ts";

interface VersionName {
  name: string;
  version: string;
}

/** Puts an asset into the graph, with what it comes from, and gives the model versions through which it is used. */
type Begin = (place: Place, name: string, part: string) => Promise<{ root: string; versions: VersionName[] }>;

/** Of a data version that thousands were trained on, the newest tell enough. */
const mostVersions = 30;

const beginnings: Record<string, Begin> = {
  model: beginAtModel,
  data: beginAtData,
  run: beginAtRun,
  job: beginAtJob,
  build: (place, number) => beginAtBuild(place, Number(number)),
  release: (place, number) => beginAtRelease(place, Number(number)),
  endpoint: beginAtEndpoint,
};

/**
 * What came before an asset and what came of it: `data/churn/2`, `run/<id>`, `job/<id>`, `model/churn/3`, `build/4`,
 * `release/5`, `endpoint/churn-prd`. What is not a model is followed through the model versions that it leads to.
 */
export async function lineageOfSubject(ctx: Ctx, workspace: string, subject: string): Promise<Lineage> {
  const [kind = "", name = "", part = ""] = subject.split("/");
  const begin = Object.hasOwn(beginnings, kind) ? beginnings[kind] : undefined;
  if (!begin || name === "") {
    throw invalid(`"${subject}" names nothing that has a lineage.`, {
      hint: "Write data/churn/2, run/ID, job/ID, model/churn/3, build/4, release/5 or endpoint/churn-prd.",
    });
  }
  const place = { ctx, workspace, graph: new LineageGraph() };
  const { root, versions } = await begin(place, name, part);
  for (const version of versions) {
    const found = await modelOf(place, version);
    if (!found) continue;
    addModel(place, found);
    await addOrigin(place, found);
    await addUses(place, found);
  }
  return place.graph.finish(root);
}

const madeBy = ({ ctx, workspace }: Place, maker: Maker) => versionsMadeBy(ctx, workspace, maker, mostVersions);

async function beginAtModel(place: Place, name: string, version: string) {
  const found = await resolveModel(place.ctx, place.workspace, name, version === "" ? {} : { version });
  addModel(place, found);
  return { root: modelId(found), versions: [found] };
}

async function beginAtData(place: Place, name: string, version: string) {
  const found = await getDataVersion(place.ctx, place.workspace, name, version || "latest");
  const root = `data/${name}/${found.version}`;
  await addDataVersion(place, root);
  return { root, versions: await madeBy(place, { data: root }) };
}

async function beginAtRun(place: Place, id: string) {
  await requireRun(place.ctx, place.workspace, id);
  await addRunOrigin(place, id);
  return { root: `run/${id}`, versions: await madeBy(place, { runId: id }) };
}

async function beginAtJob(place: Place, id: string) {
  const { registered } = await getJob(place.ctx, place.workspace, id);
  await addJob(place, id, null);
  for (const made of registered.filter((path) => path.startsWith("data/"))) {
    place.graph.link(`job/${id}`, made, "made");
    await addDataVersion(place, made);
  }
  return { root: `job/${id}`, versions: await madeBy(place, { jobId: id }) };
}

async function beginAtBuild(place: Place, number: number) {
  const build = await getBuild(place.ctx, place.workspace, number);
  return { root: addBuildNode(place, build), versions: build.models };
}

async function beginAtRelease(place: Place, number: number) {
  const release = await getRelease(place.ctx, place.workspace, number);
  const root = addReleaseNode(place, release);
  const build = await beginAtBuild(place, release.build);
  place.graph.link(build.root, root, "released as");
  return { root, versions: build.versions };
}

async function beginAtEndpoint(place: Place, name: string) {
  const deployments = await listDeployments(place.ctx, place.workspace, name);
  const root = `endpoint/${name}`;
  place.graph.add({ id: root, kind: "endpoint", label: name, detail: "", at: null, known: true });
  for (const deployment of deployments) place.graph.link(`deployment/${name}/${deployment.name}`, root, "part of");
  return { root, versions: deployments.map(({ model }) => model) };
}
