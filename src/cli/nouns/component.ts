import { connect } from "../connection.ts";
import { printFacts, printList, shortDigest, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";
import { uploadSource } from "../source.ts";

export function addComponent(program: Command): void {
  const noun = addNoun(program, "component", "steps that jobs name, by name and version");
  const create = noun
    .command("create")
    .description("register a component with the files that it names")
    .requiredOption("-f, --file <yaml>", "the component's YAML file")
    .option("--name <name>", "over the name in the file")
    .option("--version <version>", "over the version in the file")
    .action(async (flags: { file: string; name?: string; version?: string }, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const { tree, file } = await uploadSource(connection, flags.file);
      const body = { tree, file, name: flags.name, version: flags.version };
      const found = await connection.client.component.create({ params: connection.params, body });
      printFacts(options, found, [
        ["component", `${found.name}:${found.version}`],
        ["type", found.type],
        ["files", shortDigest(found.tree)],
      ]);
    });
  withExamples(create, "trainyard component create -f train.yml");
  noun
    .command("list")
    .description("list components")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.component.list({ params });
      printList(
        options,
        items,
        [
          { title: "name", of: (item) => item.name },
          { title: "latest", of: (item) => item.version },
          { title: "type", of: (item) => item.type },
          { title: "description", of: (item) => item.description },
          { title: "created", of: (item) => time(item.createdAt) },
        ],
        "No component yet. Register one with `trainyard component create -f FILE`.",
      );
    });
  noun
    .command("show <name> [version]")
    .description("one version of a component (default: the newest)")
    .action(async (name: string, version: string | undefined, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const found = await client.component.getVersion({ params: { ...params, name, version: version ?? "latest" } });
      printFacts(options, found, [
        ["component", `${found.name}:${found.version}`],
        ["title", found.displayName],
        ["type", found.type],
        ["description", found.description],
        ["defined by", found.file],
        ["files", shortDigest(found.tree)],
        ["created", `${time(found.createdAt)} by ${found.createdBy.name}`],
      ]);
    });
}
