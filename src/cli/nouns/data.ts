import { readFile, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import pc from "picocolors";
import { parse } from "yaml";
import type { DataVersion } from "../../contract/data.ts";
import { expectationsSchema } from "../../contract/data.ts";
import { invalid } from "../../contract/errors.ts";
import { sleep } from "../../platform/clock.ts";
import { hashFile, hashFolder, uploadTree } from "../../platform/transfer/upload.ts";
import { filesOf, readAssetFile } from "../asset-file.ts";
import { type Connection, connect } from "../connection.ts";
import { Unsuccessful } from "../failure.ts";
import { print, printFacts, printList, shortDigest, state, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

export function addData(program: Command): void {
  const noun = addNoun(program, "data", "data assets: versioned, profiled, validated");
  noun
    .command("list")
    .description("list data assets")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.data.list({ params });
      printList(
        options,
        items,
        [
          { title: "name", of: (item) => item.name },
          { title: "latest", of: (item) => item.latest },
          { title: "versions", of: (item) => item.versions },
          { title: "expectations", of: (item) => (item.expectations ? "yes" : "") },
          { title: "created", of: (item) => time(item.createdAt) },
        ],
        "No data yet. Add some with `trainyard data create NAME PATH`.",
      );
    });
  noun
    .command("show <name> [version]")
    .description("profile and findings of a version (default: the newest that is ready)")
    .action(async (name: string, version: string | undefined, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const found = await client.data.getVersion({ params: { ...params, name, version: version ?? "latest" } });
      printVersion(options, found);
    });
  const create = noun
    .command("create [name] [path]")
    .description("add a file or folder as a new version; it is profiled and validated")
    .option("-f, --file <yaml>", "an Azure ML data file instead of name and path")
    .option("--expectations <file>", "YAML of what this and every later version must satisfy")
    .option("--description <text>", "what it is", "")
    .action(async (name: string | undefined, path: string | undefined, flags: CreateFlags, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const expectations = flags.expectations ? await readExpectations(flags.expectations) : undefined;
      const version = flags.file
        ? await createFromFile(connection, flags.file, expectations)
        : await createData(connection, ...both(name, path), { description: flags.description, expectations });
      printVersion(options, version);
      if (version.state === "refused") {
        throw new Unsuccessful(`Version ${version.version} of ${version.name} is refused.`);
      }
    });
  withExamples(
    create,
    "trainyard data create sales sales.csv --expectations expectations.yml",
    "trainyard data create -f data.yml",
  );
}

interface CreateFlags {
  file?: string;
  expectations?: string;
  description: string;
}

function both(name: string | undefined, path: string | undefined): [name: string, path: string] {
  if (name !== undefined && path !== undefined) return [name, path];
  throw invalid("Give a name and a path, or a file with -f.");
}

type Expectations = ReturnType<typeof expectationsSchema.parse> | undefined;

async function createFromFile(connection: Connection, file: string, expectations: Expectations): Promise<DataVersion> {
  const { client, params } = connection;
  const { asset } = await readAssetFile(connection, file, "data");
  const { name, description, type, version } = asset;
  const body = { ...filesOf(asset), type, description, ...(version ? { version } : {}), expectations };
  const created = await client.data.create({ params: { ...params, name }, body });
  return waitUntilChecked(connection, name, created.version);
}

async function readExpectations(file: string) {
  const parsed = expectationsSchema.safeParse(parse(await readFile(file, "utf8")));
  if (parsed.success) return parsed.data;
  throw invalid(`${file} does not describe expectations.`, {
    issues: parsed.error.issues.map((issue) => ({ at: `${file}: ${issue.path.join(".")}`, message: issue.message })),
  });
}

/** Uploads a file or folder as a version and waits until it is checked. */
export async function createData(
  connection: Connection,
  name: string,
  path: string,
  more: { description?: string; expectations?: ReturnType<typeof expectationsSchema.parse> },
): Promise<DataVersion> {
  const { client, params } = connection;
  const source = resolve(path);
  const info = await stat(source).catch(() => {
    throw invalid(`There is no file or folder ${path}.`);
  });
  const files = info.isDirectory() ? await hashFolder(source) : [await hashFile(source, basename(source))];
  const { digest } = await uploadTree(connection, files);
  const type = info.isDirectory() ? "uri_folder" : "uri_file";
  const created = await client.data.create({ params: { ...params, name }, body: { tree: digest, type, ...more } });
  return waitUntilChecked(connection, name, created.version);
}

export async function waitUntilChecked(connection: Connection, name: string, version: string): Promise<DataVersion> {
  for (;;) {
    const found = await connection.client.data.getVersion({ params: { ...connection.params, name, version } });
    if (found.state !== "checking") return found;
    await sleep(150);
  }
}

function printVersion(options: ReturnType<typeof globalOptions>, version: DataVersion): void {
  printFacts(options, version, [
    ["data", `${version.name} version ${version.version}`],
    ["state", state(version.state)],
    ["rows", version.profile?.rows],
    ["size", `${version.size} bytes`],
    ["digest", shortDigest(version.digest)],
    ["taken from", version.source],
    ["created", `${time(version.createdAt)} by ${version.createdBy.name}`],
  ]);
  if (options.output !== "table") return;
  for (const finding of version.findings) print(`  ${pc.red("✗")} ${finding.message}`);
  const columns = version.profile?.columns ?? [];
  if (columns.length === 0) return;
  print("");
  printList(
    options,
    columns,
    [
      { title: "column", of: (column) => column.name },
      { title: "type", of: (column) => column.type },
      { title: "missing", of: (column) => column.missing },
      { title: "distinct", of: (column) => column.distinct },
      { title: "mean", of: (column) => column.mean?.toPrecision(5) },
      { title: "stddev", of: (column) => column.stddev?.toPrecision(5) },
      { title: "min", of: (column) => column.min },
      { title: "max", of: (column) => column.max },
    ],
    "",
  );
}
