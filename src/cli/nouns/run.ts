import { pipeline } from "node:stream/promises";
import { notFound } from "../../contract/errors.ts";
import type { Run } from "../../contract/run.ts";
import { connect } from "../connection.ts";
import { type Column, duration, printFacts, printList, state, time } from "../output.ts";
import { addNoun, type Command, globalOptions } from "../program.ts";
import { addRunChanges } from "./run-change.ts";

export function addRun(program: Command): void {
  const noun = addNoun(program, "run", "tracked runs: params, metrics, artifacts");
  addRunChanges(noun);
  noun
    .command("list")
    .description("find runs; those started last come first unless ordered otherwise")
    .option("--experiment <name>", "only of this experiment, by name or id; several ids separated by commas")
    .option("--job <id>", "only of this job")
    .option("--filter <filter>", "MLflow's filter language: \"metrics.rmse < 50 and tags.team = 'blue'\"")
    .option("--order-by <order>", 'such as "metrics.rmse DESC, start_time"')
    .option("--columns <columns>", "params, metrics and tags to read, such as metrics.rmse,params.lr")
    .option("--metrics <names>", "a column for each of these metrics, such as rmse,mae")
    .option("--lifecycle <stage>", "active, deleted or all", "active")
    .option("--limit <n>", "how many", "20")
    .option("--after <token>", "the next page, as the page before it says")
    .option("--count", "only say how many there are")
    .option("--csv", "all of them, as CSV, whatever the limit")
    .addHelpText("after", '\nExample:\n  trainyard run list --filter "metrics.rmse < 50" --order-by metrics.rmse')
    .action(listOrCount);
  noun
    .command("show <id>")
    .description("one run")
    .action(async (id: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const run = await client.run.get({ params: { ...params, id } });
      printFacts(options, run, [
        ["run", run.name],
        ["state", run.state],
        ["params", facts(run.params)],
        ["metrics", facts(run.metrics)],
        ["artifacts", run.artifacts.map((artifact) => artifact.path).join(", ")],
      ]);
    });
}

interface ListFlags {
  experiment?: string;
  job?: string;
  filter?: string;
  orderBy?: string;
  columns?: string;
  metrics?: string;
  lifecycle: string;
  limit: string;
  after?: string;
  count?: true;
  csv?: true;
}

async function listOrCount(flags: ListFlags, command: Command): Promise<void> {
  const options = globalOptions(command);
  const connected = connect(options);
  const { client, params } = connected;
  const query = {
    experimentId: flags.experiment === undefined ? undefined : await experimentIds(connected, flags.experiment),
    jobId: flags.job,
    filter: flags.filter,
    lifecycle: flags.lifecycle as "active",
  };
  if (flags.count) {
    const counted = await client.run.count({ params, query });
    return printFacts(options, counted, [["runs", counted.capped ? `more than ${counted.count - 1}` : counted.count]]);
  }
  const { orderBy, columns, after } = flags;
  if (flags.csv) {
    const response = await client.run.export({ params, query: { ...query, orderBy, columns } });
    return pipeline(response.body!, process.stdout, { end: false });
  }
  const page = { ...query, orderBy, columns, after, limit: Number(flags.limit) };
  const { items, next } = await client.run.list({ params, query: page });
  printList(
    options,
    items,
    [
      { title: "id", of: (run) => run.id },
      { title: "name", of: (run) => run.name },
      { title: "state", of: (run) => state(run.state.toLowerCase()) },
      ...metricColumns(flags.metrics),
      ...(columns ? [{ title: "params", of: (run: Run) => facts(run.params) }] : []),
      { title: "started", of: (run) => time(run.startedAt) },
      { title: "took", of: (run) => duration(run.startedAt, run.endedAt) },
    ],
    "No run fits. Set MLFLOW_TRACKING_URI to this server's address and use mlflow as ever.",
  );
  if (next) process.stderr.write(`There are more: --after ${next}\n`);
}

const shownMetrics = 3;

/** Autologging makes dozens of metrics: a column for each that was asked for, else the first few in one. */
function metricColumns(asked: string | undefined): Column<Run>[] {
  if (asked === undefined) return [{ title: "metrics", of: (run) => firstOf(run.metrics) }];
  const names = asked.split(",").map((name) => name.trim());
  return names.map((name) => ({ title: name, of: (run) => factText(run.metrics[name] ?? "") }));
}

function firstOf(metrics: Run["metrics"]): string {
  const names = Object.keys(metrics);
  const more = names.length - shownMetrics;
  const shown = facts(Object.fromEntries(names.slice(0, shownMetrics).map((name) => [name, metrics[name]!])));
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** Numbers are ids; what is no number is a name. */
async function experimentIds({ client, params }: ReturnType<typeof connect>, said: string): Promise<string> {
  if (/^[\d\s,-]+$/.test(said)) return said;
  const { items } = await client.run.listExperiments({ params });
  const found = items.find((experiment) => experiment.name === said);
  if (found) return found.id;
  throw notFound("experiment", said, "List them with `trainyard experiment list`.");
}

const facts = (record: Record<string, string | number>): string =>
  Object.entries(record)
    .map(([key, value]) => `${key}=${factText(value)}`)
    .join(" ");

const factText = (value: string | number): string =>
  String(typeof value === "number" ? Number(value.toPrecision(6)) : value);
