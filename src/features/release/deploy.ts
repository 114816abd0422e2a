import { Problem } from "../../contract/errors.ts";
import type { Manifest } from "../../contract/release.ts";
import { sleep } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/context.ts";
import { record } from "../../platform/events/journal.ts";
import { readSmallBlob, readTree } from "../blob/index.ts";
import {
  deploy,
  deploymentState,
  ensureEndpoint,
  exampleOf,
  invokeDeployment,
  listDeployments,
  setTraffic,
  undeploy,
} from "../endpoint/index.ts";
import { setAlias } from "../model/index.ts";
import { noteServed, takeStage } from "../stage/index.ts";
import type { CheckResult, StageDefinition } from "./store.ts";

const readyMs = 180_000;
/** A node that cannot fetch or load a model tries again by itself; it is given this long to succeed. */
const graceMs = 3000;
const smokeRequests = 3;

export const deploymentName = (release: number): string => `r${release}`;

interface Target {
  workspace: string;
  release: number;
  stage: StageDefinition;
  model: Manifest["models"][number];
}

/** Brings the model up beside what is served, and tries it before it gets any traffic. May be repeated. */
export async function bringUp(ctx: Ctx, target: Target, signal: AbortSignal): Promise<CheckResult[]> {
  const { workspace, release, stage, model } = target;
  const key = { workspace, endpoint: stage.endpoint, name: deploymentName(release) };
  await ensureEndpoint(ctx, { workspace, name: stage.endpoint, authMode: "key" });
  await deploy(ctx, {
    ...{ workspace, endpoint: stage.endpoint, deployment: key.name, collect: true, release },
    ...{ model, conversion: model.conversion ?? null },
  });
  const until = ctx.clock.now() + readyMs;
  let failedAt: number | null = null;
  for (;;) {
    signal.throwIfAborted();
    const { state, error, inputs, outputs } = await deploymentState(ctx, key);
    if (state === "ready") return [await smoke(ctx, target, { inputs, outputs }, signal)];
    failedAt = state === "failed" ? (failedAt ?? ctx.clock.now()) : null;
    if (failedAt !== null && ctx.clock.now() - failedAt >= graceMs)
      throw new Problem("precondition_failed", `Deployment ${key.name} does not come up: ${error}`);
    if (ctx.clock.now() > until) {
      throw new Problem("unavailable", `Deployment ${key.name} is not ready after ${readyMs / 1000} s.`);
    }
    await sleep(100, signal);
  }
}

type Signature = Parameters<typeof exampleOf>[0];

/** Sends real rows to the deployment alone: every answer must come in time and be made of finite numbers. */
async function smoke(ctx: Ctx, target: Target, signature: Signature, signal: AbortSignal): Promise<CheckResult> {
  const { workspace, release, stage } = target;
  const check = stage.checks.find((candidate) => candidate.type === "smoke");
  const request = (await inputExample(ctx, target)) ?? exampleOf(signature);
  if (request === null) throw new Problem("precondition_failed", "The model does not say what it takes.");
  let slowest = 0;
  for (let sent = 0; sent < smokeRequests; sent++) {
    const answer = await invokeDeployment(ctx, workspace, stage.endpoint, {
      request,
      deployment: deploymentName(release),
      headers: { "x-trainyard-smoke": "1" },
      signal,
    });
    const said = JSON.stringify(answer.response);
    if (answer.status !== 200) {
      throw new Problem(
        "precondition_failed",
        `Smoke test: the model answered ${answer.status}: ${said.slice(0, 500)}`,
      );
    }
    if (!hasFiniteNumbers(answer.response)) {
      throw new Problem(
        "precondition_failed",
        `Smoke test: the answer is not made of finite numbers: ${said.slice(0, 500)}`,
      );
    }
    // The first request pays for what is loaded late.
    if (sent > 0) slowest = Math.max(slowest, answer.milliseconds);
  }
  const limit = check?.maxLatencyMs ?? 1000;
  const detail = `${smokeRequests} requests answered, the slowest in ${slowest.toFixed(1)} ms of at most ${limit} ms`;
  if (slowest > limit) throw new Problem("precondition_failed", `Smoke test: ${detail}`);
  return { type: "smoke", verdict: "pass", detail, at: ctx.clock.now() };
}

/** MLflow's input example of the model, as a request. */
async function inputExample(ctx: Ctx, { workspace, model }: Target): Promise<unknown> {
  const files = await readTree(ctx, workspace, model.digest);
  const file = files.find((candidate) => candidate.path === "serving_input_example.json");
  if (!file) return undefined;
  return JSON.parse(Buffer.from(await readSmallBlob(ctx, workspace, file.digest)).toString());
}

function hasFiniteNumbers(value: unknown): boolean {
  const seen: unknown[] = [];
  const visit = (item: unknown): void => {
    if (item !== null && typeof item === "object") for (const inner of Object.values(item)) visit(inner);
    else seen.push(item);
  };
  visit(value);
  return (
    seen.some((item) => Number.isFinite(item)) &&
    !seen.some((item) => item === null || /^(-?Infinity|NaN)$/.test(String(item)))
  );
}

/** The stage serves the release from now on: traffic, alias and the stage's own record in one transaction. */
export async function takeOver(tx: Ctx, { workspace, release, stage, model }: Target): Promise<void> {
  const served = (await takeStage(tx, workspace, stage.name)).release;
  if (served !== null && served > release) {
    throw new Problem("precondition_failed", `Stage ${stage.name} serves the newer release ${served}.`, {
      hint: "Make a new release of the build if it is to replace it.",
    });
  }
  const name = deploymentName(release);
  const reason = `release ${release}`;
  await setTraffic(tx, { workspace, endpoint: stage.endpoint, traffic: { [name]: 100 }, reason });
  await noteServed(tx, workspace, stage.name, release);
  if (stage.alias) {
    await setAlias(tx, { workspace, name: model.name, alias: stage.alias, version: model.version, reason });
  }
  record(tx, {
    workspace,
    type: "release.deployed",
    subject: `release/${release}`,
    data: { stage: stage.name, endpoint: stage.endpoint, deployment: name, model },
  });
  await dropOld(tx, workspace, stage.endpoint, [name, served === null ? "" : deploymentName(served)]);
}

/** The one served before stays, without traffic, to go back to; older ones go. */
async function dropOld(tx: Ctx, workspace: string, endpoint: string, keep: string[]): Promise<void> {
  for (const { name, traffic } of await listDeployments(tx, workspace, endpoint)) {
    if (traffic > 0 || keep.includes(name) || !/^r\d+$/.test(name)) continue;
    await undeploy(tx, { workspace, endpoint, name });
  }
}
