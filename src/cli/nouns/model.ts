import { connect } from "../connection.ts";
import { printFacts, printList, shortDigest, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";
import { uploadFolder } from "../source.ts";

export function addModel(program: Command): void {
  const noun = addNoun(program, "model", "registered models and their versions");
  noun
    .command("list")
    .description("list models")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.model.list({ params });
      printList(
        options,
        items,
        [
          { title: "name", of: (model) => model.name },
          { title: "latest", of: (model) => model.latest },
          { title: "versions", of: (model) => model.versions },
          {
            title: "aliases",
            of: (model) =>
              Object.entries(model.aliases)
                .map(([name, to]) => `${name} → ${to}`)
                .join(", "),
          },
          { title: "updated", of: (model) => time(model.updatedAt) },
        ],
        "No model yet. A job registers one by naming an output, mlflow by registered_model_name.",
      );
    });
  noun
    .command("show <name>")
    .description("versions of a model, newest first")
    .action(async (name: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.model.get({ params: { ...params, name } });
      printList(
        options,
        items,
        [
          { title: "version", of: (version) => version.version },
          { title: "aliases", of: (version) => version.aliases.join(", ") },
          { title: "format", of: (version) => version.format },
          { title: "digest", of: (version) => shortDigest(version.digest) },
          { title: "trained on", of: (version) => version.trainingData.join(", ") },
          { title: "created", of: (version) => time(version.createdAt) },
        ],
        "It has no version.",
      );
    });
  const create = noun
    .command("create <name> <folder>")
    .description("register a folder of model files as a new version")
    .action(async (name: string, folder: string, _, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const tree = await uploadFolder(connection, folder);
      const params = { ...connection.params, name };
      const version = await connection.client.model.createVersion({ params, body: { tree } });
      printFacts(options, version, [
        ["model", `${version.name} version ${version.version}`],
        ["digest", version.digest],
      ]);
    });
  withExamples(create, "trainyard model create churn ./model");
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
}
