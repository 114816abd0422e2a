import { readFile } from "node:fs/promises";
import { connect } from "../connection.ts";
import { readHidden } from "../hidden-input.ts";
import { print, printFacts, printList, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

interface SetFlags {
  file?: string;
  description?: string;
  rotated?: true;
}

export function addSecret(program: Command): void {
  const noun = addNoun(program, "secret", "what steps are told and nobody else: passwords, tokens, keys");
  noun
    .command("list")
    .description("list secrets, without their values")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.secret.list({ params });
      printList(
        options,
        items,
        [
          { title: "name", of: (item) => item.name },
          { title: "version", of: (item) => item.version },
          { title: "set", of: (item) => time(item.setAt) },
          { title: "by", of: (item) => item.setBy.name },
          { title: "description", of: (item) => item.description },
        ],
        "No secret yet. Keep one with `trainyard secret set NAME`.",
      );
    });
  const set = noun
    .command("set <name>")
    .description("keep a secret or change it; asks for its value, or reads it from a pipe")
    .option("-f, --file <path>", "take the content of a file as it is")
    .option("--description <text>", "what it opens")
    .option("--rotated", "it opens what it opened before: earlier results of steps are still reused")
    .action(async (name: string, { file, ...rest }: SetFlags, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const value = file === undefined ? await readHidden(`Value of ${name}`) : await readFile(file, "utf8");
      const secret = await client.secret.set({ params: { ...params, name }, body: { value, ...rest } });
      printFacts(options, secret, [
        ["secret", secret.name],
        ["version", secret.version],
        ["in a step", `environment_variables: { VARIABLE: \${{secrets.${secret.name}}} }`],
      ]);
    });
  withExamples(
    set,
    "trainyard secret set warehouse-password",
    "pass show warehouse | trainyard secret set warehouse-password --rotated",
  );
  noun
    .command("delete <name>")
    .description("forget the value of a secret; steps that need it fail")
    .action(async (name: string, _, command: Command) => {
      const { client, params } = connect(globalOptions(command));
      await client.secret.delete({ params: { ...params, name } });
      print(`secret ${name} deleted`);
    });
}
