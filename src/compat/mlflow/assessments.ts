import {
  type AssessmentChange,
  changeAssessment,
  createAssessment,
  deleteAssessment,
  getAssessment,
  type NewAssessment,
} from "../../features/trace/index.ts";
import { invalidParameter, missingValue } from "./error.ts";
import type { Input } from "./input.ts";
import type { Call, Route } from "./route.ts";
import { assessmentJson } from "./trace-shape.ts";

const v3 = { versions: ["3.0"] } as const;
const read = { ...v3, permission: "run:read" } as const;
const write = { ...v3, permission: "run:write" } as const;
const one = "/traces/{trace_id}/assessments/{assessment_id}";

/** What people, judges and programs say about traces. */
export const assessmentRoutes: Route[] = [
  { method: "POST", path: "/traces/{trace_id}/assessments", ...write, handler: create },
  { method: "GET", path: one, ...read, handler: get },
  { method: "PATCH", path: one, ...write, handler: update },
  {
    method: "DELETE",
    path: one,
    ...write,
    handler: ({ ctx, workspace, params }) => deleteAssessment(ctx, workspace, params.trace_id!, params.assessment_id!),
  },
];

async function create({ ctx, workspace, input, params }: Call) {
  const wanted = assessmentOf(input.object("assessment"));
  return { assessment: assessmentJson(await createAssessment(ctx, workspace, params.trace_id!, wanted)) };
}

async function get({ ctx, workspace, params }: Call) {
  return { assessment: assessmentJson(await getAssessment(ctx, workspace, params.trace_id!, params.assessment_id!)) };
}

async function update({ ctx, workspace, input, params }: Call) {
  const change = changeOf(input.object("assessment"), maskOf(input));
  const { trace_id, assessment_id } = params;
  return { assessment: assessmentJson(await changeAssessment(ctx, workspace, trace_id!, assessment_id!, change)) };
}

/** The fields to change: a text with commas and camel case, or what protobuf calls paths. */
function maskOf(input: Input): Set<string> {
  const mask = input.json("update_mask");
  const paths = typeof mask === "string" ? mask.split(",") : input.optionalObject("update_mask").texts("paths");
  if (paths.length === 0) throw missingValue("update_mask");
  return new Set(paths.map((path) => path.trim().replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)));
}

function changeOf(input: Input, mask: Set<string>): AssessmentChange {
  const change: AssessmentChange = {};
  if (mask.has("assessment_name")) change.name = input.plainText("assessment_name");
  if (mask.has("feedback")) change.feedback = feedbackOf(input.optionalObject("feedback"));
  if (mask.has("expectation")) change.expectation = { value: expectationOf(input.optionalObject("expectation")) };
  if (mask.has("rationale")) change.rationale = input.plainText("rationale");
  if (mask.has("metadata")) change.metadata = input.textMap("metadata");
  return change;
}

export function assessmentOf(input: Input): NewAssessment {
  const kind = (["feedback", "expectation", "issue"] as const).find((kind) => input.has(kind));
  if (!kind) throw invalidParameter("Unknown assessment type: it has none of feedback, expectation and issue.");
  const source = input.optionalObject("source");
  const told = kind === "feedback" ? feedbackOf(input.object(kind)) : { value: toldAs(kind, input), error: null };
  return {
    id: input.optionalText("assessment_id") || undefined,
    kind,
    name: input.plainText("assessment_name") || kind,
    spanId: input.optionalText("span_id") || null,
    ...told,
    sourceType: sourceOf(source.json("source_type")),
    sourceId: source.optionalText("source_id") || "default",
    rationale: input.optionalText("rationale") || null,
    metadata: input.textMap("metadata"),
    overrides: input.optionalText("overrides") || null,
    valid: input.has("valid") ? input.flag("valid") : true,
    createdAt: timestampOf(input, "create_time"),
    updatedAt: timestampOf(input, "last_update_time"),
  };
}

const toldAs = (kind: "expectation" | "issue", input: Input): unknown =>
  kind === "expectation" ? expectationOf(input.object(kind)) : input.object(kind).plainText("issue_name");

const feedbackOf = (input: Input) => ({ value: input.json("value") ?? null, error: input.json("error") ?? null });

function expectationOf(input: Input): unknown {
  if (!input.has("serialized_value")) return input.json("value") ?? null;
  const text = input.object("serialized_value").text("value");
  try {
    return JSON.parse(text);
  } catch {
    throw invalidParameter(`The value of the expectation is not JSON: ${text.slice(0, 100)}`);
  }
}

const sources = ["SOURCE_TYPE_UNSPECIFIED", "HUMAN", "LLM_JUDGE", "CODE"];

const sourceOf = (type: unknown): string =>
  (typeof type === "number" ? sources[type] : sources.find((one) => one === type)) ?? sources[0]!;

/** Year 9999: what timestamps of protobuf can say. */
const latest = 253_402_300_799_999;

export function timestampOf(input: Input, name: string): number | null {
  const text = input.optionalText(name);
  if (text === undefined) return null;
  return checkedTime(Date.parse(text), input.pathOf(name));
}

export function checkedTime(time: number, at: string): number {
  if (time >= 0 && time <= latest) return Math.floor(time);
  throw invalidParameter(`Invalid value for parameter '${at}': it is not a time between 1970 and 9999.`);
}
