import { endTrace, getTrace, searchTraces, tellTrace } from "../../features/trace/index.ts";
import { checkedTime } from "./assessments.ts";
import type { Call, Route } from "./route.ts";
import { oldTraceInfoJson, stateOf } from "./trace-shape.ts";
import { ownTags, searchOf } from "./traces.ts";

const read = { permission: "run:read" } as const;
const write = { permission: "run:write" } as const;

/** Traces as clients before MLflow 3 know them: begun, then ended. */
export const oldTraceRoutes: Route[] = [
  { method: "POST", path: "/traces", ...write, handler: start },
  { method: "GET", path: "/traces", ...read, handler: search },
  { method: "PATCH", path: "/traces/{trace_id}", ...write, handler: end },
  {
    method: "GET",
    path: "/traces/{trace_id}/info",
    ...read,
    handler: async ({ ctx, workspace, params }) => ({
      trace_info: oldTraceInfoJson(await getTrace(ctx, workspace, params.trace_id!)),
    }),
  },
];

async function start({ ctx, workspace, input }: Call) {
  const told = {
    id: ctx.ids.next().replaceAll("-", ""),
    experimentId: input.textOrNumber("experiment_id"),
    clientRequestId: null,
    state: "IN_PROGRESS",
    startedAt: checkedTime(input.optionalInteger("timestamp_ms") ?? ctx.clock.now(), "timestamp_ms"),
    duration: null,
    request: null,
    response: null,
    tags: ownTags(Object.fromEntries(input.pairs("tags"))),
    metadata: Object.fromEntries(input.pairs("request_metadata")),
    assessments: [],
  } as const;
  return { trace_info: oldTraceInfoJson(await tellTrace(ctx, workspace, { ...told, assessments: [] }, false)) };
}

async function end({ ctx, workspace, input, params }: Call) {
  const trace = await endTrace(ctx, workspace, params.trace_id!, {
    endedAt: checkedTime(input.optionalInteger("timestamp_ms") ?? ctx.clock.now(), "timestamp_ms"),
    state: stateOf(input.json("status")),
    tags: ownTags(Object.fromEntries(input.pairs("tags"))),
    metadata: Object.fromEntries(input.pairs("request_metadata")),
  });
  return { trace_info: oldTraceInfoJson(trace) };
}

async function search({ ctx, workspace, input }: Call) {
  const { items, next } = await searchTraces(ctx, { workspace, ...searchOf(input, input.texts("experiment_ids")) });
  return { traces: items.map(oldTraceInfoJson), next_page_token: next };
}
