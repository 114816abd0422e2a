import { invalid } from "../../contract/errors.ts";
import { type BulkChange, mostRunsAtOnce } from "../../contract/run-change.ts";
import { connect } from "../connection.ts";
import { print, printData } from "../output.ts";
import { type Command, globalOptions } from "../program.ts";

/** What changes runs: one, or up to a thousand at once, all or none. */
export function addRunChanges(noun: Command): void {
  noun
    .command("delete <ids...>")
    .description("hide runs until they are restored: all of them, or none")
    .action((ids: string[], _, command: Command) => change(command, ids, { action: "delete" }, "deleted"));
  noun
    .command("restore <ids...>")
    .description("bring deleted runs back")
    .action((ids: string[], _, command: Command) => change(command, ids, { action: "restore" }, "restored"));
  noun
    .command("tag <ids...>")
    .description("set a tag of runs, or remove it")
    .option("--set <key=value>", "the tag to set")
    .option("--remove <key>", "the tag to remove")
    .action((ids: string[], flags: { set?: string; remove?: string }, command: Command) =>
      change(command, ids, tagChange(flags), flags.set ? "tagged" : "untagged"),
    );
  noun
    .command("rename <ids...>")
    .description("name runs; {n} in the name counts them, {name} is the name before")
    .requiredOption("--name <name>", 'such as "sweep {n}"')
    .action((ids: string[], flags: { name: string }, command: Command) =>
      change(command, ids, { action: "rename", name: flags.name }, "renamed"),
    );
}

function tagChange({ set, remove }: { set?: string; remove?: string }): BulkChange {
  if ((set === undefined) === (remove === undefined)) throw invalid("Say either --set key=value or --remove key.");
  if (remove !== undefined) return { action: "untag", key: remove };
  const at = set!.indexOf("=");
  if (at < 1) throw invalid(`"${set}" is not a tag such as team=blue.`);
  return { action: "tag", key: set!.slice(0, at), value: set!.slice(at + 1) };
}

async function change(command: Command, ids: string[], what: BulkChange, done: string): Promise<void> {
  if (ids.length > mostRunsAtOnce) throw invalid(`At most ${mostRunsAtOnce} runs can be changed at once.`);
  const options = globalOptions(command);
  const { client, params } = connect(options);
  const result = await client.run.bulk({ params, body: { ids, change: what } });
  if (options.output !== "table") return printData(options, result);
  const same = ids.length - result.changed;
  print(`${result.changed} ${result.changed === 1 ? "run" : "runs"} ${done}${same > 0 ? `; ${same} already so` : ""}`);
}
