import { randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { sleep } from "../../../src/platform/clock.ts";
import { readCredentials } from "../../../src/server/home.ts";
import { databases } from "../../support/app.ts";
import type { ServerProcess } from "../../support/server-process.ts";
import { createInstallation } from "./installation.ts";

const kills = 8;
const writers = 12;
const api = "/api/2.0/mlflow";

/** What one writer was told is kept, and what it sent last without hearing. */
interface Written {
  run: string;
  acknowledged: number[];
  sent: Set<number>;
  params: Map<string, string>;
}

describe.each(databases)("tracking while the server is killed, on %s", (database) => {
  async function call<T>(server: ServerProcess, method: string, path: string, body?: object): Promise<T> {
    const headers = {
      "content-type": "application/json",
      authorization: `Bearer ${readCredentials(server.home)!.token}`,
    };
    const response = await fetch(server.url + api + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }
  const isGone = (error: unknown) => error instanceof TypeError;

  it(`keeps what it acknowledged, and nothing that nobody wrote, through ${kills} kills`, {
    timeout: 300_000,
  }, async () => {
    const { server } = await createInstallation(database);
    await server.start({ TRAINYARD_AGENT_SLOTS: "0" });

    let done = false;
    /** Logs one point and one param after the other, each once: what breaks off is not repeated. */
    async function write(written: Written): Promise<void> {
      for (let step = 0; !done; step++) {
        const point = { key: "loss", value: step / 7, timestamp: 1_700_000_000_000 + step, step };
        const params = step % 10 === 0 ? [{ key: `p${step}`, value: String(step) }] : [];
        written.sent.add(step);
        try {
          await call(server, "POST", "/runs/log-batch", { run_id: written.run, metrics: [point], params });
          written.acknowledged.push(step);
          for (const { key, value } of params) written.params.set(key, value);
        } catch (error) {
          if (!isGone(error)) throw error;
          await sleep(20);
        }
      }
    }
    const all: Written[] = [];
    while (all.length < writers) {
      const { run } = await call<{ run: { info: { run_id: string } } }>(server, "POST", "/runs/create", {});
      all.push({ run: run.info.run_id, acknowledged: [], sent: new Set(), params: new Map() });
    }
    const writing = all.map(write);
    for (let kill = 0; kill < kills; kill++) {
      await sleep(200 + randomInt(600));
      await server.kill();
      await server.start({ TRAINYARD_AGENT_SLOTS: "0" });
    }
    await sleep(200);
    done = true;

    await Promise.all(writing);
    expect(all.flatMap(({ acknowledged }) => acknowledged).length).toBeGreaterThan(writers * kills);
    for (const { run, acknowledged, sent, params } of all) {
      const history = await call<{ metrics?: { step: number; value: number }[] }>(
        server,
        "GET",
        `/metrics/get-history?run_id=${run}&metric_key=loss&max_results=25000`,
      );
      const points = history.metrics ?? [];
      const steps = points.map((point) => point.step);
      expect(new Set(steps).size, "no point is there twice").toBe(steps.length);
      expect(
        acknowledged.filter((step) => !steps.includes(step)),
        "acknowledged and lost",
      ).toEqual([]);
      expect(
        steps.filter((step) => !sent.has(step)),
        "written by nobody",
      ).toEqual([]);
      for (const { step, value } of points) expect(value).toBe(step / 7);
      const { data } = (
        await call<{ run: { data: { params?: { key: string; value: string }[]; metrics: { step: number }[] } } }>(
          server,
          "GET",
          `/runs/get?run_id=${run}`,
        )
      ).run;
      const stored = new Map((data.params ?? []).map(({ key, value }) => [key, value]));
      for (const [key, value] of params) expect(stored.get(key)).toBe(value);
      expect(data.metrics[0]!.step, "the latest point is that of the history").toBe(Math.max(...steps));
      // A batch is there with all of it or not at all.
      for (const key of stored.keys()) expect(steps).toContain(Number(key.slice(1)));
    }
  });
});
