// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of an agent
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { stringify } from "yaml";
import { makeWheel, type PackageIndex, serveIndex } from "../../../test/support/package-index.ts";
import { makeUv, uvFolder } from "../../../test/support/python.ts";
import { sha256 } from "../../platform/digest.ts";
import { NetworkFailed } from "../failure.ts";
import { maskOf } from "../mask.ts";
import { openEnvironments } from "./environments.ts";

const makesEnvironments = spawnSync("python3", ["-c", "import venv, ensurepip"]).status === 0;

/** What uv puts into every environment; here nothing of it is needed. */
const seeds = ["pip", "setuptools", "wheel"].map((name) => makeWheel(name, "99.0"));
const shared = makeWheel("tiny_shared", "1.0", "answer = 42");
const local = makeWheel("tiny_local", "2.0", "answer = 43");
const password = "hunter2-of-the-index";

describe.skipIf(!makesEnvironments)("environments of packages", () => {
  let home: string;
  let open: PackageIndex;
  let closed: PackageIndex;
  const lines: string[] = [];
  const trees: Record<string, Record<string, string | Buffer>> = {};
  const making = {
    onLine: (line: string) => void lines.push(line),
    signal: new AbortController().signal,
    async layOut(tree: string, folder: string) {
      for (const [path, content] of Object.entries(trees[tree]!)) await writeFile(join(folder, path), content);
    },
  };
  const agent = (name = "first") => openEnvironments({ home: join(home, name), marker: "A=b" });
  type Wanted = Parameters<ReturnType<typeof agent>["resolve"]>[0];
  const resolve = (wanted: Wanted) => agent().resolve(wanted, { ...making, recorded: async () => null });
  const conda = (...pip: string[]) => stringify({ dependencies: ["python", { pip }] });
  const answerIn = (folder: string, module: string) => {
    const code = `import ${module}; print(${module}.answer)`;
    return Number(execFileSync(join(folder, "bin", "python"), ["-c", code], { encoding: "utf8" }));
  };

  beforeAll(async () => {
    await makeUv();
    home = await mkdtemp(join(tmpdir(), "trainyard-environments-"));
    for (const name of ["first", "second", "third"]) await mkdir(join(home, name));
    open = await serveIndex([...seeds, makeWheel("tiny_shared", "0.1", "answer = 0")]);
    closed = await serveIndex([shared], `ada:${password}`);
    await writeFile(join(home, "netrc"), `machine 127.0.0.1 login ada password ${password}\n`, { mode: 0o600 });
  }, 120_000);
  beforeEach(() => {
    lines.length = 0;
    for (const name of Object.keys(process.env)) if (/^(PIP|UV)_/.test(name)) vi.stubEnv(name, undefined);
    vi.stubEnv("PATH", `${uvFolder}${delimiter}${process.env.PATH}`);
    vi.stubEnv("UV_HTTP_RETRIES", "0");
    vi.stubEnv("UV_CACHE_DIR", join(home, "cache"));
    vi.stubEnv("PIP_INDEX_URL", open.url);
    vi.stubEnv("NETRC", join(home, "netrc"));
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(async () => {
    await Promise.all([open.stop(), closed.stop()]);
    await rm(home, { recursive: true, force: true });
  });

  it("come from a private index before the public one, and an agent that has only the lock builds the same", async () => {
    const { lock, platform } = await resolve({ condaFile: conda(`--extra-index-url ${closed.url}`, "tiny-shared") });
    expect(lock).toBe(`--extra-index-url ${closed.url}\ntiny-shared==1.0 --hash=sha256:${sha256(shared.content)}\n`);
    vi.stubEnv("UV_CACHE_DIR", join(home, "other-cache"));
    expect(answerIn(await agent("second").ensure({ lock, platform }, making), "tiny_shared")).toBe(42);
    expect([lock, ...lines].join("\n")).not.toContain(password);
  });

  it("are of what was locked: a file that was put in its place is refused", async () => {
    const { lock, platform } = await resolve({ condaFile: conda(`--index-url ${closed.url}`, "tiny-shared") });
    vi.stubEnv("UV_CACHE_DIR", join(home, "cache-of-the-third"));
    closed.wheels.set(shared.file, makeWheel("tiny_shared", "1.0", "answer = 666").content);
    await expect(agent("third").ensure({ lock, platform }, making)).rejects.toThrow(/hash mismatch/i);
    closed.wheels.set(shared.file, shared.content);
  });

  it("take passwords from variables that the URL names, and show none", async () => {
    vi.stubEnv("NETRC", join(home, "no-such-file"));
    vi.stubEnv("UV_CACHE_DIR", join(home, "cache-of-variables"));
    vi.stubEnv("UV_TEST_PASSWORD", password);
    const url = `http://ada:\${UV_TEST_PASSWORD}@${closed.host}/simple`;
    const { lock } = await resolve({ condaFile: conda(`--index-url ${url}`, "tiny-shared==1.0") });
    expect(lock).toContain(`--index-url ${url}\n`);
    vi.stubEnv("UV_TEST_PASSWORD", "wrong-password");
    vi.stubEnv("UV_CACHE_DIR", join(home, "cache-of-a-wrong-one"));
    const failing = resolve({ condaFile: conda(`--index-url ${url}`, "tiny-shared>=1.0") });
    const message = await failing.then(String, (error: Error) => error.message);
    const mask = maskOf({ token: "token", payload: null, secrets: {} });
    expect(mask([message, ...lines].join("\n"))).not.toMatch(/wrong-password|hunter2/);
    expect(message).toMatch(/tiny-shared/);
  });

  it("have wheels and constraints that came with them, by content", async () => {
    const files = "f".repeat(64);
    trees[files] = { [local.file]: local.content, "constraints.txt": "tiny-shared<1.0\n" };
    const page = `${closed.url}/tiny-shared/`;
    const condaFile = conda("-c ./constraints.txt", `./${local.file}`, "tiny-shared", `--find-links ${page}`);
    const { lock, platform } = await resolve({ condaFile, files });
    expect(lock.split("\n")).toEqual([
      `# files ${files}`,
      `--find-links ${page}`,
      `./${local.file} --hash=sha256:${sha256(local.content)}`,
      expect.stringMatching(/^tiny-shared==0\.1 --hash=sha256:/),
      "",
    ]);
    const folder = await agent("second").ensure({ lock, platform }, making);
    expect([answerIn(folder, "tiny_local"), answerIn(folder, "tiny_shared")]).toEqual([43, 0]);
  });

  it("are those of a project of uv, as it is locked", async () => {
    const project = join(home, "project");
    await mkdir(project);
    const about = { name: "mine", version: "1", "requires-python": ">=3.10", dependencies: '["tiny-shared"]' };
    const fields = Object.entries(about).map(
      ([name, value]) => `${name} = ${value.startsWith("[") ? value : `"${value}"`}`,
    );
    const index = `[[tool.uv.index]]\nname = "team"\nurl = "${closed.url}"\ndefault = true\n`;
    await writeFile(join(project, "pyproject.toml"), `[project]\n${fields.join("\n")}\n\n${index}`);
    // This process answers for the index.
    await promisify(execFile)(join(uvFolder, "uv"), ["lock", "--quiet"], { cwd: project });
    const uvProject = "e".repeat(64);
    const read = (name: string) => readFile(join(project, name));
    trees[uvProject] = { "pyproject.toml": await read("pyproject.toml"), "uv.lock": await read("uv.lock") };
    const { lock, platform } = await resolve({ condaFile: null, uvProject });
    expect(lock).toBe(`# files ${uvProject}\n# project of uv\ntiny-shared==1.0\n`);
    expect(answerIn(await agent("second").ensure({ lock, platform }, making), "tiny_shared")).toBe(42);
  });

  it("are apart for each version of Python, also where the same packages are locked", async () => {
    const programs = join(home, "programs");
    await mkdir(programs);
    for (const version of ["3.97", "3.98"]) {
      const answer = `case "$*" in *platform.machine*) echo "$0" ${version} linux riscv; exit;; esac`;
      const stub = `#!/bin/sh\n${answer}\nexec python3 "$@"\n`;
      await writeFile(join(programs, `python${version}`), stub, { mode: 0o755 });
    }
    vi.stubEnv("PATH", `${programs}${delimiter}${process.env.PATH}`);
    const asking = (version: string) => stringify({ dependencies: [`python=${version}`, { pip: ["tiny-shared"] }] });
    const [one, other] = [await resolve({ condaFile: asking("3.97") }), await resolve({ condaFile: asking("3.98") })];
    expect([one.platform, other.platform]).toEqual(["linux-riscv-cp397", "linux-riscv-cp398"]);
    expect(other.lock).toBe(one.lock);
    const folders = await Promise.all([one, other].map((lock) => agent().ensure(lock, making)));
    expect(new Set(folders).size).toBe(2);
    const elsewhere = agent("second").ensure({ ...one, platform: "linux-riscv-cp396" }, making);
    await expect(elsewhere).rejects.toThrow(/was resolved for linux-riscv-cp396, and this agent has a Python for/);
  });

  it("fail by the network's fault when the index does not answer, and by the user's when it has no such package", async () => {
    vi.stubEnv("UV_CACHE_DIR", join(home, "cache-of-failures"));
    open.failNext(1);
    await expect(resolve({ condaFile: conda("tiny-shared==0.1") })).rejects.toThrow(NetworkFailed);
    await expect(resolve({ condaFile: conda("tiny-nothing") })).rejects.not.toThrow(NetworkFailed);
    const nowhere = "--index-url http://127.0.0.1:9/simple";
    await expect(resolve({ condaFile: conda(nowhere, "tiny-shared") })).rejects.toThrow(NetworkFailed);
  });
});
