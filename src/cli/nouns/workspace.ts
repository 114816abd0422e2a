import { InvalidArgumentError } from "commander";
import { connect } from "../connection.ts";
import { printFacts, printList, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

export function addWorkspace(program: Command): void {
  const noun = addNoun(program, "workspace", "the boundary of data access");
  noun
    .command("list")
    .description("list workspaces")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { items } = await connect(options).client.workspace.list();
      printList(
        options,
        items,
        [
          { title: "name", of: (item) => item.name },
          { title: "created", of: (item) => time(item.createdAt) },
          { title: "description", of: (item) => item.description },
        ],
        "No workspace is yours to see.",
      );
    });
  noun
    .command("create <name>")
    .description("create a workspace")
    .option("--description <text>", "what it is for", "")
    .action(async (name: string, flags: { description: string }, command: Command) => {
      const options = globalOptions(command);
      const body = { name, description: flags.description };
      const created = await connect(options).client.workspace.create({ body });
      printFacts(options, created, [["created", created.name]]);
    });
  const retention = noun
    .command("retention")
    .description("show or change for how long the workspace keeps its history; `trainyard gc` removes what is older")
    .option("--logs <days>", "what steps printed, after the end of their job: 90d, or forever", readKept)
    .option("--events <days>", "what happened to the tasks of jobs, builds and releases, after their end", readKept)
    .option("--firings <days>", "when schedules fired", readKept)
    .action(async (flags: { logs?: Kept; events?: Kept; firings?: Kept }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const body = { logsDays: flags.logs?.days, eventsDays: flags.events?.days, firingsDays: flags.firings?.days };
      const asks = Object.keys(flags).length === 0;
      const kept = asks ? await client.gc.getRetention({ params }) : await client.gc.setRetention({ params, body });
      printFacts(options, kept, [
        ["logs", keptText(kept.logsDays)],
        ["events", keptText(kept.eventsDays)],
        ["firings", keptText(kept.firingsDays)],
      ]);
    });
  withExamples(retention, "trainyard workspace retention --logs 90d --events 30d --firings forever");
}

interface Kept {
  /** Null: for ever. */
  days: number | null;
}

function readKept(text: string): Kept {
  if (text === "forever") return { days: null };
  const days = Number(/^(\d+)d$/.exec(text)?.[1] ?? 0);
  if (days > 0) return { days };
  throw new InvalidArgumentError("Write days, such as 90d, or forever.");
}

const keptText = (days: number | null): string =>
  days === null ? "kept for ever" : `kept for ${days} ${days === 1 ? "day" : "days"}`;
