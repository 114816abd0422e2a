import type { z } from "zod";
import { invalid } from "../../contract/errors.ts";
import type { modelContract } from "../../contract/model.ts";
import type { Field } from "../../contract/model-check.ts";
import { parseModelReference } from "../../contract/model-reference.ts";
import { filesOf, readAssetFile } from "../asset-file.ts";
import { type Connection, connect, type GlobalOptions } from "../connection.ts";
import { printFacts, printList, shortDigest, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";
import { uploadFolder } from "../source.ts";
import { addModelAliases } from "./model-alias.ts";
import { addModelCard } from "./model-card.ts";
import { addModelChecks } from "./model-check.ts";
import { addModelConversion } from "./model-conversion.ts";
import { addModelLineage } from "./model-lineage.ts";
import { addModelPolicy } from "./model-policy.ts";
import { addModelStages } from "./model-stage.ts";
import { addModelTrash } from "./model-trash.ts";

export function addModel(program: Command): void {
  const noun = addNoun(program, "model", "registered models and their versions");
  noun
    .command("list")
    .description("list models by name")
    .option("--contains <text>", "only models with this in their name")
    .option("--after <name>", "the next page, as the page before it says")
    .action(async (flags: { contains?: string; after?: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items, next } = await client.model.list({ params, query: flags });
      printList(
        options,
        items,
        [
          { title: "name", of: (model) => model.name },
          { title: "latest", of: (model) => model.latest },
          { title: "versions", of: (model) => model.versions },
          {
            title: "aliases",
            of: (model) =>
              Object.entries(model.aliases)
                .map(([name, to]) => `${name} → ${to}`)
                .join(", "),
          },
          { title: "updated", of: (model) => time(model.updatedAt) },
        ],
        "No model yet. A job registers one by naming an output, mlflow by registered_model_name.",
      );
      if (next) process.stderr.write(`There are more: --after ${next}\n`);
    });
  const show = noun
    .command("show <reference>")
    .description("versions of a model, or one version: churn, churn:3, churn@champion, sha256:…")
    .action(async (reference: string, _, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const { name, label } = parseModelReference(reference) ?? {};
      const isModel = name === reference && label === "latest";
      if (isModel) await showModel(options, connection, name);
      else await showVersion(options, connection, reference);
    });
  withExamples(show, "trainyard model show churn", "trainyard model show churn@champion");
  const create = noun
    .command("create [name] [folder]")
    .description("register a folder of model files as a new version")
    .option("-f, --file <yaml>", "an Azure ML model file instead of name and folder")
    .option("--run <id>", "the run that made it: its metrics, data and job are taken over")
    .option("--parent <references...>", "versions that it was made from: churn:2")
    .action(async (given: string | undefined, folder: string | undefined, flags: CreateFlags, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const { name, ...files } = await filesToRegister(connection, given, folder, flags.file);
      const params = { ...connection.params, name };
      const version = await connection.client.model.createVersion({
        params,
        body: { ...files, runId: flags.run, parents: flags.parent },
      });
      printFacts(options, version, [
        ["model", `${version.name} version ${version.version}`],
        ["digest", version.digest],
      ]);
    });
  withExamples(create, "trainyard model create churn ./model", "trainyard model create -f model.yml");
  addModelTrash(noun);
  addModelCard(noun);
  addModelConversion(noun);
  addModelLineage(noun);
  addModelAliases(noun);
  addModelStages(noun);
  addModelPolicy(noun);
  addModelChecks(noun);
}

interface CreateFlags {
  file?: string;
  run?: string;
  parent?: string[];
}

async function filesToRegister(
  connection: Connection,
  name: string | undefined,
  folder: string | undefined,
  file: string | undefined,
): Promise<{ name: string } & z.input<typeof modelContract.createVersion.body>> {
  if (file !== undefined) {
    const { asset } = await readAssetFile(connection, file, "model");
    const { name, version, description, tags, type } = asset;
    return {
      name,
      ...filesOf(asset),
      ...(version === null ? {} : { version: Number(version) }),
      description,
      tags,
      type,
    };
  }
  if (name !== undefined && folder !== undefined) return { name, tree: await uploadFolder(connection, folder) };
  throw invalid("Give a name and a folder, or a file with -f.");
}

async function showModel(options: GlobalOptions, { client, params }: Connection, name: string): Promise<void> {
  const { items } = await client.model.get({ params: { ...params, name } });
  printList(
    options,
    items,
    [
      { title: "version", of: (version) => version.version },
      { title: "aliases", of: (version) => version.aliases.join(", ") },
      { title: "format", of: (version) => version.format },
      { title: "check", of: (version) => version.checkState },
      { title: "digest", of: (version) => shortDigest(version.digest) },
      { title: "trained on", of: (version) => version.trainingData.join(", ") },
      { title: "created", of: (version) => time(version.createdAt) },
    ],
    "It has no version.",
  );
}

async function showVersion(options: GlobalOptions, { client, params }: Connection, reference: string): Promise<void> {
  const found = await client.model.resolve({ params, query: { reference } });
  const version = await client.model.getVersion({ params: { ...params, name: found.name, version: found.version } });
  const { signature } = version;
  printFacts(options, version, [
    ["model", `${version.name}:${version.version}`],
    ["aliases", version.aliases.join(", ")],
    ["stage", version.stage],
    ["digest", version.digest && `sha256:${version.digest}`],
    ["format", version.format],
    ["size", `${version.size} bytes`],
    ["check", `${version.checkState}, ${version.check.findings.length} findings`],
    ["inputs", fieldsText(signature?.inputs ?? version.inputs)],
    ["outputs", fieldsText(signature?.outputs ?? version.outputs)],
    ["input example", version.inputExample ? JSON.stringify(version.inputExample).slice(0, 200) : null],
    ["trained on", version.trainingData.join(", ")],
    [
      "metrics",
      Object.entries(version.metrics)
        .map(([name, value]) => `${name} ${value}`)
        .join(", "),
    ],
    ["run", version.runId],
    ["job", version.jobId],
    ["created", `${time(version.createdAt)} by ${version.createdBy.name}`],
  ]);
}

const shownFields = 20;

/** `age double, x float32[N,3]`. */
function fieldsText(fields: Field[]): string {
  const texts = fields.map(({ name, type, shape }) => `${name} ${type}${shape ? `[${shape.join(",")}]` : ""}`);
  return texts.length > shownFields
    ? `${texts.slice(0, shownFields).join(", ")} and ${texts.length - shownFields} more`
    : texts.join(", ");
}
