// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { mayMount } from "../../test/support/mount.ts";
import { definition, step } from "../features/job/job.fixture.ts";
import { sleep } from "../platform/clock.ts";
import { sha256 } from "../platform/digest.ts";
import { type AgentBench, startAgentBench } from "./agent.fixture.ts";

const whole = new TextEncoder().encode("whole\n");
const wholeDigest = sha256(whole);
const makesEnvironments = spawnSync("python3", ["-c", "import venv, ensurepip"]).status === 0;
const folder = { o: { type: "uri_folder" as const } };
const file = { o: { type: "uri_file" as const } };

/** Steps that do what they should not: each ends in a state that is clear, and leaves nothing behind. */
describe("a step that misbehaves", () => {
  let bench: AgentBench;
  beforeAll(async () => {
    bench = await startAgentBench({ database: "sqlite" });
  });
  afterAll(async () => {
    await vi.waitFor(async () => expect(await readdir(join(bench.home, "work"))).toEqual([]), 10_000);
    expect(await bench.stop(), "processes left over").toBe(0);
  });
  const errorOf = async (command: string, more: Parameters<AgentBench["run"]>[1] = {}) => {
    const job = await bench.run(command, more);
    expect(job.state).toBe("failed");
    return job.error;
  };

  it("finds no interpreter", async () => {
    const job = await bench.run("no-such-interpreter train.R");
    expect(job.error).toBe(
      "one: The command ended with exit code 127. The shell did not find a program: is its interpreter there, and on the PATH?",
    );
    expect((await bench.logOf(job))[0]).toMatch(/^stderr: .*no-such-interpreter/);
  });

  it("is given a NUL, which no program can be: the job is wrong, and not the machine", async () => {
    const x = { type: "string" as const, binding: { from: "literal" as const, value: "a\0b" } };
    const inputs = { inputs: { x }, maxRetries: 2 };
    expect(await errorOf("echo ${{inputs.x}}", inputs)).toBe(
      "one: The command has a NUL in it, with its inputs filled in.",
    );
    const job = await bench.run("echo", { ...inputs, environmentVariables: { X: "${{inputs.x}}" } });
    expect(job.error).toBe("one: The environment variable X has a NUL in it.");
    expect(job.steps[0]!.attempt).toBe(1);
  });

  it("writes to a full disk, or a larger file than it may", async () => {
    const full = await bench.run("echo x > /dev/full");
    expect(full.error).toMatch(/exit code 1/);
    expect((await bench.logOf(full))[0]).toMatch(/No space left on device/i);
    expect(await errorOf("ulimit -f 10; head -c 1000000 /dev/zero > large")).toMatch(/larger than allowed/);
  });

  it.skipIf(!makesEnvironments)("needs packages that are not to be had", async () => {
    const nowhere = {
      PIP_INDEX_URL: "http://127.0.0.1:9/simple",
      PIP_RETRIES: "0",
      UV_INDEX_URL: "http://127.0.0.1:9",
    };
    Object.assign(process.env, nowhere);
    const condaFile = "dependencies: [python, {pip: [no-such-package-of-anybody]}]";
    const error = await errorOf("true", { environment: { name: null, condaFile, image: null } });
    for (const name of Object.keys(nowhere)) delete process.env[name];
    expect(error).toMatch(/The environment could not be built/);
    expect(error).toMatch(/no-such-package-of-anybody|127\.0\.0\.1/);
  });

  it("prints a gigabyte: its memory and what is stored are bounded, and the server answers", async () => {
    const line = "x".repeat(199);
    const before = process.memoryUsage.rss();
    const printing = bench.run(`yes ${line} | head -c 1000000000; echo the end`);
    let slowest = 0;
    let most = 0;
    let ended = false;
    const watching = (async () => {
      while (!ended) {
        const asked = performance.now();
        await bench.client.system.health({});
        slowest = Math.max(slowest, performance.now() - asked);
        most = Math.max(most, process.memoryUsage.rss());
        await sleep(50);
      }
    })();
    const job = await printing;
    ended = true;
    await watching;
    expect(job.state).toBe("succeeded");
    expect(slowest).toBeLessThan(5000);
    expect((most - before) / 2 ** 20).toBeLessThan(700);
    const rows = await bench.app.ctx.db.selectFrom("step_log").select(["lines"]).execute();
    expect(rows.reduce((sum, { lines }) => sum + lines.length, 0)).toBeLessThan(64 * 2 ** 20);
    const texts = rows.flatMap(({ lines }) => (JSON.parse(lines) as { text: string }[]).map(({ text }) => text));
    expect(texts.some((text) => /^\d{7} lines were left out here/.test(text))).toBe(true);
    expect(texts).toContain("the end");
  }, 180_000);

  it("prints blank lines without end: they count too", async () => {
    const job = await bench.run("yes '' | head -n 1000000; echo the end");
    expect(job.state).toBe("succeeded");
    const { lines } = await bench.client.job.logs({
      params: { workspace: "default", id: job.id, step: "one" },
      query: { tail: 5000 },
    });
    const texts = lines.map(({ text }) => text);
    expect(texts.at(-1)).toBe("the end");
    expect(texts.some((text) => /^4\d{5} lines were left out here/.test(text))).toBe(true);
  }, 60_000);

  it("has the longest name that there may be", async () => {
    const name = "n".repeat(255);
    const { id } = await bench.jobs.submit(definition({ [name]: step("echo ran", { deterministic: false }) }));
    const job = await bench.jobs.ended(id);
    expect(job).toMatchObject({ state: "succeeded", error: null });
  });

  it("prints what is no text, and no end of line", async () => {
    const job = await bench.run("printf 'caf\\351 \\000 \\377'; head -c 200000 /dev/zero | tr '\\0' 'e' >&2");
    expect(job.state).toBe("succeeded");
    const log = await bench.logOf(job);
    expect(log.filter((text) => text.startsWith("stdout"))).toEqual(["stdout: caf\ufffd \u0000 \ufffd"]);
    const errors = log.filter((text) => text.startsWith("stderr")).map((text) => text.length - "stderr: ".length);
    expect(errors.reduce((sum, length) => sum + length, 0)).toBe(200_000);
  });

  it("prints its secrets, and fails over them", async () => {
    const command =
      "echo $DB_PASSWORD; echo $TRAINYARD_TOKEN; echo see https://ada:$DB_PASSWORD@example.org >&2; exit 3";
    const job = await bench.run(command, { environmentVariables: { DB_PASSWORD: "hunter22" } });
    expect(job.state).toBe("failed");
    expect((await bench.logOf(job)).slice(0, 3).sort()).toEqual([
      "stderr: see https://***@example.org",
      ...["stdout: ***", "stdout: ***"],
    ]);
  });

  it("writes into its home and its temporary folder, which go with it", async () => {
    const job = await bench.run("echo $HOME; echo $TMPDIR; echo x > $HOME/.cache; mktemp; chmod 000 $HOME $TMPDIR");
    expect(job.state).toBe("succeeded");
    const paths = (await bench.logOf(job)).map((line) => line.slice("stdout: ".length));
    expect(paths.every((path) => path.startsWith(join(bench.home, "work")))).toBe(true);
    await expect.poll(() => paths.some((path) => existsSync(path))).toBe(false);
  });

  it("deletes its working folder", async () => {
    const job = await bench.run('rm -rf "$PWD"; echo on');
    expect(job).toMatchObject({ state: "succeeded", error: null });
    expect(await errorOf('cd /; rm -rf "$(dirname "$HOME")"', { outputs: folder })).toMatch(
      /removed the folder of its/,
    );
  });

  it("leaves a pipe in place of an output", async () => {
    expect(await errorOf("mkfifo ${{outputs.o}}", { outputs: file })).toContain('"o" is a named pipe');
    expect(await errorOf("mkfifo ${{outputs.o}}/p", { outputs: folder })).toContain('"p" is a named pipe');
  });

  it.skipIf(process.getuid?.() !== 0)("leaves a device in place of an output, which only root can make", async () => {
    expect(await errorOf("mknod ${{outputs.o}}/d c 1 5", { outputs: folder })).toContain('"d" is a device');
  });

  it("puts a link to a folder of the machine in place of what it leaves: nothing of it is stored", async () => {
    const secrets = await mkdtemp(join(tmpdir(), "trainyard-secrets-"));
    await mkdir(join(secrets, "o"));
    await writeFile(join(secrets, "o", "key"), "secret");
    const replaced = /removed the folder of its output/;
    expect(await errorOf(`rmdir \${{outputs.o}}; ln -s ${secrets} \${{outputs.o}}`, { outputs: folder })).toMatch(
      replaced,
    );
    expect(await errorOf(`rm -r ../outputs; ln -s ${secrets} ../outputs`, { outputs: folder })).toMatch(replaced);
    expect(await errorOf(`ln -s ${secrets}/o/key \${{outputs.o}}/f`, { outputs: folder })).toMatch(/symbolic link/);
    const artifacts = { outputs: { artifacts: { type: "uri_folder" as const } } };
    for (const command of [
      `rm -r outputs; ln -s ${secrets}/o outputs`,
      `cd ..; rm -r code; ln -s ${secrets} code; mkdir -p ${secrets}/logs; echo y > ${secrets}/logs/key`,
      `echo x > outputs/key; ln -s ${secrets}/o ../outputs/artifacts/outputs`,
    ]) {
      const job = await bench.run(command, artifacts);
      expect(job).toMatchObject({ state: "succeeded", error: null });
      const base = `${bench.controlUrl}/w/default/api/2.0/mlflow/artifacts/list?run_id=${job.steps[0]!.runId}`;
      const headers = { authorization: `Bearer ${await bench.app.tokenOf("owner")}` };
      const kept = JSON.stringify(await (await fetch(base, { headers })).json());
      expect(kept).not.toContain('key"');
    }
    expect(await readFile(join(secrets, "o", "key"), "utf8")).toBe("secret");
    await rm(secrets, { recursive: true });
  });

  it("names its outputs oddly", async () => {
    const odd =
      "touch ${{outputs.o}}/..é ${{outputs.o}}/...; mkdir '${{outputs.o}}/ '; touch '${{outputs.o}}/ /*' -- '${{outputs.o}}/-x'";
    const job = await bench.run(odd, { outputs: folder });
    expect(job).toMatchObject({ state: "succeeded", steps: [{ outputs: { o: { files: 4 } } }] });
    expect(await errorOf("touch ${{outputs.o}}/$'two\\nlines'", { outputs: folder })).toMatch(/two\\nlines.*cannot/);
    expect(await errorOf("touch ${{outputs.o}}/$'\\xff\\xfe'", { outputs: folder })).toMatch(/is not UTF-8/);
    expect(await bench.run("touch outputs/$'\\xff'")).toMatchObject({ state: "succeeded" });
  });

  it("names what it leaves so deep that no path leads there", async () => {
    const deep = "n=$(printf 'd%.0s' $(seq 200)); for i in $(seq 30); do mkdir $n; cd -P $n; done; : > f";
    const error = await errorOf(`cd \${{outputs.o}}; ${deep}`, { outputs: folder });
    expect(error).toMatch(/The path "d+…" is longer than 1024 characters\. Use shorter names/);
    expect(await errorOf(`cd outputs; ${deep}`, { outputs: { artifacts: { type: "uri_folder" } } })).toMatch(
      /The output "artifacts" cannot be stored: a path below the folder outputs or logs is too long/,
    );
    const job = await bench.run(`cd outputs; ${deep}`);
    expect(job.state).toBe("succeeded");
    expect(await bench.logOf(job)).toEqual([expect.stringContaining("Nothing is kept with the run")]);
  });

  it("leaves among its artifacts what is no content", async () => {
    const command =
      "cd outputs; mkfifo pipe; ln -s . self; ln -s /etc/passwd link; touch $'two\\nlines' $'\\xff'; truncate -s 1T hole; echo kept > kept";
    const job = await bench.run(command, { outputs: { artifacts: { type: "uri_folder" } } });
    expect(job.error).toMatch(/two\\nlines.*cannot be stored/);
    const renamed = await bench.run(`${command}; rm two*`, { outputs: { artifacts: { type: "uri_folder" } } });
    expect(renamed).toMatchObject({ state: "succeeded", steps: [{ outputs: { artifacts: { files: 1 } } }] });
    expect((await bench.logOf(renamed)).join("\n")).toContain("hole is not kept with the run: it says that it has");
  });

  it("mounts a folder into its own: what is in there stays", async () => {
    const data = await mkdtemp(join(tmpdir(), "trainyard-data-"));
    await writeFile(join(data, "precious"), "data");
    const job = await bench.run(`mkdir m && mount --bind ${data} m`);
    expect(job.state, job.error ?? "").toBe(mayMount ? "succeeded" : "failed");
    await expect.poll(() => readdir(join(bench.home, "work"))).toEqual([]);
    expect(await readFile(join(data, "precious"), "utf8")).toBe("data");
    await rm(data, { recursive: true });
  });

  it("leaves a file of ten gigabytes that is one hole", async () => {
    const started = Date.now();
    const error = await errorOf("truncate -s 10G ${{outputs.o}}/sparse", { outputs: folder });
    expect(error).toContain('The output "sparse" says that it has 10737418240 bytes, but only 0 were ever written.');
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  it("ends well and leaves no output", async () => {
    expect(await errorOf("true", { outputs: file })).toContain('wrote no file to its output "o"');
  });

  it("takes more memory than it asked for", async () => {
    const error = await errorOf("x=x; while true; do x=$x$x$x; done", { resources: { memoryMb: 64 } });
    expect(error).toMatch(/^one: The step took \d+ MB of memory; it asked for 64 MB\.$/);
  });

  it("never ends, and is deaf", async () => {
    const error = await errorOf("trap '' TERM INT HUP; while true; do sleep 1; done", { timeoutSeconds: 1 });
    expect(error).toBe("one: The step did not end within its 1 seconds.");
  });

  it("changes an input through its link, by whatever way: no other step ever reads that", async () => {
    const params = { workspace: "default" };
    const { size } = await bench.client.blob.put({ params: { ...params, digest: wholeDigest }, body: whole });
    const files = [{ path: "f", digest: wholeDigest, size }];
    const { digest } = await bench.client.blob.createTree({ params, body: { files } });
    const inputs = { i: { type: "uri_folder" as const, binding: { from: "tree" as const, digest } } };
    const aside = await mkdtemp(join(tmpdir(), "trainyard-aside-"));
    const cached = join(bench.home, "cache", "default", wholeDigest.slice(0, 2), wholeDigest.slice(2));
    for (const spoil of [
      "echo spoilt > f; touch -d 2000-01-01T00:00:00Z f; chmod a-w f",
      "truncate -s 0 f",
      "printf WHOLE | dd of=f conv=notrunc",
      "echo spoilt > g && mv -f g f",
      `ln f ${aside}/link`,
      `rm f; echo spoilt > ${cached}`,
    ]) {
      const job = await bench.run(`cd \${{inputs.i}} && chmod u+w . f && (${spoil}); true`, { inputs });
      expect(job.state, spoil).toBe("succeeded");
      // A link that outlives the step is no way either.
      await writeFile(join(aside, "link"), "spoilt", { flag: "r+" }).catch(() => {});
      const next = await bench.run("cat ${{inputs.i}}/f", { inputs });
      expect(await bench.logOf(next), spoil).toEqual(["stdout: whole"]);
      expect(await readFile(cached, "utf8"), spoil).toBe("whole\n");
    }
    expect(await bench.client.blob.get({ params: { ...params, digest: wholeDigest } }).then((r) => r.text())).toBe(
      "whole\n",
    );
    await rm(aside, { recursive: true });
  }, 180_000);

  it("changes an input that another step reads: that one's result is of what was stored, whoever ends first", async () => {
    const body = new TextEncoder().encode("whole for both\n");
    const files = [{ path: "f", ...(await bench.put(body)) }];
    const { digest } = await bench.client.blob.createTree({ params: { workspace: "default" }, body: { files } });
    const inputs = { i: { type: "uri_folder" as const, binding: { from: "tree" as const, digest } } };
    // So that both have links to one file.
    await bench.run("true ${{inputs.i}}", { inputs });
    const started = join(bench.home, "reader-started");
    const reader = step(`touch ${started}; sleep 1; cat \${{inputs.i}}/f`, { inputs, deterministic: false });
    const wait = `while [ ! -e ${started} ]; do sleep 0.05; done`;
    const writer = step(`cd \${{inputs.i}}; chmod u+w f; ${wait}; echo spoilt > f`, { inputs, deterministic: false });
    const { id } = await bench.jobs.submit(definition({ reader, writer }));
    expect(await bench.jobs.ended(id)).toMatchObject({ state: "succeeded", error: null });
    const log = await bench.logOf({ id }, "reader");
    expect(log.at(-1)).toBe("stdout: whole for both");
    expect(log.filter((line) => line.startsWith("stdout"))).toEqual(["stdout: spoilt", "stdout: whole for both"]);
  }, 20_000);
});
