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
  const policy = noun
    .command("policy")
    .description("show or change what the workspace decided about its models")
    .option("--protect <patterns...>", "aliases that only model:promote moves; '' for none")
    .option("--require-card <parts...>", "sections and facts that a card needs to be complete; '' for none")
    .action(async (flags: { protect?: string[]; requireCard?: string[] }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const protectedAliases = flags.protect?.filter(Boolean);
      const requiredCard = flags.requireCard?.filter(Boolean).map(readPart);
      const policy =
        protectedAliases || requiredCard
          ? await client.model.setPolicy({ params, body: { protectedAliases, requiredCard } })
          : await client.model.getPolicy({ params });
      printFacts(options, policy, [
        ["protected aliases", policy.protectedAliases.join(", ") || "none"],
        ["required of a card", policy.requiredCard.join(", ") || "nothing"],
      ]);
    });
  withExamples(policy, "trainyard model policy --protect champion 'production*'");
}

function readPart(text: string): CardPart {
  const known = cardPartSchema.options.find((part) => part === text);
  if (known) return known;
  throw invalid(`A card has no "${text}".`, { hint: `It has ${cardPartSchema.options.join(", ")}.` });
}
