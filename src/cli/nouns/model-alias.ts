import { invalid } from "../../contract/errors.ts";
import { type CardPart, cardPartSchema } from "../../contract/model-policy.ts";
import { connect } from "../connection.ts";
import { printFacts, printList, time } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

/** Aliases of models: where they point, where they pointed, and which are protected. */
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
        [
          { title: "when", of: (change) => time(change.at) },
          { title: "alias", of: (change) => change.alias },
          { title: "from", of: (change) => change.from ?? "–" },
          { title: "to", of: (change) => change.to ?? "–" },
          { title: "by", of: (change) => change.by.name },
          { title: "reason", of: (change) => change.reason },
        ],
        "No alias of this model was ever set.",
      );
    });
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
        [
          { title: "when", of: (change) => time(change.at) },
          { title: "version", of: (change) => change.version },
          { title: "from", of: (change) => change.from },
          { title: "to", of: (change) => change.to },
          { title: "by", of: (change) => change.by.name },
          { title: "reason", of: (change) => change.reason },
        ],
        "No version of it was ever moved.",
      );
    });
  const policy = noun
    .command("policy")
    .description("show or change what the workspace decided about its models")
    .option("--protect <patterns...>", "aliases that only model:promote moves; '' for none")
    .option("--stages <names...>", "stages beside MLflow's, in their order; '' for none")
    .option("--protect-stages <names...>", "stages that only model:promote moves versions into or out of; '' for none")
    .option("--require-card <parts...>", "sections and facts that a card needs to be complete; '' for none")
    .action(async (flags: PolicyFlags, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const change = {
        protectedAliases: flags.protect?.filter(Boolean),
        stages: flags.stages?.filter(Boolean),
        protectedStages: flags.protectStages?.filter(Boolean),
        requiredCard: flags.requireCard?.filter(Boolean).map(readPart),
      };
      const asks = Object.values(change).every((value) => value === undefined);
      const policy = asks
        ? await client.model.getPolicy({ params })
        : await client.model.setPolicy({ params, body: change });
      printFacts(options, policy, [
        ["protected aliases", policy.protectedAliases.join(", ") || "none"],
        ["stages", ["None", ...policy.stages, "Staging", "Production", "Archived"].join(", ")],
        ["protected stages", policy.protectedStages.join(", ") || "none"],
        ["required of a card", policy.requiredCard.join(", ") || "nothing"],
      ]);
    });
  withExamples(policy, "trainyard model policy --protect champion 'production*'");
}

interface PolicyFlags {
  protect?: string[];
  stages?: string[];
  protectStages?: string[];
  requireCard?: string[];
}

function readPart(text: string): CardPart {
  const known = cardPartSchema.options.find((part) => part === text);
  if (known) return known;
  throw invalid(`A card has no "${text}".`, { hint: `It has ${cardPartSchema.options.join(", ")}.` });
}
