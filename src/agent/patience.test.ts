import { expect, it } from "vitest";
import { freePort } from "../../test/support/free-port.ts";
import { createClient } from "../contract/client.ts";
import { Problem } from "../contract/errors.ts";
import { createLightFetch } from "../platform/http/light-fetch.ts";
import { askPatiently } from "./patience.ts";

const going = new AbortController().signal;
const attemptsAt = async (error: unknown) => {
  let count = 0;
  const asking = askPatiently(
    async () => {
      count += 1;
      throw error;
    },
    going,
    2,
  );
  await expect(asking).rejects.toBe(error);
  return count;
};

it("asks again after what may pass, and not after a refusal, a full disk here, or a fault of its own", async () => {
  expect(await attemptsAt(new Problem("unavailable", "Later."))).toBe(2);
  expect(await attemptsAt(new Problem("internal", "Something failed."))).toBe(2);
  expect(await attemptsAt(new Problem("stale", "It was given away."))).toBe(1);
  expect(await attemptsAt(Object.assign(new Error("write"), { code: "ENOSPC" }))).toBe(1);
  expect(await attemptsAt(new TypeError("x is undefined"))).toBe(1);
});

it.each([undefined, createLightFetch()])("knows how a server that nobody can reach looks", async (fetch) => {
  const client = createClient({ baseUrl: `http://127.0.0.1:${await freePort()}`, fetch });
  const error = await client.system.health().catch((thrown: unknown) => thrown);
  expect(await attemptsAt(error)).toBe(2);
});

it("ends with its task", async () => {
  const ending = new AbortController();
  const asking = askPatiently(async () => {
    ending.abort();
    throw new Problem("unavailable", "Later.");
  }, ending.signal);
  await expect(asking).rejects.toThrow("Later.");
});
