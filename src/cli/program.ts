import { Command, Option } from "commander";
import type { GlobalOptions } from "./connection.ts";

/** A command of the program, with the options that every one has already merged into `options`. */
export type Action<A extends unknown[] = unknown[]> = (
  options: GlobalOptions & Record<string, never>,
  ...args: A
) => Promise<void>;

/** The options that every command takes. */
export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals() as GlobalOptions;
}

export function addGlobalOptions(program: Command): void {
  program
    .option("--home <folder>", "home folder of the installation (TRAINYARD_HOME)")
    .option("--url <address>", "address of the server (TRAINYARD_URL)")
    .option("--token <token>", "credential (TRAINYARD_TOKEN)")
    .option("-w, --workspace <name>", "workspace to work in", process.env.TRAINYARD_WORKSPACE ?? "default")
    .addOption(new Option("-o, --output <format>", "how to print").choices(["table", "json", "yaml"]).default("table"));
}

/** Adds a noun: `trainyard job …`. */
export function addNoun(program: Command, name: string, description: string, aliases: string[] = []): Command {
  const noun = program.command(name).description(description);
  for (const alias of aliases) noun.alias(alias);
  return noun;
}

/** Examples at the end of a command's help. */
export function withExamples(command: Command, ...lines: string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`);
}

export { Command, Option };
