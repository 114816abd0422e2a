import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { nameSchema } from "../../contract/common.ts";
import { invalid } from "../../contract/errors.ts";
import { stageContract } from "../../contract/stage.ts";
import { type Connection, connect } from "../connection.ts";
import { print, printList } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

const stageFileSchema = stageContract.put.body.extend({ name: nameSchema });

export function addStage(program: Command): void {
  const noun = addNoun(program, "stage", "where releases go, and what they must satisfy");
  noun
    .command("list")
    .description("list stages in order")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.stage.list({ params });
      printList(
        options,
        items,
        [
          { title: "stage", of: (stage) => stage.name },
          { title: "endpoint", of: (stage) => stage.endpoint },
          { title: "release", of: (stage) => stage.release },
          { title: "alias", of: (stage) => stage.alias },
          { title: "checks", of: (stage) => stage.checks.map((check) => check.type).join(", ") },
        ],
        "No stage yet. Describe them in YAML: `trainyard stage create -f stages.yml`.",
      );
    });
  const create = noun
    .command("create")
    .description("create or change stages from YAML (a list, or one document each)")
    .requiredOption("-f, --file <yaml>", "file with the stages")
    .action(async (flags: { file: string }, command: Command) => {
      for (const name of await putStages(connect(globalOptions(command)), flags.file)) print(`stage ${name}`);
    });
  withExamples(create, "trainyard stage create -f deploy/stages.yml");
}

export async function putStages(connection: Connection, file: string): Promise<string[]> {
  const documents = parseAllDocuments(await readFile(file, "utf8")).map((document) => document.toJS() as unknown);
  const parsed = z.array(stageFileSchema).safeParse(documents.flat());
  if (!parsed.success) {
    throw invalid(`${file} does not describe stages.`, {
      issues: parsed.error.issues.map((issue) => ({ at: `${file}: ${issue.path.join(".")}`, message: issue.message })),
    });
  }
  for (const { name, ...body } of parsed.data) {
    await connection.client.stage.put({ params: { ...connection.params, name }, body });
  }
  return parsed.data.map((stage) => stage.name);
}
