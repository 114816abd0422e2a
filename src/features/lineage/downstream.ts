import type { Build } from "../../contract/build.ts";
import type { Release } from "../../contract/release.ts";
import { buildsOf } from "../build/index.ts";
import { deploymentsOf } from "../endpoint/index.ts";
import { childrenOf, type RegisteredVersion } from "../model/index.ts";
import { releasesOfBuilds } from "../release/index.ts";
import { addLostModel, addModel, modelId, modelOf, type Place } from "./upstream.ts";

/** What came of a version: versions made from it, builds, their releases, deployments. */
export async function addUses(place: Place, version: RegisteredVersion): Promise<void> {
  const { ctx, workspace, graph } = place;
  await addBuilds(place, version);
  await addDeployments(place, version);
  for (const child of await childrenOf(ctx, workspace, version)) {
    graph.link(modelId(version), modelId(child), "made into");
    const found = await modelOf(place, child);
    if (!found) addLostModel(place, child);
    else if (addModel(place, found)) await addUses(place, found);
  }
}

async function addBuilds(place: Place, version: RegisteredVersion): Promise<void> {
  const { ctx, workspace, graph } = place;
  const builds = await buildsOf(ctx, workspace, version);
  for (const build of builds) graph.link(modelId(version), addBuildNode(place, build), "packaged in");
  const numbers = builds.map((build) => build.number);
  for (const release of await releasesOfBuilds(ctx, workspace, numbers)) {
    graph.link(`build/${release.build}`, addReleaseNode(place, release), "released as");
  }
}

export function addBuildNode({ graph }: Place, build: Build): string {
  const id = `build/${build.number}`;
  const label = `${build.name} ${build.number}`;
  graph.add({ id, kind: "build", label, detail: build.state, at: build.createdAt, known: true });
  return id;
}

export function addReleaseNode({ graph }: Place, release: Release): string {
  const id = `release/${release.number}`;
  const reached = release.stages.filter((stage) => stage.state === "succeeded").map((stage) => stage.stage);
  const detail = reached.length > 0 ? `${release.state}: ${reached.join(", ")}` : release.state;
  graph.add({ id, kind: "release", label: `Release ${release.number}`, detail, at: release.createdAt, known: true });
  return id;
}

/** Where a version is deployed now; a deployment that a release made comes from it. */
async function addDeployments({ ctx, workspace, graph }: Place, version: RegisteredVersion): Promise<void> {
  for (const { endpoint, deployment, traffic, release } of await deploymentsOf(
    ctx,
    workspace,
    version.name,
    version.version,
  )) {
    const id = `deployment/${endpoint}/${deployment}`;
    const detail = `${traffic}% of requests`;
    graph.add({ id, kind: "deployment", label: `${endpoint} ${deployment}`, detail, at: null, known: true });
    const origin = `release/${release}`;
    graph.link(graph.has(origin) ? origin : modelId(version), id, "deployed to");
  }
}
