import pc from "picocolors";
import type { Release } from "../../contract/release.ts";
import { connect } from "../connection.ts";
import { print, printFacts, printList, shortDigest, state, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

export function addRelease(program: Command): void {
  const noun = addNoun(program, "release", "a build on its way through the stages");
  noun
    .command("list")
    .description("list releases, newest first")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.release.list({ params });
      printList(
        options,
        items,
        [
          { title: "release", of: (release) => release.number },
          { title: "state", of: (release) => state(release.state) },
          { title: "build", of: (release) => release.build },
          {
            title: "stages",
            of: (release) => release.stages.map((stage) => `${stage.stage} ${state(stage.state)}`).join("  "),
          },
          { title: "trigger", of: (release) => release.trigger },
          { title: "created", of: (release) => time(release.createdAt) },
        ],
        "No release yet. Make one from a build: `trainyard release create --build N`.",
      );
    });
  noun
    .command("show <number>")
    .description("manifest, checks and decisions of a release")
    .action(async (number: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      printRelease(options, await client.release.get({ params: { ...params, number } }));
    });
  const create = noun
    .command("create")
    .description("release a build through the stages")
    .requiredOption("--build <number>", "number of the build")
    .option("--monitor <name...>", "monitor that is part of the release")
    .action(async (flags: { build: string; monitor?: string[] }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const body = { build: Number(flags.build), monitors: flags.monitor ?? [] };
      printRelease(options, await client.release.create({ params, body }));
    });
  withExamples(create, "trainyard release create --build 4");
  for (const verb of ["approve", "reject"] as const) {
    const decide = noun
      .command(`${verb} <number>`)
      .description(`${verb} a release for a stage; signs the digest of its manifest`)
      .requiredOption("--stage <name>", "the stage that waits")
      .option("--comment <text>", "why", "")
      .action(async (number: string, flags: { stage: string; comment: string }, command: Command) => {
        const options = globalOptions(command);
        const { client, params } = connect(options);
        const at = { ...params, number };
        const { manifestDigest } = await client.release.get({ params: at });
        const release = await client.release[verb]({ params: at, body: { ...flags, manifestDigest } });
        printRelease(options, release);
      });
    withExamples(decide, `trainyard release ${verb} 4 --stage PRD --comment "compared with the champion"`);
  }
}

function printRelease(options: ReturnType<typeof globalOptions>, release: Release): void {
  printFacts(options, release, [
    ["release", release.number],
    ["state", state(release.state)],
    ["build", release.build],
    ["manifest", release.manifestDigest],
    ["trigger", release.trigger],
  ]);
  if (options.output !== "table") return;
  for (const stage of release.stages) {
    print(`${pc.bold(stage.stage.padEnd(6))} ${state(stage.state)} ${stage.error ?? ""}`);
    for (const check of stage.checks) print(`  ${state(check.verdict) || pc.dim("…")}  ${check.type}: ${check.detail}`);
    for (const decision of stage.decisions) {
      print(
        `  ${decision.decision} by ${decision.by.name}: ${decision.comment} ${pc.dim(shortDigest(decision.manifestDigest))}`,
      );
    }
  }
}
