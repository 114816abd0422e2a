import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { mlflowEvents } from "../../contract/webhook.ts";
import { mostAttempts, waitAfter } from "./backoff.ts";
import { checkEvents, isWanted } from "./events.ts";
import { mlflowExample } from "./mlflow.ts";
import { headersOf } from "./signature.ts";
import { checkUrl } from "./url.ts";

const outside = { allowPrivate: false };

describe("the URL of a webhook", () => {
  it.each(["https://example.com/hook?x=1", "http://203.example:8080/", "https://8.8.8.8/", "https://[2606:4700::1]/"])(
    "may be %s",
    (url) => {
      expect(checkUrl(url, outside)).toBe(url);
    },
  );

  it.each([
    ["", "empty"],
    ["  ", "empty"],
    ["example.com", "Invalid webhook URL"],
    ["http://[invalid", "Invalid webhook URL"],
    ["ftp://example.com", "Invalid webhook URL scheme: 'ftp'"],
    ["file:///etc/passwd", "Invalid webhook URL scheme"],
    ["gopher://example.com", "Invalid webhook URL scheme"],
    ["https://me:secret@example.com", "contains a credential"],
    ["http://localhost/", "not an address on the public internet"],
    ["http://a.LOCALHOST./", "not an address on the public internet"],
    ["http://127.0.0.1/", "not an address on the public internet"],
    ["http://2130706433/", "not an address on the public internet"],
    ["http://169.254.169.254/latest/meta-data", "not an address on the public internet"],
    ["http://[::1]/", "not an address on the public internet"],
    ["http://[::ffff:10.0.0.1]/", "not an address on the public internet"],
    [`https://example.com/${"x".repeat(3000)}`, "longer than"],
  ])("may not be %s", (url, message) => {
    expect(() => checkUrl(url, outside)).toThrow(message);
  });

  it("may lead inside where the server says so, and still only by HTTP", () => {
    expect(checkUrl("http://127.0.0.1:9/", { allowPrivate: true })).toBe("http://127.0.0.1:9/");
    expect(() => checkUrl("file:///etc/passwd", { allowPrivate: true })).toThrow("scheme");
  });
});

describe("the events of a webhook", () => {
  it("are types of changes, whole nouns, or MLflow's names", () => {
    expect(checkEvents("cloudevents", ["model.version.created", "release.*", "release.*"])).toHaveLength(2);
    expect(checkEvents("mlflow", ["model_version.created"])).toEqual(["model_version.created"]);
    for (const event of ["*", "model", "token.created", "user.*", "run.changed", "model.*.created", "model.Version"]) {
      expect(() => checkEvents("cloudevents", [event]), event).toThrow("is not told about");
    }
    expect(() => checkEvents("mlflow", ["model.version.created"])).toThrow("is not told about");
    expect(() => checkEvents("mlflow", ["budget_policy.exceeded"])).toThrow("is not told about");
  });

  it("match themselves and what is below a star", () => {
    expect(isWanted("release.deployed", ["release.*"])).toBe(true);
    expect(isWanted("releases.deployed", ["release.*"])).toBe(false);
    expect(isWanted("model.version.created", ["model.version"])).toBe(false);
  });

  it("have an example each in MLflow's form", () => {
    const examples = Object.fromEntries(mlflowEvents.map((event) => [event, mlflowExample(event).data]));
    expect(examples["model_version_tag.set"]).toEqual({
      ...{ name: "example_model", version: "1", key: "example_key", value: "example_value" },
    });
    expect(examples["prompt_tag.deleted"]).toEqual({ name: "example_prompt", key: "example_key" });
    expect(examples["prompt_alias.created"]).toEqual({ name: "example_prompt", alias: "example_alias", version: "1" });
    expect(examples["model_version.created"]).toEqual({
      ...{ name: "example_model", version: "1", source: "models:/123", run_id: "abcd1234abcd5678" },
      ...{ tags: { example_key: "example_value" }, description: "An example model version" },
    });
  });
});

describe("a signature", () => {
  const at = 1_700_000_000_123;
  const content = (key: Buffer) => `v1,${createHmac("sha256", key).update('id-1.1700000000.{"a":1}').digest("base64")}`;

  it("is MLflow's under MLflow's names", () => {
    const headers = headersOf("mlflow", { id: "id-1", at, body: '{"a":1}', secret: "whsec_c2VjcmV0" });
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "x-mlflow-delivery-id": "id-1",
      "x-mlflow-timestamp": "1700000000",
      "x-mlflow-signature": content(Buffer.from("whsec_c2VjcmV0")),
    });
  });

  it("is that of Standard Webhooks otherwise, and absent without a secret", () => {
    const headers = headersOf("cloudevents", { id: "id-1", at, body: '{"a":1}', secret: "whsec_c2VjcmV0" });
    expect(headers["webhook-signature"]).toBe(content(Buffer.from("secret")));
    expect(headersOf("cloudevents", { id: "id-1", at, body: "", secret: null })["webhook-signature"]).toBeUndefined();
  });
});

it("waits longer after each attempt, and never for ever", () => {
  const waits = Array.from({ length: mostAttempts - 1 }, (_, index) => waitAfter(index + 1, () => 0.5));
  expect(waits.slice(0, 3)).toEqual([10_000, 30_000, 90_000]);
  expect(Math.max(...waits)).toBe(6 * 60 * 60 * 1000);
  expect([waitAfter(1, () => 0), waitAfter(1, () => 1)]).toEqual([8000, 12_000]);
});
