/**
 * `npm run compat:azureml -- DIR [text in the path …]`: every YAML below `cli/` of a checkout of Azure/azureml-examples,
 * file by file: what it is, and how far Trainyard comes with it. `--below=.` looks through the whole of any checkout.
 *
 * With `--run`, every job that is planned is also run, on a server of its own, one after the other; `--urls` names
 * folders that hold what lies at the URLs of the files, in the form of the setting `--url-folders`.
 *
 * Assets and environments that a file names and that no file of the checkout holds are taken as registered. With `--run`,
 * components that a job names and a file of the checkout defines are registered first, as its instructions say.
 * The exit code is 1 when a file that should be taken is not.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkFile, type FoundComponent, nameOf } from "../../../src/compat/azureml/index.ts";
import { checkDefinition } from "../../../src/features/job/check.ts";
import { openCheckout } from "./checkout.ts";
import { createRunner } from "./runner.ts";
import { lineOf, type Row, totals } from "./table.ts";

const given = process.argv.slice(2);
const all = (name: string): string[] =>
  given.filter((word) => word.startsWith(`--${name}=`)).map((word) => word.slice(name.length + 3));
const option = (name: string): string | undefined => all(name)[0];
const json = option("json");
const [folder, ...parts] = given.filter((word) => !word.startsWith("--"));
const below = option("below") ?? "cli";
if (!folder || !existsSync(join(folder, below))) {
  console.error(
    "Usage: npm run compat:azureml -- DIR [--below=FOLDER] [--json=FILE] [--run [--limit=SECONDS] [--home=FOLDER] [--urls=URL=FOLDER] [--data=NAME=PATH …]] [PART OF A PATH …]",
  );
  process.exit(2);
}

const checkout = openCheckout(resolve(folder));
const wanted = checkout
  .yamlBelow(below)
  .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)));
const lookups = { set: {}, findEnvironment: async () => ({ condaFile: null, image: "registered" }), findComponent };
const components = await componentsByName();
const runner = given.includes("--run")
  ? await createRunner({ home: option("home"), urlFolders: option("urls"), data: all("data") })
  : undefined;
/** Files of the components that the file at hand names. */
const named = new Set<string>();
const rows: Row[] = [];
for (const file of wanted) {
  const row = await take(file);
  rows.push(row);
  console.log(lineOf(row));
}
console.log(`\n${totals(rows)}`);
await runner?.stop();
if (json) writeFileSync(json, JSON.stringify(rows, undefined, 1));
process.exitCode = rows.some(({ status }) => status === "wrong" || status === "failed") ? 1 : 0;

/** Plans one file, and runs it when it is a job and that was asked for. */
async function take(file: string): Promise<Row> {
  named.clear();
  const row = await look(file);
  if (!runner || row.status !== "planned" || !/\bjob$/.test(row.kind)) return row;
  const placeOf = (path: string) => join(resolve(folder!), path);
  const needed = { components: [...named].map(placeOf), limitSeconds: Number(option("limit") ?? 600) };
  const { state, reason, seconds } = await runner.run(placeOf(file), needed);
  return { ...row, status: state, seconds, ...(reason ? { reason } : {}) };
}

/** Reads and plans one file. */
async function look(file: string): Promise<Row> {
  const { kind, issues, verdict, definition } = await checkFile(checkout, file, lookups);
  const row = { file, kind: nameOf(kind) };
  const first = issues[0];
  const reason = first && `${first.at.slice(first.at.lastIndexOf("/") + 1)}: ${first.message}`;
  if (kind.is === "foreign" || kind.is === "unknown") return { ...row, status: "foreign" };
  if (verdict !== "fine") return { ...row, status: verdict, reason };
  try {
    if (definition) checkDefinition(definition);
    return { ...row, status: "planned" };
  } catch (error) {
    return { ...row, status: "wrong", reason: String(error) };
  }
}

/** The components that the checkout's own files define, as if they had all been registered. */
async function componentsByName(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const file of checkout.yamlBelow(below)) {
    const text = (await checkout.read(file)) ?? "";
    const name = /^name: *"?([\w.-]+)"? *$/m.exec(text)?.[1];
    if (name && isComponent(text)) found.set(name, file);
  }
  return found;
}

function isComponent(text: string): boolean {
  if (/Component\.(schema\.)?json/.test(text)) return true;
  return /^version:/m.test(text) && /^type: *(command|pipeline|parallel|spark) *$/m.test(text);
}

async function findComponent(name: string): Promise<FoundComponent | undefined> {
  const file = components.get(name);
  if (file !== undefined) named.add(file);
  return file === undefined ? undefined : { version: "1", file, files: checkout };
}
