import { z } from "zod";
import { Problem } from "../contract/errors.ts";

const count = z.number().int().min(1);

/** Bounds of a serving node. Durations are in milliseconds. */
export const limitsSchema = z.strictObject({
  bodyBytes: count.default(16 * 1024 * 1024).describe("Largest request body"),
  batchRows: count.default(256).describe("Most rows that are sent to a model in one call"),
  queuedRequests: count.default(1000).describe("Most requests that wait for one deployment; more are answered 429"),
  queuedBytes: count.default(64 * 1024 * 1024).describe("Most input bytes that wait for one deployment"),
  queueMs: count.default(30_000).describe("Longest wait in the queue before a request is answered 503"),
  runMs: count.default(60_000).describe("Longest run of a model before its process is killed"),
  loadMs: count.default(120_000).describe("Longest loading of a model before its process is killed"),
  drainMs: count.default(10_000).describe("Longest wait for requests in flight when something stops"),
  restartMs: count.default(100).describe("First pause before a crashed model process is started again; it doubles"),
  restartMostMs: count.default(30_000).describe("Longest such pause"),
  spoolBytes: count.default(256 * 1024 * 1024).describe("Most collected bytes kept on disk; older ones are dropped"),
  segmentMs: count.default(1000).describe("Age at which collected rows are sealed for delivery"),
  segmentRows: count.max(50_000).default(1000).describe("Number of rows at which they are sealed"),
  segmentBytes: count.default(8 * 1024 * 1024).describe("Size at which they are sealed"),
  reportMs: count.default(5000).describe("Pause between reports to the control plane"),
  pollMs: count.max(30_000).default(20_000).describe("How long one question for the desired state may wait"),
  ownerMs: count.default(2000).describe("Pause between looks whether the home folder still belongs to this node"),
});
export type Limits = z.output<typeof limitsSchema>;

const configSchema = z.strictObject({
  node: z.string().min(1).max(150).describe("Name of the node"),
  home: z.string().min(1).describe("The node's own folder"),
  controlUrl: z.string().min(1).describe("Address of the control plane: http://127.0.0.1:8600"),
  token: z.string().describe("Token with permission serving:work"),
  host: z.string().default("127.0.0.1").describe("Address to listen on"),
  port: z.number().int().min(0).max(65_535).default(0).describe("0: the port of last time, else a free one"),
  allowedHosts: z.array(z.string()).default([]).describe("Names beside loopback that requests may be addressed to"),
  logLevel: z.enum(["debug", "info", "warn", "error"]).default("info"),
  limits: limitsSchema.default(() => limitsSchema.parse({})),
});
export type ServingConfig = z.output<typeof configSchema>;

/** Reads the node's configuration: JSON in the environment variable TRAINYARD_SERVING or as the first argument. */
export function readServingConfig(text: string | undefined): ServingConfig {
  const hint = "Start it with JSON such as {node, home, controlUrl, token} in TRAINYARD_SERVING.";
  let value: unknown;
  try {
    value = JSON.parse(text ?? "");
  } catch (cause) {
    throw new Problem("invalid", "The serving node got no readable configuration.", { hint, cause });
  }
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem("invalid", "The configuration of the serving node is not valid.", {
    hint,
    issues: parsed.error.issues.map((issue) => ({ at: issue.path.join("."), message: issue.message })),
  });
}
