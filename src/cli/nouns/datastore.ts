import type { Datastore } from "../../contract/datastore.ts";
import { readAssetFile } from "../asset-file.ts";
import { connect, type GlobalOptions } from "../connection.ts";
import { print, printFacts, printList, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

export function addDatastore(program: Command): void {
  const noun = addNoun(program, "datastore", "places where files are, named in azureml://datastores/<name>/paths/…");
  noun
    .command("list")
    .description("list datastores")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.datastore.list({ params });
      printList(
        options,
        items,
        [
          { title: "name", of: (item) => item.name },
          { title: "type", of: (item) => item.type },
          { title: "read from", of: readFrom },
          { title: "jobs write", of: (item) => (item.writable ? "yes" : "no") },
          { title: "created", of: (item) => time(item.createdAt) },
        ],
        "No datastore yet. Name one with `trainyard datastore create -f FILE`.",
      );
    });
  noun
    .command("show <name>")
    .description("a datastore, and from where its content is read")
    .action(async (name: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      printDatastore(options, await client.datastore.get({ params: { ...params, name } }));
    });
  const create = noun
    .command("create")
    .description("name a place where files are, or change it")
    .requiredOption("-f, --file <yaml>", "the datastore's YAML file")
    .action(async ({ file }: { file: string }, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const { asset } = await readAssetFile(connection, file, "datastore");
      const { name, type, description, settings } = asset;
      const params = { ...connection.params, name };
      printDatastore(options, await connection.client.datastore.put({ params, body: { type, description, settings } }));
    });
  withExamples(create, "trainyard datastore create -f datastore.yml");
  noun
    .command("delete <name>")
    .description("forget a datastore; what was read from it stays")
    .action(async (name: string, _, command: Command) => {
      const { client, params } = connect(globalOptions(command));
      await client.datastore.delete({ params: { ...params, name } });
      print(`datastore ${name} deleted`);
    });
}

const readFrom = ({ folder, url }: Datastore): string =>
  folder ?? (/^https?:/.test(url ?? "") ? `${url} (if it is public)` : "nowhere: no folder is named for it");

function printDatastore(options: GlobalOptions, datastore: Datastore): void {
  printFacts(options, datastore, [
    ["datastore", datastore.name],
    ["type", datastore.type],
    ["description", datastore.description],
    ["stands for", datastore.url],
    ["read from", readFrom(datastore)],
    ["jobs write", datastore.writable ? "yes" : "no"],
    ["paths", `azureml://datastores/${datastore.name}/paths/…`],
    ["created", `${time(datastore.createdAt)} by ${datastore.createdBy.name}`],
  ]);
}
