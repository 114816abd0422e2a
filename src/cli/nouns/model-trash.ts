import { connect } from "../connection.ts";
import { printFacts, printList, shortDigest, time } from "../output.ts";
import { type Command, globalOptions } from "../program.ts";

/** Deleted versions, until they are purged. */
export function addModelTrash(noun: Command): void {
  noun
    .command("deleted <name>")
    .description("versions that were deleted and can be restored")
    .action(async (name: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.model.deleted({ params: { ...params, name } });
      printList(
        options,
        items,
        [
          { title: "version", of: (version) => version.version },
          { title: "digest", of: (version) => shortDigest(version.digest) },
          { title: "deleted", of: (version) => time(version.deletedAt) },
          { title: "by", of: (version) => version.deletedBy.name },
        ],
        "No version of it was deleted, or all of them are purged.",
      );
    });
  noun
    .command("restore <name> <version>")
    .description("bring a deleted version back, without its aliases")
    .action(async (name: string, version: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const restored = await client.model.restore({ params: { ...params, name, version } });
      printFacts(options, restored, [["model", `${restored.name}:${restored.version}`]]);
    });
}
