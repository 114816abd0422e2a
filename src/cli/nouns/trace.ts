import pc from "picocolors";
import { invalid, notFound } from "../../contract/errors.ts";
import type { Span } from "../../contract/trace.ts";
import { type SpanRow, treeOf } from "../../contract/trace-tree.ts";
import { connect } from "../connection.ts";
import { print, printData, printFacts, printList, state, time } from "../output.ts";
import { addNoun, type Command, globalOptions } from "../program.ts";

export function addTrace(program: Command): void {
  const noun = addNoun(program, "trace", "requests through programs, as trees of spans");
  noun
    .command("list")
    .description("find traces, newest first")
    .option("--experiment <id>", "only of this experiment")
    .option("--run <id>", "only of this run")
    .option("--state <state>", "OK, ERROR, IN_PROGRESS or UNSPECIFIED")
    .option("--from <time>", "started then or later, such as 2026-05-01 or 2026-05-01T12:00Z")
    .option("--until <time>", "started before")
    .option("--tag <key=value>", "only with this tag")
    .option("--filter <filter>", "MLflow's filter language: \"span.type = 'LLM' and feedback.correct = 'false'\"")
    .option("--limit <n>", "how many", "20")
    .option("--after <token>", "the next page, as the page before it says")
    .addHelpText("after", "\nExample:\n  trainyard trace list --state ERROR --filter \"span.name LIKE 'search%'\"")
    .action(list);
  noun
    .command("show <id>")
    .description("one trace as a tree; with --span, all of one span")
    .option("--span <id>", "a span, as the tree names it")
    .action(show);
  noun
    .command("delete <id>")
    .description("delete a trace with its spans, assessments and files")
    .action(async (id: string, _, command: Command) => {
      const { client, params } = connect(globalOptions(command));
      await client.trace.delete({ params: { ...params, id } });
      print(`${id} is deleted.`);
    });
}

interface ListFlags {
  experiment?: string;
  run?: string;
  state?: string;
  from?: string;
  until?: string;
  tag?: string;
  filter?: string;
  limit: string;
  after?: string;
}

async function list(flags: ListFlags, command: Command): Promise<void> {
  const options = globalOptions(command);
  const { client, params } = connect(options);
  const { items, next } = await client.trace.list({
    params,
    query: {
      experimentId: flags.experiment,
      runId: flags.run,
      state: flags.state as "OK" | undefined,
      from: timeOf("--from", flags.from),
      until: timeOf("--until", flags.until),
      tag: flags.tag,
      filter: flags.filter,
      limit: Number(flags.limit),
      after: flags.after,
    },
  });
  printList(
    options,
    items,
    [
      { title: "id", of: (trace) => trace.id },
      { title: "name", of: (trace) => trace.name },
      { title: "state", of: (trace) => stateText(trace.state) },
      { title: "request", of: (trace) => short(trace.request) },
      { title: "spans", of: (trace) => trace.spans },
      { title: "took", of: ({ duration }) => tookMs(duration) },
      { title: "started", of: (trace) => time(trace.startedAt) },
    ],
    "No trace yet. Use @mlflow.trace, or send OTLP to /v1/traces of this server.",
  );
  if (next && options.output === "table") print(pc.dim(`More: --after ${next}`));
}

function timeOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return at;
  throw invalid(`${flag} "${text}" is not a time.`, { hint: "Write it as 2026-05-01 or 2026-05-01T12:00Z." });
}

async function show(id: string, flags: { span?: string }, command: Command): Promise<void> {
  const options = globalOptions(command);
  const { client, params } = connect(options);
  const trace = await client.trace.get({ params: { ...params, id } });
  if (options.output !== "table") return printData(options, trace);
  const chosen = flags.span && trace.tree.find((span) => span.id === flags.span);
  if (flags.span && !chosen) throw notFound("span", flags.span, `Look at the tree: trainyard trace show ${id}`);
  if (chosen) return showSpan(chosen);
  printFacts(options, trace, [
    ["trace", trace.id],
    ["name", trace.name],
    ["state", stateText(trace.state)],
    ["started", time(trace.startedAt)],
    ["took", tookMs(trace.duration)],
    ["experiment", trace.experimentId],
    ["runs", trace.runs.join(", ")],
    ["request", short(trace.request)],
    ["response", short(trace.response)],
    [
      "tags",
      Object.entries(trace.tags)
        .map(([key, value]) => `${key}=${value}`)
        .join(" "),
    ],
  ]);
  for (const said of trace.assessments) {
    const by = `${said.source.type.toLowerCase()} ${said.source.id}`;
    print(
      `${pc.dim(said.kind)}  ${said.name} = ${JSON.stringify(said.value)}  ${pc.dim(by)}${said.valid ? "" : " (overridden)"}`,
    );
  }
  print("");
  printTree(treeOf(trace.tree));
}

function printTree(rows: SpanRow[]): void {
  const labels = rows.map(({ span, goesOn }) => `${branchOf(goesOn)}${span.name}${span.type ? ` [${span.type}]` : ""}`);
  const width = Math.min(72, Math.max(0, ...labels.map((label) => label.length)));
  rows.forEach(({ span }, at) => {
    const long = took(span.endUs === null ? null : span.endUs - span.startUs).padStart(9);
    const sign = span.state === "ERROR" ? pc.red(` ✗ ${span.message}`.trimEnd()) : "";
    print(`${labels[at]!.padEnd(width)} ${long}  ${pc.dim(span.id)}${sign}`);
  });
}

function branchOf(goesOn: boolean[]): string {
  if (goesOn.length === 1) return "";
  const above = goesOn.slice(1, -1).map((more) => (more ? "│  " : "   "));
  return `${above.join("")}${goesOn.at(-1) ? "├─ " : "└─ "}`;
}

function showSpan(span: Span): void {
  print(`${pc.bold(span.name)} ${span.type} ${stateText(span.state)} ${span.message}`.trim());
  for (const [title, value] of [
    ["inputs", span.inputs],
    ["outputs", span.outputs],
    ["attributes", span.attributes],
    ["events", span.events.length > 0 ? span.events : null],
  ] as const) {
    if (value !== null && value !== undefined) print(`${pc.dim(title)}\n${JSON.stringify(value, null, 2)}`);
  }
}

const stateText = (name: string): string => (name === "ERROR" ? pc.red(name) : state(name));

/** Of milliseconds: a trace is known no more exactly. */
const tookMs = (ms: number | null): string => (ms === 0 ? "< 1 ms" : took(ms === null ? null : ms * 1000));

/** Of microseconds. */
function took(us: number | null): string {
  if (us === null) return "";
  if (us < 1) return "< 1 µs";
  if (us < 1000) return `${us} µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`;
  return `${(us / 1_000_000).toFixed(2)} s`;
}

const short = (text: string | null): string => (!text ? "" : text.length > 60 ? `${text.slice(0, 57)}...` : text);
