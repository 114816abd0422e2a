import { Connection, percentiles } from "../load.ts";
import type { Target } from "./servers.ts";

/** What is searched for; the names are those of `population.ts`. */
export const queries: { name: string; filter: string; order: string[] }[] = [
  { name: "newest", filter: "", order: [] },
  { name: "by a metric", filter: "", order: ["metrics.rmse ASC"] },
  { name: "one tag", filter: "tags.team = 'team-3'", order: [] },
  { name: "a rare tag, by a metric", filter: "tags.rare = 'yes'", order: ["metrics.rmse ASC"] },
  {
    name: "metric, param and tag, by a metric",
    filter: "metrics.rmse < 50 and params.lr = '0.03' and tags.team = 'team-1'",
    order: ["metrics.accuracy DESC"],
  },
  {
    name: "metric, rarer param and tag, by a metric",
    filter: "metrics.rmse < 50 and params.model = 'model-7' and tags.team = 'team-1'",
    order: ["metrics.accuracy DESC"],
  },
  { name: "nothing fits", filter: "metrics.rmse > 1000", order: ["metrics.accuracy DESC"] },
  { name: "param begins with", filter: "params.model LIKE 'model-1%'", order: ["metrics.rmse DESC"] },
];

export interface SearchResult {
  query: string;
  /** Milliseconds; the first page, of 100 runs with all their facts. */
  p50: number;
  p95: number;
  /** The same for the pages from the 50th on; NaN where there are not as many. */
  deep: number;
  requests: number;
}

const pageSize = 100;
const depth = 50;

/** One client. Each query is asked until `seconds` are over, at least three and at most 40 times. */
export async function measureSearch(
  target: Target,
  { experiment, seconds }: { experiment: string; seconds: number },
): Promise<SearchResult[]> {
  const connection = new Connection(target);
  const search = async (query: (typeof queries)[number], token?: string) => {
    const started = performance.now();
    const body = {
      experiment_ids: [experiment],
      filter: query.filter,
      order_by: query.order,
      max_results: pageSize,
      page_token: token,
    };
    const answer = await connection.send({ method: "POST", path: "/api/2.0/mlflow/runs/search", body });
    const ms = performance.now() - started;
    if (answer.status !== 200) throw new Error(`${query.name}: ${answer.status} ${answer.body.slice(0, 300)}`);
    return { ms, next: /"next_page_token": ?"([^"]+)"/.exec(answer.body)?.[1] };
  };
  const results: SearchResult[] = [];
  for (const query of queries) {
    await search(query);
    const times: number[] = [];
    const until = performance.now() + seconds * 1000;
    while (times.length < 3 || (times.length < 40 && performance.now() < until)) times.push((await search(query)).ms);
    const deep = await pagesBehind(depth, (token) => search(query, token), seconds);
    const { p50, p95 } = percentiles(times);
    results.push({ query: query.name, p50, p95, deep, requests: times.length });
    console.log(
      `  ${query.name.padEnd(42)} p50 ${p50.toFixed(1)} ms  p95 ${p95.toFixed(1)} ms  deep ${deep.toFixed(1)} ms`,
    );
  }
  connection.close();
  return results;
}

/** The p50 of ten pages from the `depth`th on, unless the way there takes too long. */
async function pagesBehind(
  depth: number,
  page: (token?: string) => Promise<{ ms: number; next: string | undefined }>,
  seconds: number,
): Promise<number> {
  const until = performance.now() + seconds * 5000;
  const times: number[] = [];
  let token: string | undefined;
  for (let number = 1; number < depth + 10; number++) {
    const { ms, next } = await page(token);
    if (number >= depth) times.push(ms);
    if (!next || performance.now() > until) break;
    token = next;
  }
  return percentiles(times).p50;
}
