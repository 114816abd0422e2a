import { connect } from "../connection.ts";
import { printFacts, printList, time } from "../output.ts";
import { addNoun, type Command, globalOptions } from "../program.ts";

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
}
