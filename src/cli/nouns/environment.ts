import { readAssetFile } from "../asset-file.ts";
import { connect } from "../connection.ts";
import { printFacts, printList, shortDigest, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

export function addEnvironment(program: Command): void {
  const noun = addNoun(program, "environment", "what steps run in", ["env"]);
  noun
    .command("list")
    .description("list environments and their locks")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.environment.list({ params });
      printList(
        options,
        items,
        [
          { title: "name", of: (item) => item.name },
          { title: "version", of: (item) => item.version },
          {
            title: "lock",
            of: (item) => item.locks.map((lock) => `${lock.platform} ${shortDigest(lock.digest)}`).join(", "),
          },
          { title: "packages", of: (item) => item.locks[0]?.packages.length },
          { title: "created", of: (item) => time(item.createdAt) },
        ],
        "No environment yet: the first job that names one creates it.",
      );
    });
  const create = noun
    .command("create")
    .description("register an environment, for jobs that name it")
    .requiredOption("-f, --file <yaml>", "an Azure ML environment file")
    .option("--name <name>", "its name, over the file's")
    .action(async (flags: { file: string; name?: string }, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const { asset } = await readAssetFile(connection, flags.file, "environment");
      const { condaFile, image } = asset.environment;
      const params = { ...connection.params, name: flags.name ?? asset.name };
      const made = await connection.client.environment.create({ params, body: { condaFile, image } });
      printFacts(options, made, [
        ["environment", made.name],
        ["version", made.version],
        ["digest", shortDigest(made.digest)],
        ["image", made.image],
      ]);
    });
  withExamples(create, "trainyard environment create -f environment.yml");
  noun
    .command("show <name>")
    .description("the newest version with the packages that it is locked to")
    .action(async (name: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.environment.get({ params: { ...params, name } });
      printList(
        options,
        items[0]?.locks.flatMap((lock) => lock.packages.map((name) => ({ platform: lock.platform, name }))) ?? [],
        [
          { title: "platform", of: (item) => item.platform },
          { title: "package", of: (item) => item.name },
        ],
        "It is not locked yet: no step has run in it.",
      );
    });
}
