import { connect } from "../connection.ts";
import { print, printData, printList, time } from "../output.ts";
import { addNoun, type Command, globalOptions } from "../program.ts";

export function addExperiment(program: Command): void {
  const noun = addNoun(program, "experiment", "named groups of runs");
  noun
    .command("list")
    .description("list experiments, newest first")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.run.listExperiments({ params });
      printList(
        options,
        items,
        [
          { title: "id", of: (item) => item.id },
          { title: "name", of: (item) => item.name },
          { title: "runs", of: (item) => item.runs },
          { title: "last run", of: (item) => time(item.lastRunAt) },
          { title: "", of: (item) => (item.lifecycleStage === "deleted" ? "deleted" : "") },
        ],
        "No experiment yet.",
      );
    });
  noun
    .command("create <name>")
    .description("create an experiment")
    .action(async (name: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { id } = await client.experiment.create({ params, body: { name } });
      if (options.output !== "table") return printData(options, { id, name });
      print(`experiment ${id} created`);
    });
  noun
    .command("rename <id> <name>")
    .description("rename an experiment")
    .action(async (id: string, name: string, _, command: Command) => {
      const { client, params } = connect(globalOptions(command));
      await client.experiment.rename({ params: { ...params, id }, body: { name } });
      print(`experiment ${id} renamed`);
    });
  noun
    .command("delete <id>")
    .description("hide an experiment and its runs until it is restored")
    .action(async (id: string, _, command: Command) => {
      const { client, params } = connect(globalOptions(command));
      await client.experiment.delete({ params: { ...params, id } });
      print(`experiment ${id} deleted`);
    });
  noun
    .command("restore <id>")
    .description("restore an experiment and its runs")
    .action(async (id: string, _, command: Command) => {
      const { client, params } = connect(globalOptions(command));
      await client.experiment.restore({ params: { ...params, id } });
      print(`experiment ${id} restored`);
    });
}
