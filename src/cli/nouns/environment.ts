import type { EnvironmentVersion } from "../../contract/environment.ts";
import { notFound } from "../../contract/errors.ts";
import { readAssetFile } from "../asset-file.ts";
import { connect, type GlobalOptions } from "../connection.ts";
import { printData, printFacts, printList, shortDigest, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

export function addEnvironment(program: Command): void {
  const noun = addNoun(program, "environment", "what steps run in", ["env"]);
  addList(noun);
  addCreate(noun);
  noun
    .command("show <name> [version]")
    .description("one version (default: the newest) with the packages that it is locked to")
    .action(async (name: string, version: string | undefined, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.environment.get({ params: { ...params, name } });
      const found = version === undefined ? items[0] : items.find((item) => item.version === version);
      if (!found) throw notFound("version", `${version} of environment ${name}`);
      if (options.output === "table") printVersion(options, found);
      else printData(options, found);
    });
  for (const [verb, text] of [
    ["archive", "leave an environment, or one version of it, out of lists"],
    ["restore", "show an archived environment in lists again"],
  ] as const) {
    noun
      .command(`${verb} <name> [version]`)
      .description(text)
      .action(async (name: string, version: string | undefined, _, command: Command) => {
        const options = globalOptions(command);
        const { client, params } = connect(options);
        const { items } = await client.environment[verb]({ params: { ...params, name }, body: { version } });
        const columns = [
          { title: "environment", of: (item: EnvironmentVersion) => `${item.name}:${item.version}` },
          { title: "archived", of: (item: EnvironmentVersion) => (item.archived ? "yes" : "no") },
        ];
        printList(options, items, columns, "");
      });
  }
}

function addList(noun: Command): void {
  noun
    .command("list")
    .description("list environments and their locks")
    .option("--include-archived", "archived versions too")
    .option("--archived-only", "only archived versions")
    .action(async (flags: { includeArchived?: true; archivedOnly?: true }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const archived = flags.archivedOnly ? "only" : flags.includeArchived ? "include" : undefined;
      const { items } = await client.environment.list({ params, query: { archived } });
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
}

function addCreate(noun: Command): void {
  const create = noun
    .command("create")
    .description("register an environment, for jobs that name it")
    .requiredOption("-f, --file <yaml>", "an Azure ML environment file")
    .option("--name <name>", "its name, over the file's")
    .option("--version <version>", "its version, over the file's")
    .action(async (flags: { file: string; name?: string; version?: string }, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const { asset } = await readAssetFile(connection, flags.file, "environment");
      const { name: _, ...specification } = asset.environment;
      const { description, tags } = asset;
      const version = flags.version ?? asset.version ?? undefined;
      const params = { ...connection.params, name: flags.name ?? asset.name };
      const body = { ...specification, version, tags, ...(description === "" ? {} : { description }) };
      const made = await connection.client.environment.create({ params, body });
      printFacts(options, made, factsOf(made));
    });
  withExamples(create, "trainyard environment create -f environment.yml");
}

const factsOf = (made: EnvironmentVersion): [string, string | null | undefined][] => [
  ["environment", made.name],
  ["version", made.version],
  ["description", made.description],
  [
    "tags",
    Object.entries(made.tags)
      .map(([name, value]) => `${name}=${value}`)
      .join(", "),
  ],
  ["digest", shortDigest(made.digest)],
  ["image", made.image],
  ["built from", made.build && `${made.build.dockerfile} in ${shortDigest(made.build.context)}`],
  ["uv project", made.uvProject && shortDigest(made.uvProject)],
  ["files", made.files && shortDigest(made.files)],
  ["archived", made.archived ? "yes" : null],
];

function printVersion(options: GlobalOptions, found: EnvironmentVersion): void {
  printFacts(options, found, factsOf(found));
  printList(
    options,
    found.locks.flatMap((lock) => lock.packages.map((name) => ({ platform: lock.platform, name }))),
    [
      { title: "platform", of: (item) => item.platform },
      { title: "package", of: (item) => item.name },
    ],
    found.build || (found.image && found.condaFile === null)
      ? "Its packages are in its image."
      : "It is not locked yet: no step has run in it.",
  );
}
