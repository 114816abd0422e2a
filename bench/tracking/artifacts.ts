import { createHash, randomFillSync } from "node:crypto";
import { createReadStream, createWriteStream, readFileSync, rmSync, writeSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { readServerFile } from "../../src/server/home.ts";
import { Connection } from "../load.ts";
import type { Target } from "./servers.ts";

const mebi = 1024 * 1024;

export interface ArtifactResult {
  /** MiB per second. */
  plainCopy: number;
  upload: number;
  download: number;
  /** Resident memory of the server before, and the most during it, in MiB; NaN when it cannot be told. */
  memoryBefore: number;
  memoryMost: number;
}

/** One file up and down, against a copy on the same disk that is hashed and fsynced. The best of `rounds` each. */
export async function measureArtifacts(
  target: Target,
  { file, rounds }: { file: string; rounds: number },
): Promise<ArtifactResult> {
  const { size } = await stat(file);
  const run = await createRun(target);
  const path = `/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/large.bin`;
  const copy = join(target.folder, "copy.bin");
  const rates = { plainCopy: 0, upload: 0, download: 0 };
  const measure = async (name: keyof typeof rates, work: () => Promise<void>) => {
    const started = performance.now();
    await work();
    rates[name] = Math.max(rates[name], size / mebi / ((performance.now() - started) / 1000));
  };
  const memoryBefore = memoryOf(target, "VmRSS");
  for (let round = 0; round < rounds; round++) {
    await measure("plainCopy", () => copyHashed(file, copy));
    rmSync(copy, { force: true });
    await measure("upload", () => upload(target, path, file, size));
    await measure("download", () => download(target, path, copy));
    rmSync(copy, { force: true });
  }
  return { ...rates, memoryBefore, memoryMost: memoryOf(target, "VmHWM") };
}

export async function writeRandomFile(path: string, size: number): Promise<void> {
  const file = await open(path, "w");
  const block = Buffer.alloc(8 * mebi);
  for (let written = 0; written < size; written += block.length) {
    randomFillSync(block);
    writeSync(file.fd, block, 0, Math.min(block.length, size - written));
  }
  await file.sync();
  await file.close();
}

async function copyHashed(from: string, to: string): Promise<void> {
  const hash = createHash("sha256");
  const target = await open(to, "w");
  for await (const part of createReadStream(from, { highWaterMark: mebi })) {
    hash.update(part);
    await target.write(part);
  }
  hash.digest("hex");
  await target.sync();
  await target.close();
}

async function createRun(target: Target): Promise<string> {
  const connection = new Connection(target);
  const body = { experiment_id: "0", start_time: Date.now() };
  const answer = await connection.send({ method: "POST", path: "/api/2.0/mlflow/runs/create", body });
  connection.close();
  return JSON.parse(answer.body).run.info.run_id;
}

function upload(target: Target, path: string, file: string, size: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { ...target.headers, "content-length": size, "content-type": "application/octet-stream" };
    const sent = request(target.url + path, { method: "PUT", headers }, (answer) => {
      answer.resume();
      answer.on("end", () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`Upload: ${answer.statusCode}`)),
      );
    });
    sent.on("error", reject);
    createReadStream(file, { highWaterMark: mebi }).pipe(sent);
  });
}

function download(target: Target, path: string, to: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request(target.url + path, { headers: target.headers }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`Download: ${answer.statusCode}`));
      pipeline(answer, createWriteStream(to, { highWaterMark: mebi })).then(resolve, reject);
    })
      .on("error", reject)
      .end();
  });
}

/** MLflow's workers come and go; its memory is not told. */
function memoryOf(target: Target, name: "VmRSS" | "VmHWM"): number {
  if (target.product !== "Trainyard") return Number.NaN;
  const { pid } = readServerFile(target.folder)!;
  const line = readFileSync(`/proc/${pid}/status`, "utf8").match(new RegExp(`${name}:\\s+(\\d+) kB`));
  return Number(line?.[1]) / 1024;
}
