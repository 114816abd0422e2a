import type { AuditEvent } from "../../contract/audit.ts";
import { type ConversionReport, conversionReportSchema } from "../../contract/conversion.ts";
import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Subscriber } from "../../platform/events/deliver.ts";
import { readSmallBlob, readTree } from "../blob/index.ts";
import { getJob } from "../job/index.ts";
import { startResultCheck } from "./check.ts";
import { end } from "./end.ts";
import type { ConversionTable } from "./schema.ts";
import * as store from "./store.ts";

interface Found {
  report: ConversionReport | null;
  digest: string | null;
}

const largestReport = 4_000_000;

/** When its job ends, a conversion ends, or its result is checked. */
export const conversionJobs: Subscriber = {
  name: "conversion.jobs",
  types: ["job.succeeded", "job.failed", "job.cancelled"],
  async handle(tx, event) {
    const { trigger = "" } = event.data as { trigger?: string };
    const [kind, id] = trigger.split("/");
    if (kind !== "conversion" || !id) return;
    const conversion = await store.findConversion(tx.db, event.workspace, id);
    if (conversion && `job/${conversion.job_id}` === event.subject) await finish(tx, conversion, event);
  },
};

async function finish(tx: Ctx, conversion: ConversionTable, event: AuditEvent): Promise<void> {
  const job = event.type.slice("job.".length);
  let found: Found = { report: null, digest: null };
  let error: string | null = null;
  try {
    found = await resultOf(tx, conversion);
    error = errorOf(job, found, event);
  } catch (problem) {
    // A result that cannot be read fails the conversion; the events behind it do not wait for it.
    if (!(problem instanceof Problem)) throw problem;
    error = problem.message;
  }
  const { digest, report } = found;
  if (!(await store.changeRunning(tx.db, conversion.id, { digest, report: report && JSON.stringify(report) }))) return;
  if (error === null) return startResultCheck(tx, conversion);
  return end(tx, { ...conversion, digest }, error, job === "cancelled");
}

/** What keeps the result from being served; null when nothing does. */
function errorOf(job: string, { report, digest }: Found, event: AuditEvent): string | null {
  const said = (event.data as { error?: string | null }).error ?? "The job did not succeed.";
  if (report === null) return job === "succeeded" ? "The job left no report." : said;
  if (!report.passed) return report.message;
  if (digest === null) return "The job left no model.onnx.";
  return job === "succeeded" ? null : said;
}

async function resultOf(tx: Ctx, { workspace, job_id }: ConversionTable): Promise<Found> {
  const { steps } = await getJob(tx, workspace, job_id);
  const outputs = steps.find((step) => step.name === "convert")?.outputs;
  if (!outputs?.report || !outputs.model) return { report: null, digest: null };
  const files = await readTree(tx, workspace, outputs.model.digest);
  const digest = files.some((file) => file.path === "model.onnx") ? outputs.model.digest : null;
  return { report: await reportOf(tx, workspace, outputs.report.digest), digest };
}

/** Code of the model ran beside the program that wrote it, so what is there is not believed. */
async function reportOf(tx: Ctx, workspace: string, tree: string): Promise<ConversionReport> {
  const file = (await readTree(tx, workspace, tree)).find((candidate) => candidate.path === "report.json");
  if (!file || file.size > largestReport) throw damaged();
  const text = Buffer.from(await readSmallBlob(tx, workspace, file.digest)).toString();
  try {
    return conversionReportSchema.parse(JSON.parse(text));
  } catch {
    throw damaged();
  }
}

const damaged = (): Problem => new Problem("unprocessable", "The report of the conversion is damaged.");
