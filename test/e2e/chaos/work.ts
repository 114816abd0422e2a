// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Client } from "../../../src/contract/client.ts";
import type { TreeFile } from "../../../src/contract/common.ts";
import { type DefinitionInput, definition, outputOf, params, step } from "../../../src/features/job/job.fixture.ts";
import { sleep } from "../../../src/platform/clock.ts";
import { sha256 } from "../../../src/platform/digest.ts";
import { hasPython } from "../../support/python.ts";

const out = { o: { type: "uri_folder" as const } };
const always = { outputs: out, deterministic: false };

/** What a job of everything works on. */
export interface Given {
  /** Digest of many files, large enough that laying them out takes a while. */
  data: string;
  /** Digest of the entry script of a parallel step. */
  code: string;
  /** URL of a file that comes slowly. */
  slow: string;
  /** URL of a folder that may be written. */
  store: string;
  /** Image of a container step; null where there is no engine. */
  image: string | null;
  /** A command line that is nobody else's on this machine. */
  nap: string;
}

async function putTree(client: Client, files: Record<string, Uint8Array>): Promise<string> {
  const stored: TreeFile[] = [];
  for (const [path, body] of Object.entries(files)) {
    stored.push({ path, ...(await client.blob.put({ params: { ...params, digest: sha256(body) }, body })) });
  }
  return (await client.blob.createTree({ params, body: { files: stored } })).digest;
}

export const putData = (client: Client): Promise<string> =>
  putTree(client, Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`part-${at}`, randomBytes(2 ** 20)])));

export const putCode = (client: Client): Promise<string> => putTree(client, { "entry.py": Buffer.from(entryScript) });

const entryScript = `
import time
def run(mini_batch):
    time.sleep(0.1)
    return [path.rsplit("/", 1)[1] for path in mini_batch]
`;

/** Serves one file, a piece at a time. */
export async function serveSlowly(): Promise<{ url: string; close(): void }> {
  const server = createServer(async (_, response) => {
    response.writeHead(200, { "content-length": 8 * 65_536 });
    for (let piece = 0; piece < 8 && !response.destroyed; piece++) {
      response.write(Buffer.alloc(65_536, "slow"));
      await sleep(80);
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slow.bin`;
  return { url, close: () => server.close().closeAllConnections() };
}

/** The metric of a trial, until somebody takes it: the server may be on its way up. */
const logLoss = `node -e '
const body = JSON.stringify({ run_id: process.env.MLFLOW_RUN_ID, key: "loss", value: Number(process.argv[1]), timestamp: Date.now() });
const headers = { "content-type": "application/json", authorization: "Bearer " + process.env.MLFLOW_TRACKING_TOKEN };
const url = process.env.MLFLOW_TRACKING_URI + "/api/2.0/mlflow/runs/log-metric";
const log = () => fetch(url, { method: "POST", headers, body }).then(({ ok }) => ok, () => false);
while (!(await log())) await new Promise((done) => setTimeout(done, 50));
'`;

/** A job of everything that a step can be; its steps start processes that try to get away. */
export function everything({ data, code, slow, store, image, nap }: Given, round: number): DefinitionInput {
  const fromData = { type: "uri_folder" as const, binding: { from: "tree" as const, digest: data } };
  const getAway = `setsid ${nap} > /dev/null 2>&1 & (setsid ${nap} > /dev/null 2>&1 &) ; mktemp; sleep 0.3`;
  const steps: DefinitionInput["steps"] = {
    forks: step(`${getAway}; echo forks > \${{outputs.o}}/f`, always),
    reads: step("cat ${{inputs.data}}/* | wc -c > ${{outputs.o}}/f", { ...always, inputs: { data: fromData } }),
    fetches: step("wc -c < ${{inputs.far}} > ${{outputs.o}}/f", {
      ...always,
      inputs: { far: { type: "uri_file", binding: { from: "url", url: slow } } },
    }),
    loop: {
      type: "foreach",
      item: "n",
      items: ["1", "2", "3"],
      maxConcurrent: 2,
      outputs: out,
      body: {
        inputs: { n: { type: "string", binding: null } },
        outputs: { o: { step: "one", output: "o" } },
        steps: {
          one: step(`${getAway}; echo \${{inputs.n}} > \${{outputs.o}}/f`, {
            ...always,
            inputs: { n: { type: "string", binding: { from: "input", input: "n" } } },
          }),
        },
      },
    },
    tune: {
      type: "sweep",
      outputs: out,
      sampling: { type: "grid" },
      limits: { maxConcurrentTrials: 2 },
      trial: step(`${logLoss} \${{search_space.x}}; echo \${{search_space.x}} > \${{outputs.o}}/f`, always),
      searchSpace: { x: { type: "choice", values: [3, 1, 2] } },
      objective: { goal: "minimize", primaryMetric: "loss" },
    },
  };
  if (image) {
    const environment = { name: null, condaFile: null, image };
    steps.boxed = step("(setsid sleep 1000 &); sleep 0.3; echo boxed > ${{outputs.o}}/f", { ...always, environment });
  }
  if (hasPython) {
    steps.batches = step("true", {
      ...{ code, deterministic: false, inputs: { data: fromData }, outputs: out },
      parallel: {
        ...{ input: "data", entryScript: "entry.py", miniBatchSize: "3" },
        ...{ maxConcurrencyPerInstance: 2, appendRowTo: { output: "o", file: "f" } },
      },
    });
  }
  const names = Object.keys(steps);
  return definition({
    ...steps,
    gather: step(
      `cat ${names.map((name) => `\${{inputs.${name}}}/f \${{inputs.${name}}}/*/f`).join(" ")} > \${{outputs.o}}/all; true`,
      {
        ...{ deterministic: false, inputs: Object.fromEntries(names.map((name) => [name, outputOf(name)])) },
        outputs: { o: { type: "uri_folder", url: `${store}/${round}` } },
      },
    ),
  });
}

/** What the last step of such a job has gathered, in whatever order. */
export const gathered = ({ image }: Given): string[] =>
  [
    ...["forks", String(12 * 2 ** 20), String(8 * 65_536), "1", "2", "3", "1"],
    ...(image ? ["boxed"] : []),
    ...(hasPython ? Array.from({ length: 12 }, (_, at) => `part-${at}`) : []),
  ].sort();
