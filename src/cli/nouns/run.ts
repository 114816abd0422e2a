import { connect } from "../connection.ts";
import { duration, printFacts, printList, state, time } from "../output.ts";
import { addNoun, type Command, globalOptions } from "../program.ts";

export function addRun(program: Command): void {
  const noun = addNoun(program, "run", "tracked runs: params, metrics, artifacts");
  noun
    .command("list")
    .description("list runs, newest first")
    .option("--limit <n>", "how many", "20")
    .action(async (flags: { limit: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.run.list({ params, query: { limit: Number(flags.limit) } });
      printList(
        options,
        items,
        [
          { title: "id", of: (run) => run.id },
          { title: "name", of: (run) => run.name },
          { title: "state", of: (run) => state(run.state.toLowerCase()) },
          { title: "metrics", of: (run) => facts(run.metrics) },
          { title: "started", of: (run) => time(run.startedAt) },
          { title: "took", of: (run) => duration(run.startedAt, run.endedAt) },
        ],
        "No run yet. Set MLFLOW_TRACKING_URI to this server's address and use mlflow as ever.",
      );
    });
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

const facts = (record: Record<string, string | number>): string =>
  Object.entries(record)
    .map(([key, value]) => `${key}=${typeof value === "number" ? Number(value.toPrecision(6)) : value}`)
    .join(" ");
