import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import pc from "picocolors";
import type { Card } from "../../contract/card.ts";
import { invalid } from "../../contract/errors.ts";
import { type CardSectionKey, cardSectionKeys } from "../../contract/model-policy.ts";
import { type Connection, connect } from "../connection.ts";
import { print, printData, printFacts, time } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

/** The card of a version: read it, write its sections, take it along. */
export function addModelCard(noun: Command): void {
  const card = noun
    .command("card")
    .description("what a model version is for, what it was made of, where its limits are");
  card
    .command("show <reference>")
    .description("the card, and what it lacks")
    .action(async (reference: string, _, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const found = await connection.client.card.get({ params: await named(connection, reference) });
      if (options.output !== "table") return printData(options, found);
      printCard(found);
    });
  const edit = card
    .command("edit <reference> <section>")
    .description(`write a section (${cardSectionKeys.join(", ")}) in Markdown`)
    .option("--text <markdown>", "the text; '' takes the section back")
    .option("--file <path>", "file with the text; - for standard input")
    .action(async (reference: string, section: string, flags: { text?: string; file?: string }, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const params = { ...(await named(connection, reference)), section: readSection(section) };
      const written = await connection.client.card.edit({ params, body: { text: await readText(flags) } });
      printFacts(options, written, [
        [written.title, `${params.name}:${params.version}, ${written.text.length} characters`],
      ]);
    });
  withExamples(edit, 'trainyard model card edit churn@champion limitations --text "Not for new customers."');
  card
    .command("export <reference>")
    .description("the card as Markdown, to a file or to standard output")
    .option("--file <path>", "where to write it")
    .action(async (reference: string, flags: { file?: string }, command: Command) => {
      const connection = connect(globalOptions(command));
      const response = await connection.client.card.export({ params: await named(connection, reference) });
      const markdown = await response.text();
      if (flags.file === undefined) print(markdown.trimEnd());
      else await writeFile(flags.file, markdown);
    });
  withExamples(card, "trainyard model card export churn@champion --file CARD.md");
}

async function named({ client, params }: Connection, reference: string) {
  const { name, version } = await client.model.resolve({ params, query: { reference } });
  return { ...params, name, version };
}

function readSection(section: string): CardSectionKey {
  const known = cardSectionKeys.find((key) => key === section);
  if (known) return known;
  throw invalid(`A card has no section "${section}".`, { hint: `Sections: ${cardSectionKeys.join(", ")}.` });
}

async function readText(flags: { text?: string; file?: string }): Promise<string> {
  if (flags.text !== undefined && flags.file === undefined) return flags.text;
  if (flags.file !== undefined && flags.text === undefined)
    return flags.file === "-" ? text(process.stdin) : readFile(flags.file, "utf8");
  throw invalid("Give the text with --text or with --file.");
}

function printCard({ model, sections, missing }: Card): void {
  print(pc.bold(`${model.name}:${model.version}`));
  for (const { title, text, source, from, by, at, required } of sections) {
    if (text === "" && !required) continue;
    const note = source === "inherited" ? `written for version ${from}` : source === "description" ? source : "";
    const who = by && at && text !== "" ? `${by.name}, ${time(at)}` : "";
    print(`\n${pc.bold(title)}  ${pc.dim([note, who].filter(Boolean).join("; "))}`);
    print(text === "" ? pc.yellow("  missing") : text.trim().replaceAll(/^/gm, "  "));
  }
  print(missing.length === 0 ? pc.green("\ncomplete") : pc.yellow(`\nincomplete: ${missing.join(", ")}`));
}
