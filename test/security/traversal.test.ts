import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/app.ts";
import { api, files, openTarget, refusals, type Target } from "./tracking.fixture.ts";

const target = "etc/passwd";
/** CVE-2023-1177, -2356, -2780, -3765, -6831, -6909, -6975, -6977, -30172, CVE-2024-1560, -1593, -2928 and their kin. */
const leaving = [
  `../../../../${target}`,
  `/${target}`,
  `//${target}`,
  `a/../../../../${target}`,
  `..\\..\\..\\${target}`,
  `\\..\\..\\${target}`,
  `\\\\host\\share`,
  "C:\\Windows\\win.ini",
  "C:/Windows/win.ini",
  `%2e%2e%2f%2e%2e%2f${target}`,
  `%2E%2E/%2E%2E/${target}`,
  `..%2f..%2f${target}`,
  `..%5c..%5c${target}`,
  `%252E%252E%252F%252E%252E%252F${target}`,
  `%25252e%25252e%25252f${target}`,
  `..%c0%af..%c0%af${target}`,
  `..;/..;/${target}`,
  `a%00/../${target}`,
  `file:///${target}`,
  "../../../credentials.json",
  "%2e%2e/%2e%2e/server.log",
  "..",
  "%2e%2e",
  "./../x",
  `....//....//${target}`,
  `?/../../../${target}`,
  `#/../../../${target}`,
];

describe.each(databases)("paths of artifacts on %s", (database) => {
  let server: Target;
  let before: string[];
  beforeAll(async () => {
    server = await openTarget(database, { loops: true });
    await server.call("POST", `${api}/registered-models/create`, { name: "m" });
    const version = { name: "m", source: `runs:/${server.run}/`, run_id: server.run };
    await server.call("POST", `${api}/model-versions/create`, version);
    const kept = await server.send("/model-versions/get-artifact?name=m&version=1&path=kept.txt");
    expect([kept.status, kept.body]).toEqual([200, "kept"]);
    before = await server.homeFiles();
  });
  afterAll(() => server.app.stop());

  const listed = async (): Promise<string[]> => {
    const { body } = await server.send(`${api}/artifacts/list?run_id=${server.run}`);
    return JSON.parse(body).files.map((file: { path: string }) => file.path);
  };

  /** Every way to name a file: in the path of the URL as it is, and as a parameter, escaped once. */
  const ways = (path: string): [method: string, url: string][] => {
    const base = `${files}/${server.experiment}/${server.run}/artifacts/`;
    const escaped = encodeURIComponent(path);
    const inPath = [path, escaped].map((tail) => tail.replace(/[\\#?\0]/g, encodeURIComponent));
    return [
      ...inPath.flatMap((tail): [string, string][] => [
        ["GET", base + tail],
        ["DELETE", base + tail],
        ["PUT", base + tail],
        ["GET", `${files}/${tail}`],
        ["DELETE", `${files}/${tail}`],
        ["PUT", `${files}/${tail}`],
      ]),
      ["GET", `${files}?path=${escaped}`],
      ["GET", `${files}?path=${encodeURIComponent(`${server.experiment}/${server.run}/artifacts/${path}`)}`],
      ["GET", `${api}/artifacts/list?run_id=${server.run}&path=${escaped}`],
      ["GET", `/get-artifact?run_uuid=${server.run}&path=${escaped}`],
      ["GET", `/w/default/get-artifact?run_id=${server.run}&path=${escaped}`],
      ["POST", `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${server.run}&path=${escaped}`],
      ["GET", `/model-versions/get-artifact?name=m&version=1&path=${escaped}`],
      ["GET", `${files}/models/m/1/${escaped}`],
    ];
  };

  it.each(leaving)("leave nothing behind, read nothing and delete nothing: %s", async (path) => {
    for (const [method, url] of ways(path)) {
      const body = method === "PUT" || method === "POST" ? "overwritten" : undefined;
      const answer = await server.send(url, { method, body });
      const what = `${method} ${url} → ${answer.status} ${answer.body.slice(0, 200)}`;
      expect(answer.status, what).toBeLessThan(502);
      expect(answer.status, what).not.toBe(500);
      expect(answer.body, what).not.toMatch(/root:|daemon:|\[fonts\]|secret/);
      if (method === "GET" && answer.status !== 200) expect(refusals, what).toContain(answer.status);
      // Some of these are names of files, odd ones: such a file is what was uploaded here, or it is in a list.
      if (method === "GET" && answer.status === 200) expect(answer.body, what).toMatch(/^(overwritten|\{.*\})$/);
    }
    const names = await listed();
    expect(names).toContain("kept.txt");
    expect(names.filter((name) => !isInside(name))).toEqual([]);
    const kept = await server.send(`${files}/${server.experiment}/${server.run}/artifacts/kept.txt`);
    expect(kept.body).toBe("kept");
    expect(await server.homeFiles()).toEqual(before);
  });
});

/** CVE-2023-6020, CVE-2023-6021, CVE-2024-7340. */
describe("pages and their files", () => {
  it("come from no other folder, however they are named", async () => {
    const server = await openTarget("sqlite");
    await writeFile(join(server.app.ctx.config.home, "credentials.json"), "daemon: the token");
    for (const path of leaving) {
      const escaped = path.replace(/[\\#?\0]/g, encodeURIComponent);
      for (const base of ["", "assets/", "static/", "api/v1/../../"]) {
        const answer = await server.raw(`/${base}${escaped}`);
        expect(answer.status, path).not.toBe(500);
        expect(answer.body, path).not.toMatch(/root:|daemon:/);
      }
    }
    await server.app.stop();
  });
});

/** Whether a name stays in its folder on any system, however often it is decoded on the way. */
function isInside(name: string): boolean {
  let decoded = name;
  for (let times = 0; times < 6; times++) {
    if (/^([/\\]|[a-z]:)/i.test(decoded) || decoded.split(/[/\\]/).includes("..")) return false;
    decoded = decodedOnce(decoded);
  }
  return true;
}

function decodedOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
