import { Problem } from "../../contract/errors.ts";
import type { Release } from "../../contract/release.ts";
import { Unsuccessful } from "../failure.ts";
import { followBuild, requireBuild } from "../nouns/build.ts";
import { patientConnection, until } from "./patient.ts";
import { sendRows } from "./requests.ts";
import {
  buildOnce,
  knownAnswers,
  model,
  monitorName,
  productionEndpoint,
  type Story,
  servingEndpoint,
} from "./story.ts";

const reviewer = "reviewer";
const tolerance = 1e-4;
const requestCount = 1000;

/** Build, release through three stages with an approval, and a thousand answered requests. */
export async function deliver(home: string, story: Story, version: string): Promise<void> {
  const { connection, progress } = story;
  const { client, params } = connection;
  let build = 0;
  await progress.step("Build", async () => {
    const { number, reused } = await buildOnce(story, version);
    build = number;
    const { tests, evidence } = requireBuild(await followBuild(connection, number));
    const passed = `${tests?.tests} tests passed, ${evidence.length} pieces of evidence`;
    return reused ? `build ${number} is this code and model already: ${passed}` : `build ${number}: ${passed}`;
  });

  const body = { build, monitors: [monitorName], idempotencyKey: `demo/build/${build}` };
  const { number } = await client.release.create({ params, body });
  await progress.step("Release to DEV, TEST", async (tell) => {
    const told = new Set<string>();
    const release = await untilWaiting(story, number, (seen) => {
      for (const stage of seen.stages) {
        for (const check of stage.checks) {
          const line = check.verdict && `${stage.stage} ${check.type}: ${check.verdict}, ${check.detail}`;
          if (line && !told.has(line)) tell(line);
          if (line) told.add(line);
        }
      }
    });
    return `release ${number} is ${release.stages.map((stage) => `${stage.stage} ${stage.state}`).join(", ")}`;
  });
  await progress.step("Approval for PRD", (tell) => approve(home, story, number, tell));
  await progress.step("Requests", () => request(story));
}

const untilWaiting = ({ connection: { client, params } }: Story, number: number, look: (release: Release) => void) =>
  until(async () => {
    const release = await client.release.get({ params: { ...params, number } });
    look(release);
    if (["failed", "rejected", "cancelled"].includes(release.state)) {
      const stage = release.stages.find((it) => it.error !== null);
      throw new Unsuccessful(`Release ${number} ${release.state}: ${stage?.stage} ${stage?.error ?? ""}`);
    }
    return release.state === "waiting" || release.state === "succeeded" ? release : undefined;
  }, `release ${number} to come to its approval`);

/** Whoever asked for the release may not approve it; a second person does. */
async function approve(home: string, story: Story, number: number, tell: (detail: string) => void): Promise<string> {
  const { client, params } = story.connection;
  const at = { ...params, number };
  const { state, manifestDigest } = await client.release.get({ params: at });
  if (state === "succeeded") return `release ${number} is in production already`;
  const decision = { stage: "PRD", manifestDigest };
  try {
    await client.release.approve({ params: at, body: { ...decision, comment: "mine" } });
    throw new Unsuccessful("The requester could approve the release; that must not be.");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    tell(`the requester tries: ${error.message}`);
  }
  const second = patientConnection(home, await tokenOfReviewer(story));
  const comment = "Checked in TEST, better than the mean by far.";
  await second.client.release.approve({ params: at, body: { ...decision, comment } }).catch(async (error) => {
    // The answer to an approval may have been lost with the server that took it.
    const { stages } = await client.release.get({ params: at });
    if (!stages.some((stage) => stage.decisions.length > 0)) throw error;
  });
  const release = await until(async () => {
    const seen = await client.release.get({ params: at });
    if (["failed", "rejected", "cancelled"].includes(seen.state)) {
      throw new Unsuccessful(`Release ${number} ${seen.state}: ${seen.stages.at(-1)?.error ?? ""}`);
    }
    return seen.state === "succeeded" ? seen : undefined;
  }, `release ${number} to be in production`);
  return `${reviewer} approved manifest ${release.manifestDigest.slice(0, 12)}; ${productionEndpoint} serves it`;
}

async function tokenOfReviewer({ connection: { client } }: Story): Promise<string> {
  const { items } = await client.access.listUsers();
  const known = items.find((user) => user.name === reviewer);
  const id = known?.id ?? (await client.access.createUser({ body: { name: reviewer, role: "approver" } })).id;
  return (await client.access.createToken({ params: { id }, body: { description: "demo", days: 1 } })).token;
}

async function request(story: Story): Promise<string> {
  const { connection } = story;
  const { client, params } = connection;
  const at = { ...params, name: productionEndpoint };
  const endpoint = await servingEndpoint(story);
  const served = endpoint.deployments.find((deployment) => deployment.traffic > 0)!;
  const { primary } = await client.endpoint.keys({ params: at });
  const columns = endpoint.inputs.map((input) => input.name);
  const { rows, expected } = await knownAnswers(connection, served.model.version);
  const sent = Array.from({ length: requestCount }, (_, index) => rows[index % rows.length]!);
  const answers = await sendRows(endpoint.url!, primary, model, columns, sent);
  const keyOf = (row: Record<string, number>) => columns.map((name) => row[name]).join("|");
  const known = new Map(expected.map((row) => [keyOf(row), row.prediction!]));
  let compared = 0;
  let worst = 0;
  for (const [index, row] of sent.entries()) {
    const python = known.get(keyOf(row));
    if (python === undefined) continue;
    compared++;
    worst = Math.max(worst, Math.abs(python - answers.predictions[index]!));
  }
  if (compared === 0 || !(worst <= tolerance)) {
    throw new Unsuccessful(`${compared} answers were compared with the Python model's; they differ by up to ${worst}.`);
  }
  const collected = await until(async () => {
    const seen = (await client.endpoint.get({ params: at })).collectedRows;
    return seen >= endpoint.collectedRows + requestCount ? seen : undefined;
  }, "the rows to be collected");
  const speed = `p50 ${answers.p50.toFixed(1)} ms, p99 ${answers.p99.toFixed(1)} ms`;
  return `${requestCount} answered, ${speed}; ${compared} on held-out rows agree with Python to ${worst.toExponential(1)}; ${collected} rows collected`;
}
