import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { expectationsSchema } from "../../contract/data.ts";
import type { JobDetail } from "../../contract/job.ts";
import { sha256 } from "../../platform/digest.ts";
import type { Connection } from "../connection.ts";
import { Unsuccessful } from "../failure.ts";
import { putMonitor } from "../nouns/monitor.ts";
import { putStages } from "../nouns/stage.ts";
import { uploadFolder, uploadSource } from "../source.ts";
import { ifThere, until } from "./patient.ts";
import type { Progress } from "./progress.ts";
import { parseRows, type Row, readStored } from "./rows.ts";

export const example = fileURLToPath(new URL("../../../examples/diabetes", import.meta.url));
export const asset = "diabetes";
export const model = "diabetes";
export const productionEndpoint = "diabetes-prd";
const monitorName = "diabetes-drift";

/** What the chapters hand on to each other. */
export interface Story {
  connection: Connection;
  progress: Progress;
}

/** Submits a YAML file and waits; tells what ran and what was reused. */
export async function runJob(
  { connection }: Story,
  file: string,
  set: Record<string, string>,
  tell: (detail: string) => void,
): Promise<JobDetail> {
  const { client, params } = connection;
  const source = { ...(await uploadSource(connection, `${example}/${file}`)), set };
  const idempotencyKey = `demo/${sha256(`${process.pid}/${Date.now()}/${JSON.stringify(source)}`).slice(0, 32)}`;
  const { id } = await client.job.create({ params, body: { source, idempotencyKey } });
  return waitForJob(connection, id, tell);
}

export async function waitForJob(
  connection: Connection,
  id: string,
  tell: (detail: string) => void,
): Promise<JobDetail> {
  const { client, params } = connection;
  const told = new Set<string>();
  const job = await until(
    async () => {
      const seen = await client.job.get({ params: { ...params, id } });
      for (const step of seen.steps) {
        if (told.has(step.name) || !["succeeded", "reused", "failed"].includes(step.state)) continue;
        told.add(step.name);
        const why = step.state === "reused" ? `reused: ${step.reuse?.reason}` : (step.error ?? "ran");
        tell(`${step.displayName}: ${why.split("\n")[0]}`);
      }
      return seen.endedAt === null ? undefined : seen;
    },
    `job ${id} to end`,
    900,
  );
  if (job.state !== "succeeded") throw new Unsuccessful(`Job ${id} (${job.displayName}) ${job.state}: ${job.error}`);
  return job;
}

export const reusedOf = (job: JobDetail): string => {
  const reused = job.steps.filter((step) => step.state === "reused").length;
  return reused === 0 ? `${job.steps.length} steps ran` : `${reused} of ${job.steps.length} steps reused`;
};

/** Real data becomes a version; data that breaks the expectations does not. */
export async function prepareData(story: Story, tell: (detail: string) => void): Promise<string> {
  const { connection } = story;
  const { client, params } = connection;
  const expectations = expectationsSchema.parse(parse(await readFile(`${example}/data/expectations.yml`, "utf8")));
  await client.data.setExpectations({ params: { ...params, name: asset }, body: expectations });
  const job = await runJob(story, "pipelines/prepare-data.yml", {}, tell);
  const version = await checkedVersion(connection, registeredOf(job, "data"));
  if (version.state !== "ready") throw new Unsuccessful(`The data was refused: ${version.findings[0]?.message}`);
  const csv = await readStored(connection, version.digest, ".csv");
  for (const [name, damage] of Object.entries({ "missing-values": loseValues, "wrong-schema": renameColumn })) {
    const refused = await addDamaged(connection, name, damage(csv));
    if (refused.state !== "refused") throw new Unsuccessful(`Version ${name} of the data should have been refused.`);
    tell(`version ${name} is refused: ${refused.findings.map((finding) => finding.message).join(" ")}`);
  }
  return `data/${asset}/${version.version}: ${version.profile?.rows} rows, ${version.profile?.columns.length} columns, valid`;
}

/** Every fourth bmi is lost. */
const loseValues = (csv: string): string => {
  const [header = "", ...lines] = csv.trim().split(/\r?\n/);
  const at = header.split(",").indexOf("bmi");
  const damaged = lines.map((line, index) =>
    index % 4 === 0
      ? line
          .split(",")
          .map((cell, column) => (column === at ? "" : cell))
          .join(",")
      : line,
  );
  return [header, ...damaged, ""].join("\n");
};

const renameColumn = (csv: string): string => csv.replace("bmi", "body_mass").replace(/,s6/, ",glucose");

async function addDamaged(connection: Connection, version: string, csv: string) {
  const { client, params } = connection;
  const at = { ...params, name: asset, version };
  if (!(await ifThere(client.data.getVersion({ params: at })))) {
    const bytes = new TextEncoder().encode(csv);
    const digest = sha256(bytes);
    await client.blob.put({ params: { ...params, digest }, body: bytes });
    const files = [{ path: `${version}.csv`, digest, size: bytes.length }];
    const tree = await client.blob.createTree({ params, body: { files } });
    await client.data.create({ params: { ...params, name: asset }, body: { tree: tree.digest, version } });
  }
  return checkedVersion(connection, version);
}

export const checkedVersion = ({ client, params }: Connection, version: string) =>
  until(async () => {
    const found = await client.data.getVersion({ params: { ...params, name: asset, version } });
    return found.state === "checking" ? undefined : found;
  }, `version ${version} of the data to be checked`);

/** The version that a job registered: of `data/diabetes/1` the `1`. */
export function registeredOf(job: JobDetail, kind: "data" | "model"): string {
  const found = job.registered.find((subject) => subject.startsWith(`${kind}/`));
  if (!found) throw new Unsuccessful(`Job ${job.id} registered no ${kind}.`);
  return found.split("/")[2]!;
}

export async function setUpDelivery({ connection }: Story): Promise<string> {
  const stages = await putStages(connection, `${example}/deploy/stages.yml`);
  await putMonitor(connection, `${example}/deploy/monitor.yml`);
  return `stages ${stages.join(" → ")}, monitor ${monitorName}`;
}

/** The build of this code and this model version: the one there is, or a new one. */
export async function buildOnce({ connection }: Story, version: string): Promise<{ number: number; reused: boolean }> {
  const { client, params } = connection;
  const tree = await uploadFolder(connection, example);
  const { digest } = await client.model.getVersion({ params: { ...params, name: model, version } });
  const idempotencyKey = `demo/${sha256(`${tree}/${digest}`)}`;
  const known = (await client.build.list({ params })).items.map((build) => build.number);
  const body = {
    name: "diabetes",
    tree,
    file: "azure-pipelines.yml",
    models: [{ name: model, version }],
    idempotencyKey,
  };
  const { number } = await client.build.create({ params, body });
  return { number, reused: known.includes(number) };
}

/** Production, as soon as it answers: after a start of the server its serving node needs a moment. */
export const servingEndpoint = ({ connection: { client, params } }: Story) =>
  until(async () => {
    const endpoint = await client.endpoint.get({ params: { ...params, name: productionEndpoint } });
    const served = endpoint.deployments.find((deployment) => deployment.traffic > 0);
    const isKnown = endpoint.url !== null && served?.state === "ready" && endpoint.inputs.length > 0;
    return isKnown && (await isReady(`${endpoint.url}/v2/health/ready`)) ? endpoint : undefined;
  }, `${productionEndpoint} to answer`);

const isReady = (url: string): Promise<boolean> =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

/** Rows of the data that a model version was trained on, and the Python model's own answers for some of them. */
export async function knownAnswers(connection: Connection, version: string): Promise<{ rows: Row[]; expected: Row[] }> {
  const { client, params } = connection;
  const found = await client.model.getVersion({ params: { ...params, name: model, version } });
  const job = await client.job.get({ params: { ...params, id: found.jobId! } });
  const report = job.steps.find((step) => step.name === "evaluate")!.outputs.report!;
  const data = await checkedVersion(connection, found.trainingData[0]!.split("/")[2]!);
  return {
    rows: parseRows(await readStored(connection, data.digest, ".csv")),
    expected: parseRows(await readStored(connection, report.digest, "predictions.csv")),
  };
}

export { monitorName };
