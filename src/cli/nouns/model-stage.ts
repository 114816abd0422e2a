import { connect } from "../connection.ts";
import { printFacts, printList } from "../output.ts";
import { type Command, globalOptions } from "../program.ts";
import { changeColumns } from "./model-change.ts";

/** Stages of model versions: where they are, and where they were. */
export function addModelStages(noun: Command): void {
  noun
    .command("stage <name> <version> <stage>")
    .description("move a version to a stage")
    .option("--archive-others", "what is in that stage goes to Archived", false)
    .option("--reason <text>", "why", "")
    .action(
      async (
        name: string,
        version: string,
        stage: string,
        flags: { archiveOthers: boolean; reason: string },
        command: Command,
      ) => {
        const options = globalOptions(command);
        const { client, params } = connect(options);
        const moved = await client.model.setStage({ params: { ...params, name, version }, body: { stage, ...flags } });
        printFacts(options, moved, [[moved.stage, `${name} version ${moved.version}`]]);
      },
    );
  noun
    .command("stage-history <name>")
    .description("how versions went through the stages, newest first")
    .option("--version-number <version>", "only this version")
    .action(async (name: string, flags: { versionNumber?: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const query = { version: flags.versionNumber };
      const { items } = await client.model.stageHistory({ params: { ...params, name }, query });
      printList(
        options,
        items,
        changeColumns({ title: "version", of: (change) => change.version }),
        "No version of it was ever moved.",
      );
    });
}
