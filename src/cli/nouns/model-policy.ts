import { invalid } from "../../contract/errors.ts";
import { type CardPart, cardPartSchema } from "../../contract/model-policy.ts";
import { connect } from "../connection.ts";
import { printFacts } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

/** What the workspace decided about its models: which aliases and stages are protected, what a card needs. */
export function addModelPolicy(noun: Command): void {
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
