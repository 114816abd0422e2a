import type { Build, TestResult } from "../../contract/build.ts";
import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { canonicalJson } from "../../platform/digest.ts";
import { putBlob, readSmallBlob, readTree } from "../blob/index.ts";
import { dataQualityOf } from "../data/index.ts";
import { resolveModel } from "../model/index.ts";

type Evidence = Build["evidence"];
type Model = Build["models"][number];

const reportFile = "conversion.json";

/** What speaks for the models of a build: each fact by name, with the digest of what proves it. */
export async function evidenceOf(
  ctx: Ctx,
  workspace: string,
  models: Model[],
  results: { digest: string; tests: TestResult | null } | null,
): Promise<Evidence> {
  const evidence: Evidence = [];
  if (results?.tests) {
    const { tests, failures, errors } = results.tests;
    evidence.push({ name: "tests", digest: results.digest, summary: `${tests} tests, ${failures + errors} failed` });
  }
  for (const model of models) evidence.push(...(await modelEvidence(ctx, workspace, model)));
  const names = new Set<string>();
  return evidence.filter(({ name }) => !names.has(name) && names.add(name));
}

async function modelEvidence(ctx: Ctx, workspace: string, { name, version, digest }: Model): Promise<Evidence> {
  const files = await readTree(ctx, workspace, digest);
  const found: Evidence = [
    { name: `model/${name}/${version}`, digest, summary: `model ${name} version ${version}, ${files.length} files` },
  ];
  const { metrics, trainingData } = await resolveModel(ctx, workspace, name, { version });
  if (Object.keys(metrics).length > 0) {
    const blob = await putBlob(ctx, workspace, canonicalJson(metrics));
    // What the machine did meanwhile is in the blob too; nobody decides by it.
    const telling = Object.entries(metrics).filter(([key]) => !key.startsWith("system/"));
    const summary = telling.map(([key, value]) => `${key} ${shown(value)}`);
    found.push({ name: `metrics/${name}/${version}`, digest: blob.digest, summary: summary.sort().join(", ") });
  }
  const report = files.find((file) => file.path === reportFile);
  if (report) {
    const text = Buffer.from(await readSmallBlob(ctx, workspace, report.digest)).toString();
    found.push({ name: `onnx-conversion/${name}/${version}`, digest: report.digest, summary: conversion(text) });
  }
  for (const data of trainingData) found.push(...(await dataEvidence(ctx, workspace, data)));
  return found;
}

async function dataEvidence(ctx: Ctx, workspace: string, subject: string): Promise<Evidence> {
  try {
    const { state, profile, findings, digest, size } = await dataQualityOf(ctx, workspace, subject);
    const facts = canonicalJson({ subject, state, digest, size, profile, findings });
    const rows = profile ? `, ${profile.rows} rows` : "";
    const summary = `${subject} is ${state}${rows}, ${findings.length} broken expectations`;
    return [{ name: subject, digest: (await putBlob(ctx, workspace, facts)).digest, summary }];
  } catch (error) {
    // Data that is no longer known proves nothing; the release's own check will say so.
    if (error instanceof Problem) return [];
    throw error;
  }
}

/** `{"max_difference": 1.2e-5, "rows": 89}`, as the sample's registration step writes it; other reports are named. */
function conversion(text: string): string {
  try {
    const report = JSON.parse(text) as { max_difference?: unknown; rows?: unknown };
    if (typeof report.max_difference !== "number") return "report of the conversion to ONNX";
    const rows = typeof report.rows === "number" ? ` on ${report.rows} rows` : "";
    return `ONNX differs from the original by at most ${shown(report.max_difference)}${rows}`;
  } catch {
    return "report of the conversion to ONNX";
  }
}

const shown = (value: number | string): string => (typeof value === "number" ? String(+value.toPrecision(4)) : value);
