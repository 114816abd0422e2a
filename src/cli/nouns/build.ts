import { resolve } from "node:path";
import pc from "picocolors";
import type { Build } from "../../contract/build.ts";
import { sleep } from "../../platform/clock.ts";
import { type Connection, connect } from "../connection.ts";
import { Unsuccessful } from "../failure.ts";
import { duration, print, printFacts, printList, shortDigest, state, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";
import { uploadFolder } from "../source.ts";

export function addBuild(program: Command): void {
  const noun = addNoun(program, "build", "code, test results, model versions and evidence in one");
  noun
    .command("list")
    .description("list builds, newest first")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.build.list({ params });
      printList(
        options,
        items,
        [
          { title: "build", of: (build) => build.number },
          { title: "name", of: (build) => build.name },
          { title: "state", of: (build) => state(build.state) },
          {
            title: "tests",
            of: (build) =>
              build.tests && `${build.tests.tests - build.tests.failures - build.tests.errors} of ${build.tests.tests}`,
          },
          { title: "models", of: (build) => build.models.map((model) => `${model.name}:${model.version}`).join(", ") },
          { title: "trigger", of: (build) => build.trigger },
          { title: "created", of: (build) => time(build.createdAt) },
        ],
        "No build yet. Make one with `trainyard build create`.",
      );
    });
  const create = noun
    .command("create [folder]")
    .description("build a folder with an azure-pipelines.yml, together with model versions")
    .requiredOption("--name <name>", "name of what is built")
    .option("--file <path>", "pipeline file inside the folder", "azure-pipelines.yml")
    .option("--model <reference...>", "model version to package: churn:3, churn@champion, sha256:…")
    .action(
      async (folder: string | undefined, flags: { name: string; file: string; model?: string[] }, command: Command) => {
        const options = globalOptions(command);
        const connection = connect(options);
        const tree = await uploadFolder(connection, resolve(folder ?? "."));
        const body = { name: flags.name, tree, file: flags.file, models: flags.model ?? [] };
        const created = await connection.client.build.create({ params: connection.params, body });
        printBuild(options, requireBuild(await followBuild(connection, created.number)));
      },
    );
  withExamples(create, "trainyard build create . --name diabetes --model diabetes:3");
  noun
    .command("show <number>")
    .description("tests and evidence of a build")
    .action(async (number: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      printBuild(options, await client.build.get({ params: { ...params, number } }));
    });
}

export async function followBuild({ client, params }: Connection, number: number): Promise<Build> {
  for (;;) {
    const build = await client.build.get({ params: { ...params, number } });
    if (build.endedAt) return build;
    await sleep(250);
  }
}

export function requireBuild(build: Build): Build {
  if (build.state !== "succeeded") throw new Unsuccessful(`Build ${build.number} ${build.state}: ${build.error ?? ""}`);
  return build;
}

function printBuild(options: ReturnType<typeof globalOptions>, build: Build): void {
  printFacts(options, build, [
    ["build", `${build.name} ${build.number}`],
    ["state", state(build.state)],
    ["error", build.error],
    ["code", shortDigest(build.code)],
    ["models", build.models.map((model) => `${model.name}:${model.version}`).join(", ")],
    ["tests", build.tests && `${build.tests.tests} in ${build.tests.time.toFixed(1)} s`],
    ["took", duration(build.createdAt, build.endedAt)],
  ]);
  if (options.output !== "table") return;
  for (const evidence of build.evidence)
    print(`  ${pc.dim(shortDigest(evidence.digest))}  ${evidence.name}: ${evidence.summary}`);
}
