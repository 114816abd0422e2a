import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkHost, checkKey } from "./access.ts";

const hash = (key: string) => createHash("sha256").update(key).digest("hex");

describe("keys", () => {
  const endpoint = { authMode: "key" as const, keyHashes: [hash("old"), hash("new")] };
  test.each([["Bearer old"], ["Bearer new"], ["bearer  new "]])("%s is let in", (authorization) => {
    expect(() => checkKey(endpoint, { authorization })).not.toThrow();
  });
  test.each([[undefined], [""], ["Bearer"], ["Bearer "], ["Bearer wrong"], ["Basic old"], ["old"]])(
    "%s is refused",
    (authorization) => {
      expect(() => checkKey(endpoint, { authorization })).toThrow(expect.objectContaining({ code: "unauthenticated" }));
    },
  );
  test("no key fits an endpoint without keys, not even the empty one", () => {
    expect(() => checkKey({ authMode: "key", keyHashes: [] }, { authorization: "Bearer x" })).toThrow();
    expect(() => checkKey({ authMode: "key", keyHashes: [hash("")] }, {})).toThrow();
    expect(() => checkKey({ authMode: "none", keyHashes: [] }, {})).not.toThrow();
  });
});

describe("host", () => {
  const allowed = new Set(["models.example"]);
  test.each([["127.0.0.1"], ["127.0.0.1:80"], ["localhost:8601"], ["[::1]:8601"], ["LOCALHOST"], ["models.example:1"]])(
    "%s is ours",
    (host) => {
      expect(() => checkHost({ host }, allowed)).not.toThrow();
    },
  );
  test.each([[undefined], [""], ["evil.example"], ["127.0.0.1.evil.example:80"], ["localhost.evil:1"]])(
    "%s is not",
    (host) => {
      expect(() => checkHost({ host }, allowed)).toThrow(expect.objectContaining({ code: "forbidden" }));
    },
  );
  test("a page of another origin is refused", () => {
    const host = "localhost:8601";
    expect(() => checkHost({ host, origin: "http://localhost:8601" }, allowed)).not.toThrow();
    expect(() => checkHost({ host, origin: "http://localhost:9000" }, allowed)).toThrow();
    expect(() => checkHost({ host, origin: "null" }, allowed)).toThrow();
  });
});
