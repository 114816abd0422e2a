import { Agent, request as httpRequest } from "node:http";
import type { Row } from "./rows.ts";

export interface Answers {
  /** The model's answer to each row. */
  predictions: number[];
  /** Milliseconds. */
  p50: number;
  p99: number;
}

const connections = 8;

/** Sends each row as a V2 inference request of its own and measures how long the answers take. */
export async function sendRows(
  url: string,
  key: string,
  model: string,
  columns: string[],
  rows: Row[],
): Promise<Answers> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const address = `${url}/v2/models/${model}/infer`;
  const predictions = new Array<number>(rows.length);
  const times: number[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < rows.length; index = next++) {
      const inputs = columns.map((name) => ({ name, shape: [1, 1], datatype: "FP32", data: [rows[index]![name]] }));
      const started = performance.now();
      const answer = await post(agent, address, key, JSON.stringify({ inputs }));
      times.push(performance.now() - started);
      predictions[index] = answer.outputs[0]!.data[0]!;
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, work));
  } finally {
    agent.destroy();
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return { predictions, p50: at(0.5), p99: at(0.99) };
}

function post(agent: Agent, url: string, key: string, body: string): Promise<{ outputs: { data: number[] }[] }> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      authorization: `Bearer ${key}`,
      "content-length": Buffer.byteLength(body),
    };
    const sent = httpRequest(url, { method: "POST", agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const text = Buffer.concat(parts).toString();
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`The endpoint answered ${response.statusCode}: ${text}`));
      });
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
