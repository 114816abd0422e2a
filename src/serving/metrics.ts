import type { Collector } from "./collector.ts";
import type { Fleet } from "./fleet.ts";
import type { Histogram } from "./statistics.ts";

type Labels = Record<string, string>;

/** What the node counts, in the Prometheus text format. */
export function metricsText(fleet: Fleet, collector: Collector): string {
  const requests: string[] = [];
  const seconds: string[] = [];
  const batches: string[] = [];
  const queued: string[] = [];
  const ready: string[] = [];
  const crashes: string[] = [];
  for (const { desired, wanted } of fleet.endpoints)
    for (const { deployment, instance } of wanted) {
      const labels = { workspace: desired.workspace, endpoint: desired.name, deployment: deployment.name };
      const { statistics } = instance;
      for (const [code, count] of statistics.byStatus)
        requests.push(line("trainyard_requests_total", { ...labels, code: String(code) }, count));
      seconds.push(...histogram("trainyard_request_seconds", labels, statistics.seconds));
      batches.push(...histogram("trainyard_batch_rows", labels, statistics.batches));
      queued.push(line("trainyard_queued_requests", labels, instance.queued));
      ready.push(line("trainyard_deployment_ready", labels, instance.state === "ready" ? 1 : 0));
      crashes.push(line("trainyard_model_crashes_total", labels, statistics.crashes));
    }
  return [
    family("trainyard_requests_total", "counter", "Requests answered, by status", requests),
    family("trainyard_request_seconds", "histogram", "Time from request to answer", seconds),
    family("trainyard_batch_rows", "histogram", "Rows per call of the model", batches),
    family("trainyard_queued_requests", "gauge", "Requests that wait for the model", queued),
    family("trainyard_deployment_ready", "gauge", "1 if the deployment is ready", ready),
    family("trainyard_model_crashes_total", "counter", "Model processes that ended by themselves", crashes),
    family("trainyard_collected_rows_total", "counter", "Rows delivered to the control plane", [
      line("trainyard_collected_rows_total", {}, collector.delivered),
    ]),
    family("trainyard_dropped_rows_total", "counter", "Collected rows that were dropped", [
      line("trainyard_dropped_rows_total", {}, collector.dropped),
    ]),
    family("trainyard_spool_bytes", "gauge", "Bytes of collected rows that wait for delivery", [
      line("trainyard_spool_bytes", {}, collector.spoolBytes),
    ]),
  ].join("");
}

const family = (name: string, type: string, help: string, lines: string[]): string =>
  lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;

// Names of workspaces, endpoints and deployments have no characters that would need escaping.
function line(name: string, labels: Labels, value: number): string {
  const inner = Object.entries(labels).map(([key, text]) => `${key}="${text}"`);
  return `${name}${inner.length > 0 ? `{${inner.join(",")}}` : ""} ${value}\n`;
}

function histogram(name: string, labels: Labels, { bounds, counts, sum, count }: Histogram): string[] {
  let below = 0;
  const buckets = bounds.map((bound, i) => {
    below += counts[i]!;
    return line(`${name}_bucket`, { ...labels, le: String(bound) }, below);
  });
  return [
    ...buckets,
    line(`${name}_bucket`, { ...labels, le: "+Inf" }, count),
    line(`${name}_sum`, labels, sum),
    line(`${name}_count`, labels, count),
  ];
}
