// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, type TestApp } from "../../test/support/app.ts";
import { freePort } from "../../test/support/free-port.ts";
import type { Client } from "../contract/client.ts";
import type { JobDetail } from "../contract/job.ts";
import { definition, literal, outputOf, params, step } from "../features/job/job.fixture.ts";
import { sha256 } from "../platform/digest.ts";
import { type AgentBench, startAgentBench } from "./agent.fixture.ts";

const out = { o: { type: "uri_folder" as const } };
/** Whether it runs; what has ended and waits for nobody to ask does not. */
const alive = (pid: number): boolean => {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) Z/.test(readFileSync(file, "utf8"));
};

describe.each(databases)("an agent and its server on %s", (database) => {
  let bench: AgentBench;
  let app: TestApp;
  let client: Client;
  let jobs: AgentBench["jobs"];
  let home: string;

  beforeAll(async () => {
    bench = await startAgentBench({ database });
    ({ app, client, jobs, home } = bench);
  });
  afterAll(async () => {
    expect(await bench.stop(), "processes left over").toBe(0);
  });

  const run: AgentBench["run"] = (command, more) => bench.run(command, more);
  const logOf: AgentBench["logOf"] = (job) => bench.logOf(job);
  const fileOf = async (job: JobDetail, stepName: string, path: string) => {
    const tree = job.steps.find(({ name }) => name === stepName)!.outputs.o!.digest;
    const { files } = await client.blob.getTree({ params: { ...params, digest: tree } });
    const { digest } = files.find((file) => file.path === path)!;
    return (await client.blob.get({ params: { ...params, digest } })).text();
  };
  const pidIn = async (file: string): Promise<number> => {
    await expect.poll(() => readFile(file, "utf8").catch(() => "")).toMatch(/\d+\n/);
    return Number(await readFile(file, "utf8"));
  };

  it("runs a step that is a TypeScript file", async () => {
    const source = `const rows: number[] = [1, 2, 3];
type Share = { of: number };
const share: Share = { of: rows.length };
console.log(\`\${share.of} rows for \${process.argv[2]}\`);`;
    const body = new TextEncoder().encode(source);
    const blob = await client.blob.put({ params: { ...params, digest: sha256(body) }, body });
    const { digest } = await client.blob.createTree({ params, body: { files: [{ path: "count.ts", ...blob }] } });
    const job = await run("node count.ts ${{inputs.who}}", { code: digest, inputs: { who: literal("me") } });
    expect(await logOf(job)).toContain("stdout: 3 rows for me");
    expect(job.state).toBe("succeeded");
  });

  it("lays programs out as programs, in the code and from step to step", async () => {
    const body = new TextEncoder().encode("#!/bin/sh\necho ran $1\n");
    const blob = await client.blob.put({ params: { ...params, digest: sha256(body) }, body });
    const files = [{ path: "run.sh", executable: true as const, ...blob }];
    const { digest: code } = await client.blob.createTree({ params, body: { files } });
    const { id } = await jobs.submit(
      definition({
        build: step("./run.sh first && cp run.sh ${{outputs.o}}/tool", { code, outputs: out }),
        use: step("${{inputs.i}}/tool second", { inputs: { i: outputOf("build") } }),
      }),
    );
    const job = await jobs.ended(id);
    expect(job).toMatchObject({ state: "succeeded", error: null });
    const { lines } = await client.job.logs({ params: { ...params, id, step: "use" }, query: {} });
    expect(lines.map(({ text }) => text)).toContain("ran second");
  });

  it("runs a pipeline: code, inputs and outputs laid out, nothing of the server's environment", async () => {
    process.env.TRAINYARD_SECRET_OF_THE_SERVER = "hidden";
    const seven = { from: "input" as const, input: "seven" };
    const { id } = await jobs.submit(
      definition(
        {
          first: step("echo made by $WHO > ${{outputs.o}}/f.txt; env > ${{outputs.o}}/env", {
            outputs: out,
            environmentVariables: { WHO: "first" },
          }),
          second: step("cat $FROM/f.txt > ${{outputs.o}}/g.txt; echo ${{inputs.n}} $KEPT >> $TO/g.txt", {
            inputs: {
              i: outputOf("first"),
              n: { type: "string", binding: { from: "text", parts: [literal("no. ").binding, seven] } },
            },
            outputs: out,
            environmentVariables: { FROM: "${{inputs.i}}", TO: "${{outputs.o}}", KEPT: "${{inputs.other}}" },
          }),
        },
        { inputs: { seven: literal("7") } },
      ),
    );
    const job = await jobs.ended(id);
    delete process.env.TRAINYARD_SECRET_OF_THE_SERVER;
    expect(job.error).toBeNull();
    expect(await fileOf(job, "second", "g.txt")).toBe("made by first\nno. 7 ${{inputs.other}}\n");
    const environment = await fileOf(job, "first", "env");
    expect(environment).toContain(`MLFLOW_RUN_ID=${job.steps[0]!.runId}`);
    expect(environment).not.toContain("hidden");
    expect(environment).not.toContain(await app.tokenOf("agent"));
  });

  it("says with which code a command ended, or by which signal", async () => {
    const failed = await run("echo out; echo err >&2; exit 7");
    expect(failed).toMatchObject({
      state: "failed",
      error: "one: The command ended with exit code 7.",
      steps: [{ attempt: 1 }],
    });
    const log = await logOf(failed);
    expect(log.slice(0, -1).sort()).toEqual(["stderr: err", "stdout: out"]);
    expect(log.at(-1)).toBe("system: The command ended with exit code 7.");
    expect((await run("kill -SEGV $$")).error).toMatch(/^one: The command was ended by SIGSEGV\. It touched memory/);
  });

  it("tries again as often as the step says", async () => {
    const marks = join(home, "marks");
    const job = await run(`echo x >> ${marks}; [ $(wc -l < ${marks}) = 3 ]`, { maxRetries: 2 });
    expect(job).toMatchObject({ state: "succeeded", steps: [{ attempt: 3 }] });
  });

  it("does not try again what says that it would fail again", async () => {
    const job = await run("exit 78", { maxRetries: 3 });
    expect(job).toMatchObject({ state: "failed", steps: [{ attempt: 1 }] });
  });

  it("waits for a debugger, and goes on when one has attached", async () => {
    const port = await freePort();
    const command = "node --version; echo 'console.log(6 * 7)' > app.js; node app.js";
    const { id } = await jobs.submit(definition({ one: step(command, { deterministic: false, debug: { port } }) }));
    const targets = () => fetch(`http://127.0.0.1:${port}/json/list`).then((reply) => reply.json());
    await expect.poll(() => targets().catch(() => []), { timeout: 10_000 }).toHaveLength(1);
    await expect
      .poll(async () => (await logOf({ id })).join("\n"))
      .toContain(`system: Node waits for a debugger on 127.0.0.1:${port}`);
    const [{ webSocketDebuggerUrl }] = (await targets()) as [{ webSocketDebuggerUrl: string }];
    const debugging = new WebSocket(webSocketDebuggerUrl);
    await new Promise((resolve) => debugging.addEventListener("open", resolve));
    const say = (method: string, id = 1) => debugging.send(JSON.stringify({ id, method }));
    debugging.addEventListener("message", ({ data }) => {
      if (String(data).includes('"Debugger.paused"')) say("Debugger.resume", 3);
    });
    expect(await logOf({ id })).not.toContain("stdout: 42");
    say("Debugger.enable");
    say("Runtime.runIfWaitingForDebugger", 2);
    await expect.poll(() => logOf({ id }), { timeout: 5000 }).toContain("stdout: 42");
    debugging.close();
    expect((await jobs.ended(id)).state).toBe("succeeded");
  });

  it("misses an output file that the command did not write", async () => {
    const job = await run("true", { outputs: { model: { type: "uri_file" } } });
    expect(job.error).toBe('one: The command ended well but wrote no file to its output "model".');
    expect((await run("rm -r ${{outputs.o}}", { outputs: out })).error).toContain("removed the folder of its output");
  });

  it("names a file output by what it is", async () => {
    const job = await run("printf 'a,b\\n1,2\\n' > ${{outputs.o}}", { outputs: { o: { type: "uri_file" } } });
    expect(await fileOf(job, "one", "o.csv")).toBe("a,b\n1,2\n");
  });

  it("stores nothing that a link leads to", async () => {
    const file = await run("ln -s /etc/passwd ${{outputs.o}}/f", { outputs: out });
    expect(file.error).toContain('"f" is a symbolic link');
    const folder = await run("rmdir ${{outputs.o}}; ln -s /etc ${{outputs.o}}", { outputs: out });
    expect(folder).toMatchObject({ state: "failed", error: expect.stringContaining("removed the folder") });
    const beside = await run("rmdir ${{outputs.o}}; ln -s /etc ${{outputs.o}}", {
      outputs: { o: { type: "uri_file" } },
    });
    expect(beside.state).toBe("failed");
  });

  it("ends what a step left running, also in a session of its own", async () => {
    const file = join(home, "left");
    const job = await run(
      `setsid sh -c 'echo $$ > ${file}; exec sleep 300' & while [ ! -s ${file} ]; do sleep 0.05; done`,
    );
    expect(job.state).toBe("succeeded");
    expect(alive(await pidIn(file))).toBe(false);
  });

  it("does not wait for what hid itself", async () => {
    const file = join(home, "hidden");
    const started = Date.now();
    const hide = `env -i setsid sh -c 'echo $$ > ${file}; exec sleep 300'`;
    const job = await run(`${hide} & while [ ! -s ${file} ]; do sleep 0.05; done`);
    expect(job.state).toBe("succeeded");
    expect(Date.now() - started).toBeLessThan(20_000);
    process.kill(await pidIn(file), "SIGKILL");
  });

  it("ends a step whose time is over, also one that ignores being asked", async () => {
    const file = join(home, "stubborn");
    const command = `trap '' TERM; echo $$ > ${file}; while true; do sleep 0.1; done`;
    const job = await run(command, { timeoutSeconds: 1 });
    expect(job.error).toBe("one: The step did not end within its 1 seconds.");
    expect(alive(await pidIn(file))).toBe(false);
  });

  it("ends every process of a cancelled job", async () => {
    const file = join(home, "cancelled");
    const command = `sh -c 'echo $$ > ${file}; exec sleep 300' & sleep 300`;
    const { id } = await jobs.submit(definition({ one: step(command) }));
    const pid = await pidIn(file);
    await client.job.cancel({ params: { ...params, id }, body: { reason: "enough" } });
    expect(await jobs.ended(id)).toMatchObject({
      state: "cancelled",
      error: "enough",
      steps: [{ state: "cancelled" }],
    });
    await expect.poll(() => alive(pid), { timeout: 10_000 }).toBe(false);
  });

  it("keeps the beginning of a log that is too long, and says so", async () => {
    const job = await run("head -c 50000000 /dev/zero | tr '\\0' 'x' | fold -w 1000; echo");
    expect(job.state).toBe("succeeded");
    const rows = await app.ctx.db.selectFrom("step_log").select(["lines", "count", "first"]).execute();
    expect(rows.reduce((sum, { lines }) => sum + lines.length, 0)).toBeLessThan(48 * 1024 * 1024);
    const { lines } = await client.job.logs({ params: { ...params, id: job.id, step: "one" }, query: { limit: 1 } });
    expect(lines).toMatchObject([{ offset: 0, text: "x".repeat(1000) }]);
    const texts = rows.flatMap((row) => (JSON.parse(row.lines) as { text: string }[]).map(({ text }) => text));
    const at = texts.findIndex((text) => /^\d+ lines were left out here/.test(text));
    expect(at).toBeGreaterThan(1000);
    expect(texts.slice(at + 1).filter((text) => text.length === 1000).length).toBeGreaterThan(100);
  });

  it("keeps lines that are long, and what comes after them", async () => {
    const job = await run("head -c 25000000 /dev/zero | tr '\\0' 'y'; echo; echo the end");
    expect(job.state).toBe("succeeded");
    const log = await logOf(job);
    expect(log.at(-1)).toBe("stdout: the end");
    expect(log.reduce((sum, line) => sum + line.length - "stdout: ".length, 0)).toBe(25_000_000 + "the end".length);
  });

  it("tells a step its secrets, and keeps them out of its log", async () => {
    await client.secret.set({ params: { ...params, name: "door" }, body: { value: "open sesame" } });
    const job = await run('echo "$DOOR"; echo "$DOOR" >&2; exit 3', { secrets: { DOOR: "door" } });
    expect(await logOf(job)).toEqual(["stdout: ***", "stderr: ***", expect.stringMatching(/^system: .*3/s)]);
    const told = await run("[ \"$DOOR\" = 'open sesame' ]", { secrets: { DOOR: "door" } });
    expect(told.state).toBe("succeeded");
  });

  it("keeps the token of a step out of its log", async () => {
    const job = await run("echo token $TRAINYARD_TOKEN");
    expect(await logOf(job)).toEqual(["stdout: token ***"]);
  });

  it("gives the next step what was stored, whatever this one did to its input", async () => {
    const spoil = "chmod +w ${{inputs.i}}/f; echo spoilt > ${{inputs.i}}/f; true";
    const { id } = await jobs.submit(
      definition({
        made: step("echo whole > ${{outputs.o}}/f", { outputs: out }),
        read: step("cat ${{inputs.i}}/f", { inputs: { i: outputOf("made") } }),
        spoil: step(spoil, { inputs: { i: outputOf("made") }, deterministic: false }),
      }),
    );
    expect((await jobs.ended(id)).state).toBe("succeeded");
    const after = await jobs.submit(
      definition({
        made: step("echo whole > ${{outputs.o}}/f", { outputs: out }),
        one: step("cat ${{inputs.i}}/f; echo again", { inputs: { i: outputOf("made") } }),
      }),
    );
    expect((await jobs.ended(after.id)).state).toBe("succeeded");
    expect(await logOf(after)).toEqual(["stdout: whole", "stdout: again"]);
  });

  it("leaves an image that it cannot run to others, and the job says so", async () => {
    const environment = { name: null, condaFile: null, image: "debian" };
    const { id } = await jobs.submit(definition({ one: step("x", { environment }) }));
    const said = "no agent of the compute container has podman or docker that works";
    await jobs.until(id, (job) => job.steps.some(({ waitsFor }) => waitsFor === said));
    await client.job.cancel({ params: { ...params, id }, body: { reason: "" } });
    expect((await jobs.ended(id)).state).toBe("cancelled");
  });

  it("runs as many steps at once as it has slots", async () => {
    const file = join(home, "slots");
    const command = (name: string) => `echo + >> ${file}; sleep 1.5; echo - >> ${file}; echo ${name}`;
    const names = ["a", "b", "c", "d", "e", "f"];
    const steps = Object.fromEntries(names.map((name) => [name, step(command(name))]));
    const { id } = await jobs.submit(definition(steps));
    expect((await jobs.ended(id)).state).toBe("succeeded");
    let now = 0;
    const depths = (await readFile(file, "utf8"))
      .trim()
      .split("\n")
      .map((sign) => (now += sign === "+" ? 1 : -1));
    expect(Math.max(...depths)).toBe(3);
  });
});
