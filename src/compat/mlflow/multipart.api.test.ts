import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";

interface Credential {
  url: string;
  part_number: number;
  headers: Record<string, string>;
}

describe.each(databases)("uploads in parts on %s", (database) => {
  let app: TestApp;
  let token: string;
  let run: string;
  const base = "http://localhost/api/2.0";

  async function call(method: string, path: string, body?: object) {
    const init = { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/json" } : {}) };
    const response = await app.fetch(base + path, { method, headers: init, body: body && JSON.stringify(body) });
    const text = await response.text();
    return {
      status: response.status,
      text,
      json: /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : null,
    };
  }
  const send = (part: Credential, text: string, headers = part.headers) =>
    app.fetch(part.url, {
      method: "PUT",
      headers: { "content-type": "application/octet-stream", ...headers },
      body: text,
    });

  /** What the client says: its own path of the file, and the folder it goes to. */
  const step = (name: string, body: object) =>
    call("POST", `/mlflow-artifacts/mpu/${name}/0/${run}/artifacts/big`, { path: "/home/ada/weights.bin", ...body });
  const start = async (parts: number): Promise<{ upload_id: string; credentials: Credential[] }> =>
    (await step("create", { num_parts: parts })).json;
  const stored = () => call("GET", `/mlflow-artifacts/artifacts/0/${run}/artifacts/big/weights.bin`);

  beforeAll(async () => {
    app = await createTestApp({ database });
    token = await app.tokenOf("owner");
    run = (await call("POST", "/mlflow/runs/create", {})).json.run.info.run_id;
  });
  afterAll(() => app.stop());

  it("puts the parts together in their order, whatever order they come in, the last of each counting", async () => {
    const { upload_id, credentials } = await start(3);
    const [one, two, three] = credentials as [Credential, Credential, Credential];
    await send(three, "three");
    await send(one, "wrong");
    await send(two, "two-");
    const answer = await send(one, "one-");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("etag")).toMatch(/^"[0-9a-f]{64}"$/);
    expect((await step("complete", { upload_id, parts: [] })).status).toBe(200);
    expect((await stored()).text).toBe("one-two-three");
    expect((await step("complete", { upload_id })).status).toBe(404);
  });

  it("says which part is missing, and goes on when it has come", async () => {
    const { upload_id, credentials } = await start(2);
    await send(credentials[1]!, "b");
    const early = await step("complete", { upload_id });
    expect(early.status).toBe(400);
    expect(early.json.message).toContain("Part 1 of 2 has not arrived.");
    await send(credentials[0]!, "a");
    expect((await step("complete", { upload_id })).status).toBe(200);
    expect((await stored()).text).toBe("ab");
  });

  it("takes parts from nobody but the one it told the secret", async () => {
    const [mine, other] = [await start(1), await start(1)];
    const part = mine.credentials[0]!;
    expect((await send(part, "x", {})).status).toBe(401);
    expect((await send(part, "x", { authorization: `Bearer ${token}` })).status).toBe(401);
    expect((await send(part, "x", other.credentials[0]!.headers)).status).toBe(401);
    const beyond = { ...part, url: part.url.replace(/\/1$/, "/2") };
    expect((await send(beyond, "x")).status).toBe(400);
    const elsewhere = `/mlflow-artifacts/mpu/complete/0/${run}/artifacts/other`;
    const { status } = await call("POST", elsewhere, { path: "weights.bin", upload_id: mine.upload_id });
    expect(status).toBe(404);
  });

  it("keeps nothing of an upload that is aborted", async () => {
    const { upload_id, credentials } = await start(1);
    expect((await step("abort", { upload_id })).status).toBe(200);
    expect((await send(credentials[0]!, "late")).status).toBe(401);
  });

  it.each([0, 10_001, "many"])("refuses %s parts", async (parts) => {
    expect((await step("create", { num_parts: parts })).status).toBe(400);
  });
});
