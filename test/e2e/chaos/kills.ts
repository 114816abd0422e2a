import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sleep } from "../../../src/platform/clock.ts";
import { failpointNames } from "../../../src/platform/failpoint.ts";
import type { ServerProcess } from "../../support/server-process.ts";
import { createInstallation } from "./installation.ts";
import { checkInvariants, checkRounds } from "./invariants.ts";
import { remainsOf } from "./remains.ts";
import { playRound, prepare } from "./story.ts";

const kills = Number(process.env.TRAINYARD_CHAOS_KILLS ?? 25);

/** A server that is killed over and over: on each database in a file of its own, so that both are tested at a time. */
export function describeKills(database: "sqlite" | "postgres"): void {
  describe(`a server that is killed, on ${database}`, () => tests(database));
}

function tests(database: "sqlite" | "postgres"): void {
  async function setUp() {
    const { folder, server, databaseUrl } = await createInstallation(database);
    const effects = join(folder, "effects");
    writeFileSync(effects, "");
    await server.start();
    const given = { effects, ...(await prepare(server.client())) };
    return { server, given, effects, databaseUrl };
  }

  async function finish(server: ServerProcess, rounds: number, effects: string, databaseUrl: string | undefined) {
    expect(await server.client().audit.verify()).toMatchObject({ valid: true });
    await server.stop();
    await checkInvariants(server.home, databaseUrl);
    await checkRounds(server.home, databaseUrl, rounds);
    const lines = readFileSync(effects, "utf8").trim().split("\n");
    for (let round = 1; round <= rounds; round++) {
      for (const step of ["a", "b", "c", "d"]) expect(lines, "every step ran").toContain(`${round}.${step}`);
    }
    expect(await remainsOf(server.home)).toEqual([]);
  }

  it(`goes on and finishes after ${kills} kills at random moments`, { timeout: 900_000 }, async () => {
    const { server, given, effects, databaseUrl } = await setUp();
    let killed = 0;
    let rounds = 0;
    let done = false;
    const killing = (async () => {
      while (!done && killed < kills) {
        await sleep(50 + (randomBytes(2).readUInt16LE() % 900));
        if (done) break;
        await server.kill();
        killed++;
        await server.start();
      }
    })();
    while (killed < kills) await playRound(server, ++rounds, given);
    done = true;
    await killing;
    await playRound(server, ++rounds, given);
    expect(killed).toBeGreaterThanOrEqual(kills);
    await finish(server, rounds, effects, databaseUrl);
  });

  it("goes on and finishes after a crash at every failpoint", { timeout: 900_000 }, async () => {
    const { server, given, effects, databaseUrl } = await setUp();
    let rounds = 0;
    for (const name of failpointNames) {
      await server.stop();
      // Not at the first pass, which is the start: somewhere inside a round.
      const pass =
        { "transaction.beforeCommit": 12, "transaction.afterCommit": 12, "http.beforeReply": 25 }[name as string] ?? 2;
      await server.start({ TRAINYARD_FAILPOINTS: `${name}=crash@${pass}` });
      const crash = server.ended().then(async (signal) => {
        await server.start();
        return signal;
      });
      await playRound(server, ++rounds, given);
      const signal = await Promise.race([crash, sleep(15_000).then(() => "never reached" as const)]);
      expect(signal, name).toBe("SIGKILL");
    }
    await finish(server, rounds, effects, databaseUrl);
  });
}
