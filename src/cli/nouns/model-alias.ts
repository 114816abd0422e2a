import { connect } from "../connection.ts";
import { printFacts, printList } from "../output.ts";
import { type Command, globalOptions } from "../program.ts";
import { changeColumns } from "./model-change.ts";

/** Aliases of models: where they point, and where they pointed. */
export function addModelAliases(noun: Command): void {
  noun
    .command("alias <name> <alias> <version>")
    .description("point an alias at a version")
    .option("--reason <text>", "why", "")
    .action(async (name: string, alias: string, version: string, flags: { reason: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const model = await client.model.setAlias({ params: { ...params, name, alias }, body: { version, ...flags } });
      printFacts(options, model, [[alias, `${name} version ${version}`]]);
    });
  noun
    .command("unalias <name> <alias>")
    .description("take an alias away")
    .option("--reason <text>", "why", "")
    .action(async (name: string, alias: string, flags: { reason: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const model = await client.model.deleteAlias({ params: { ...params, name, alias }, query: flags });
      printFacts(options, model, [[alias, "points to no version"]]);
    });
  noun
    .command("alias-history <name>")
    .description("where the aliases of a model pointed, newest first")
    .option("--alias <alias>", "only this one")
    .action(async (name: string, flags: { alias?: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.model.aliasHistory({ params: { ...params, name }, query: flags });
      printList(
        options,
        items,
        changeColumns({ title: "alias", of: (change) => change.alias }),
        "No alias of this model was ever set.",
      );
    });
}
