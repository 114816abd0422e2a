import type { Build } from "../../contract/build.ts";
import type { DataVersion } from "../../contract/data.ts";
import { Problem } from "../../contract/errors.ts";
import type { ModelVersion } from "../../contract/model.ts";
import type { Check } from "../../contract/stage.ts";
import type { Ctx } from "../../platform/context.ts";
import { getBuild } from "../build/index.ts";
import { missingOf } from "../card/index.ts";
import { dataQualityOf } from "../data/index.ts";
import { awaitUsable, resolveModel } from "../model/index.ts";
import type { CheckResult } from "./store.ts";

type Verdict = Pick<CheckResult, "verdict" | "detail">;

/** What the gates before deployment look at. */
export interface GateFacts {
  build: Build;
  models: ModelVersion[];
  data: DataVersion[];
  /** Training data that nothing is known of. */
  unknown: string[];
  /** What the cards of the models lack: `churn 3: limitations`. */
  cardGaps: string[];
}

export async function gatherFacts(ctx: Ctx, workspace: string, number: number): Promise<GateFacts> {
  const build = await getBuild(ctx, workspace, number);
  const models: ModelVersion[] = [];
  const data: DataVersion[] = [];
  const unknown: string[] = [];
  for (const { name, version } of build.models) {
    const model = await resolveModel(ctx, workspace, name, { version });
    models.push(model);
    for (const subject of model.trainingData) {
      try {
        data.push(await dataQualityOf(ctx, workspace, subject));
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        unknown.push(subject);
      }
    }
  }
  const cardGaps = (await Promise.all(models.map((model) => gapsOf(ctx, workspace, model)))).flat();
  return { build, models, data, unknown, cardGaps };
}

async function gapsOf(ctx: Ctx, workspace: string, model: ModelVersion): Promise<string[]> {
  return (await missingOf(ctx, workspace, model)).map((part) => `${part} of ${model.name} ${model.version}`);
}

const checkedWithinMs = 20 * 60_000;

/** Waits for the checks of the models' files. A model in quarantine stops a release before any gate. */
export async function awaitModels(ctx: Ctx, workspace: string, number: number, signal: AbortSignal): Promise<void> {
  for (const { name, version } of (await getBuild(ctx, workspace, number)).models) {
    const model = await resolveModel(ctx, workspace, name, { version });
    await awaitUsable(ctx, workspace, model, { waitMs: checkedWithinMs, signal });
  }
}

/** The verdict of one gate; undefined for checks that are no gates before deployment (approval, smoke). */
export function judge(check: Check, facts: GateFacts): Verdict | undefined {
  if (check.type === "tests") return judgeTests(facts.build, check.minTests);
  if (check.type === "metric") return judgeMetric(check, facts.models);
  if (check.type === "data-quality") return judgeData(facts);
  if (check.type === "card") return judgeCard(check.incomplete, facts);
  return undefined;
}

function judgeTests({ tests }: Build, minimum: number): Verdict {
  if (!tests) return { verdict: "inconclusive", detail: "the build published no test results" };
  const failed = tests.failures + tests.errors;
  const passed = tests.tests - failed - tests.skipped;
  const detail = `${passed} of ${tests.tests} tests passed, at least ${minimum} must`;
  return { verdict: failed === 0 && passed >= minimum ? "pass" : "fail", detail };
}

function judgeMetric(check: Extract<Check, { type: "metric" }>, models: ModelVersion[]): Verdict {
  const bounds = [
    check.min === undefined ? "" : `at least ${check.min}`,
    check.max === undefined ? "" : `at most ${check.max}`,
  ].filter(Boolean);
  const wanted = bounds.join(" and ") || "recorded";
  for (const { name, version, metrics } of models) {
    const value = metrics[check.metric];
    if (value === undefined) {
      return { verdict: "inconclusive", detail: `${check.metric} of ${name} ${version} is not recorded` };
    }
    const number = Number(value);
    const detail = `${check.metric} of ${name} ${version} is ${Number(number.toPrecision(6))}; it must be ${wanted}`;
    const holds = number >= (check.min ?? -Infinity) && number <= (check.max ?? Infinity);
    if (!holds) return { verdict: "fail", detail };
    if (models.length === 1) return { verdict: "pass", detail };
  }
  return models.length === 0
    ? { verdict: "inconclusive", detail: "the build has no model" }
    : { verdict: "pass", detail: `${check.metric} of ${models.length} models is ${wanted}` };
}

function judgeCard(incomplete: "fail" | "inconclusive", { models, cardGaps }: GateFacts): Verdict {
  if (models.length === 0) return { verdict: "inconclusive", detail: "the build has no model" };
  if (cardGaps.length === 0) return { verdict: "pass", detail: "the model card has what the workspace requires" };
  return { verdict: incomplete, detail: `the model card lacks: ${cardGaps.join(", ")}` };
}

function judgeData({ data, unknown }: GateFacts): Verdict {
  const bad = data.find((version) => version.state !== "ready");
  if (!bad && unknown[0]) return { verdict: "inconclusive", detail: `nothing is known of ${unknown.join(", ")}` };
  if (data.length === 0) {
    return { verdict: "inconclusive", detail: "it is not known what data the model was trained on" };
  }
  const names = data.map((version) => `data/${version.name}/${version.version}`).join(", ");
  return bad
    ? { verdict: "fail", detail: `data/${bad.name}/${bad.version} is ${bad.state}` }
    : { verdict: "pass", detail: `${names} satisfied the expectations` };
}
