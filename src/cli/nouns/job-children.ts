import { Option } from "commander";
import { type Child, childStates } from "../../contract/fan-out.ts";
import { connect } from "../connection.ts";
import { duration, print, printFacts, printList, state } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

interface Flags {
  limit: string;
  after: string;
  state?: Child["state"];
}

/** The jobs that a sweep or a loop starts. */
export function addChildren(noun: Command): void {
  const children = noun
    .command("children <id> <step>")
    .description("the trials of a sweep, or the items of a loop")
    .option("--limit <n>", "how many", "100")
    .option("--after <number>", "those after this number", "-1")
    .addOption(new Option("--state <state>", "only those in this state").choices(childStates))
    .action(async (id: string, step: string, flags: Flags, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const query = { limit: Number(flags.limit), after: Number(flags.after), state: flags.state };
      const { items, next } = await client.job.children({ params: { ...params, id, step }, query });
      printList(
        options,
        items,
        [
          { title: "#", of: (child) => String(child.number) },
          { title: "state", of: (child) => state(child.state) },
          { title: "metric", of: (child) => figure(child.metric) },
          { title: "reused", of: reusedText },
          { title: "given", of: givenText },
          { title: "job", of: (child) => child.jobId },
          { title: "took", of: (child) => duration(child.createdAt, child.endedAt) },
          { title: "note", of: (child) => child.note },
        ],
        flags.state ? `No job of step ${step} is ${flags.state}.` : `Step ${step} has started no job.`,
      );
      if (next !== undefined && options.output === "table") print(`More: --after ${next}`);
    });
  withExamples(
    children,
    "trainyard job children 01J8… tune --limit 1000",
    "trainyard job children 01J8… regions --state failed",
  );
  const best = noun
    .command("best <id> <step>")
    .description("how a sweep stands: its best trial, and how much each parameter matters")
    .action(async (id: string, step: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const sweep = await client.job.sweep({ params: { ...params, id, step } });
      const { running, succeeded, failed, stopped, total } = sweep.counts;
      printFacts(options, sweep, [
        ["objective", `${sweep.objective.goal} ${sweep.objective.primaryMetric}`],
        ["trials", `${succeeded} succeeded, ${running} running, ${failed} failed, ${stopped} stopped of ${total}`],
        [
          "best",
          sweep.best ? `${figure(sweep.best.metric)}  trial ${sweep.best.number}: ${givenText(sweep.best)}` : null,
        ],
        ["best job", sweep.best?.jobId],
        ...Object.entries(sweep.importance)
          .toSorted(([, a], [, b]) => b - a)
          .map(([name, share]): [string, string] => [`matters: ${name}`, `${Math.round(share * 100)} %`]),
      ]);
    });
  withExamples(best, "trainyard job best 01J8… tune");
}

/** Of its steps that ended well, how many did not have to run. */
const reusedText = ({ steps }: Child): string | null =>
  steps && steps.done > 0 ? `${steps.reused} of ${steps.done}` : null;

const givenText = ({ given }: Child): string =>
  typeof given === "object"
    ? Object.entries(given)
        .map(([name, value]) => `${name}=${typeof value === "number" ? figure(value) : value}`)
        .join(" ")
    : String(given);

const figure = (value: number | null): string => (value === null ? "" : String(Number(value.toPrecision(6))));
