import type { ArtifactResult } from "./artifacts.ts";
import type { LogModelResult } from "./log-model.ts";
import type { RegistryResult } from "./registry.ts";
import type { SearchResult } from "./search.ts";
import type { Target } from "./servers.ts";
import { clientCounts, type WriteResult, writeOperations } from "./writes.ts";

export interface Measured<Result> {
  target: Target;
  result: Result;
}

/** A table in Markdown; numbers stand on the right. */
export function table(head: string[], rows: (string | number)[][]): string {
  const line = (cells: (string | number)[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, index) => (typeof rows[0]?.[index] === "number" ? "---:" : "---"));
  return `${[line(head), line(rule), ...rows.map(line)].join("\n")}\n`;
}

const round = (value: number): number =>
  value >= 100 ? Math.round(value) : value >= 10 ? Number(value.toFixed(1)) : Number(value.toFixed(2));

/** Ours against the faster of the peer's variants, database by database. */
export function writeTable(measured: Measured<WriteResult[]>[]): string {
  const rows: (string | number)[][] = [];
  for (const database of new Set(measured.map(({ target }) => target.database))) {
    for (const operation of writeOperations) {
      for (const clients of clientCounts) {
        const of = (product: Target["product"], variant?: string) =>
          measured
            .filter(({ target }) => target.product === product && target.database === database)
            .filter(({ target }) => variant === undefined || target.variant === variant)
            .flatMap(({ result }) => result)
            .find((result) => result.operation === operation && result.clients === clients);
        const [ours, uvicorn, gunicorn] = [of("Trainyard"), of("MLflow", "uvicorn"), of("MLflow", "gunicorn")];
        if (!ours || !uvicorn || !gunicorn) continue;
        // A load that ended before one of its requests was answered has no rate to compare.
        const isMeasured = (result: WriteResult) => result.perSecond > 0;
        const ratio = (other: WriteResult) =>
          isMeasured(ours) && isMeasured(other) ? `${round(ours.perSecond / other.perSecond)}×` : "";
        const cell = (result: WriteResult) =>
          isMeasured(result) ? `${round(result.perSecond)} (${round(result.p99)})` : "none";
        rows.push([
          ...[database, operation, clients, cell(ours), cell(uvicorn), ratio(uvicorn)],
          ...[cell(gunicorn), ratio(gunicorn)],
        ]);
      }
    }
  }
  const head = ["database", "operation", "clients", "Trainyard", "MLflow (uvicorn)", "", "MLflow (gunicorn)", ""];
  return `Requests per second, and in brackets the p99 in ms:\n\n${table(head, rows)}`;
}

export function searchTable(measured: Measured<SearchResult[]>[], runs: number, mlflowRuns: number): string {
  const rows: (string | number)[][] = [];
  const time = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? "–" : String(round(value)));
  for (const database of new Set(measured.map(({ target }) => target.database))) {
    const of = (product: Target["product"]) =>
      measured.find(({ target }) => target.product === product && target.database === database)?.result;
    for (const ours of of("Trainyard") ?? []) {
      const theirs = of("MLflow")?.find((result) => result.query === ours.query);
      const ratio = theirs && runs === mlflowRuns ? `${round(theirs.p50 / ours.p50)}×` : "";
      const cells = [time(ours.p50), time(ours.p95), time(ours.deep)];
      rows.push([database, ours.query, ...cells, time(theirs?.p50), time(theirs?.p95), time(theirs?.deep), ratio]);
    }
  }
  const head = ["database", "query", "p50", "p95", "page 50+", "MLflow p50", "p95", "page 50+", ""];
  const note = `Milliseconds for a page of 100 runs, of ${runs} runs in Trainyard and ${mlflowRuns} in MLflow`;
  return `${note}, each with 20 metrics, 20 params and 5 tags:\n\n${table(head, rows)}`;
}

/** What a page costs: processor, and time on the clock, in milliseconds. */
export interface PageCost {
  cpu: number;
  p50: number;
  p95: number;
}

export interface CostResult {
  filter: string;
  order: string;
  first: PageCost;
  /** Undefined where there are not as many pages. */
  late: PageCost | undefined;
}

/** Of each database and number of runs the processor time, and in brackets the p95 on the clock. */
export function costTable(measured: { database: string; runs: number; result: CostResult[] }[]): string {
  const cell = (cost: PageCost | undefined) => (cost ? `${round(cost.cpu)} (${round(cost.p95)})` : "–");
  const code = (text: string) => (text === "" ? "" : `\`${text}\``);
  const rows = measured[0]!.result.map(({ filter, order }, index) => [
    ...[code(filter), code(order) || "newest first"],
    ...measured.flatMap(({ result }) => [cell(result[index]!.first), cell(result[index]!.late)]),
  ]);
  const columns = measured.flatMap(({ database, runs }) => [`${database}, ${runs.toLocaleString("en")}`, "late"]);
  const note = "Milliseconds of processor time for a page of 100 runs (median), and in brackets the p95 on the clock";
  return `${note}:\n\n${table(["filter", "order", ...columns], rows)}`;
}

export function registryTable(measured: Measured<RegistryResult[]>[], models: number): string {
  const rows = measured.flatMap(({ target, result }) =>
    result.map(({ request, p50, p95 }) => [target.database, request, target.product, round(p50), round(p95)]),
  );
  const note = `Milliseconds, with ${models} models of 100 versions with 2 tags each, and 3 aliases of each model`;
  return `${note}:\n\n${table(["database", "request", "server", "p50", "p95"], rows)}`;
}

export function artifactTable(measured: Measured<ArtifactResult>[], size: number): string {
  const share = (rate: number, of: number) => `${round(rate)} (${Math.round((100 * rate) / of)} %)`;
  const rows = measured.map(({ target, result }) => [
    `${target.product} ${target.variant}`,
    round(result.plainCopy),
    share(result.upload, result.plainCopy),
    share(result.download, result.plainCopy),
    Number.isNaN(result.memoryMost) ? "" : `${round(result.memoryBefore)} → ${round(result.memoryMost)}`,
  ]);
  const head = ["server", "plain copy, sha256, fsync", "upload", "download", "memory, MiB"];
  return `One file of ${size} MiB, MiB per second:\n\n${table(head, rows)}`;
}

export function logModelTable(measured: Measured<LogModelResult>[]): string {
  const rows = measured.map(({ target, result }) => [
    `${target.product} ${target.variant}`,
    target.database,
    round(result.total),
    round(result.server),
    result.requests,
  ]);
  const head = ["server", "database", "`log_model`, ms", "of it waiting for the server, ms", "requests"];
  return `Median of five:\n\n${table(head, rows)}`;
}
