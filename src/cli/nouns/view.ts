import { connect } from "../connection.ts";
import { print, printList, time } from "../output.ts";
import { addNoun, type Command, globalOptions } from "../program.ts";

export function addView(program: Command): void {
  const noun = addNoun(program, "view", "saved views of Studio's tables");
  noun
    .command("list")
    .description("list saved views")
    .option("--page <page>", "only of this page, such as experiments/3")
    .action(async (flags: { page?: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.view.list({ params, query: flags });
      printList(
        options,
        items,
        [
          { title: "id", of: (view) => view.id },
          { title: "page", of: (view) => view.page },
          { title: "name", of: (view) => view.name },
          { title: "owner", of: (view) => view.owner.name },
          { title: "changed", of: (view) => time(view.updatedAt) },
        ],
        "No saved view. Save one in Studio, above the table of an experiment's runs.",
      );
    });
  noun
    .command("delete <id>")
    .description("delete a saved view")
    .action(async (id: string, _, command: Command) => {
      const { client, params } = connect(globalOptions(command));
      await client.view.delete({ params: { ...params, id } });
      print("view deleted");
    });
}
