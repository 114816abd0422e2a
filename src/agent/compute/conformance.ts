// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the shell

import { randomInt } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sleep } from "../../platform/clock.ts";
import type { Ending, Launch, StepCompute } from "./compute.ts";

interface Subject {
  compute: StepCompute;
  image: string | null;
  /** Whether not even a process that hides gets away. */
  holdsAll: boolean;
  /** Containers and the like that the compute has on the machine now. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

interface Ran extends Ending {
  lines: string[];
  notes: string[];
}

/** The processes that run this command line. */
async function processes(commandLine: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir("/proc")) {
    const line = await readFile(`/proc/${entry}/cmdline`, "latin1").catch(() => "");
    if (line.split("\0").filter(Boolean).join(" ") === commandLine) found.push(entry);
  }
  return found;
}

type Bench = Awaited<ReturnType<typeof openBench>>;

/** A home with a compute, and steps in it in a few words. */
export async function openBench(open: (home: string) => Promise<Subject>) {
  const home = await mkdtemp(join(tmpdir(), "trainyard-compute-"));
  const subject = await open(home);
  let count = 0;
  const folder = () => join(home, "work", String(count));
  const prepare = async (command: string, more: Partial<Launch> = {}) => {
    count += 1;
    const inputs = join(folder(), "inputs");
    for (const path of [join(folder(), "code"), inputs, join(folder(), "tmp")]) await mkdir(path, { recursive: true });
    await writeFile(join(inputs, "data"), "as it was");
    await chmod(join(inputs, "data"), 0o444);
    const lines: string[] = [];
    const notes: string[] = [];
    const launch: Launch = {
      id: `${home}/${count}`,
      command,
      folder: folder(),
      code: join(folder(), "code"),
      readOnly: [inputs],
      environment: {
        PATH: process.env.PATH!,
        HOME: folder(),
        TMPDIR: join(folder(), "tmp"),
        GREETING: "two\nlines",
      },
      image: subject.image,
      network: false,
      container: null,
      cpuLimit: null,
      resources: { cpus: 1, memoryMb: 0 },
      gpus: [],
      signal: new AbortController().signal,
      onLine: (stream, text) => void lines.push(`${stream}: ${text}`),
      onNote: (text) => void notes.push(text),
      graceMs: 1000,
      ...more,
    };
    return { launch, lines, notes };
  };
  return {
    subject,
    folder,
    prepare,
    async run(command: string, more: Partial<Launch> = {}): Promise<Ran> {
      const { launch, lines, notes } = await prepare(command, more);
      return { ...(await subject.compute.run(launch)), lines, notes };
    },
    async close() {
      await subject.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** What every compute must do, whatever it runs steps on. */
export function describeCompute(name: string, open: (home: string) => Promise<Subject>): void {
  describe(`a step on the compute ${name}`, () => {
    let bench: Bench;
    beforeAll(async () => {
      bench = await openBench(open);
    });
    afterAll(async () => {
      expect(await leftovers()).toEqual([]);
      await bench.close();
    });
    /** Something that runs long, and is known from all else on the machine. */
    const nap = `sleep ${1_000_000 + randomInt(1_000_000_000)}`;
    const leftovers = async () => [...(await processes(nap)), ...(await bench.subject.leftovers())];
    const run: Bench["run"] = (command, more) => bench.run(command, more);
    /** The number that a shell gives for an end by a signal is as good as the signal. */
    const endOf = ({ code, signal }: Ending) => signal ?? (code! > 128 ? `signal ${code! - 128}` : code);

    it("ends with the command's exit code", async () => {
      expect(endOf(await run("true"))).toBe(0);
      expect(endOf(await run("exit 7"))).toBe(7);
      expect(endOf(await run("no-such-interpreter script.R"))).toBe(127);
      expect(endOf(await run("sh -c 'kill -9 $$'; exit $?"))).toBe("signal 9");
    });

    it("gives every line in order, each stream apart", async () => {
      const { lines } = await run("for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done; printf 'no newline'");
      const of = (stream: string) => lines.filter((line) => line.startsWith(stream)).map((line) => line.slice(8));
      expect(of("stdout")).toEqual(["out 1", "out 2", "out 3", "out 4", "out 5", "no newline"]);
      expect(of("stderr")).toEqual(["err 1", "err 2", "err 3", "err 4", "err 5"]);
    });

    it("takes what is no text, and a line without end", async () => {
      const { lines, code } = await run("head -c 1000 /dev/urandom; echo; head -c 300000 /dev/zero | tr '\\0' 'x' >&2");
      expect(code).toBe(0);
      const long = lines.filter((line) => line.startsWith("stderr"));
      expect(long.reduce((sum, line) => sum + line.length - 8, 0)).toBe(300_000);
    });

    it("starts in the code's folder, with its own variables and nothing of the agent's", async () => {
      process.env.TRAINYARD_SECRET_OF_THE_AGENT = "hidden";
      const { lines } = await run('pwd; echo "$GREETING"; echo "$HOME"; env');
      delete process.env.TRAINYARD_SECRET_OF_THE_AGENT;
      const folder = bench.folder();
      expect(lines.slice(0, 4)).toEqual([
        `stdout: ${folder}/code`,
        ...["stdout: two", "stdout: lines", `stdout: ${folder}`],
      ]);
      expect(lines.join("\n")).not.toContain("hidden");
    });

    it("keeps what the command writes into its folder", async () => {
      await run("mkdir -p ../outputs; echo made > ../outputs/o; echo tmp > $TMPDIR/t");
      const folder = bench.folder();
      expect(await readFile(join(folder, "outputs/o"), "utf8")).toBe("made\n");
      await rm(folder, { recursive: true });
    });

    it("ends when it is told to, asked first", async () => {
      const controller = new AbortController();
      const trap = "trap 'echo asked; exit 3' TERM; echo up; while true; do sleep 0.1; done";
      const { launch, lines } = await bench.prepare(trap, { signal: controller.signal, graceMs: 5000 });
      const running = bench.subject.compute.run(launch);
      await expect.poll(() => lines, { timeout: 15_000 }).toContain("stdout: up");
      controller.abort();
      expect(endOf(await running)).toBe(3);
      expect(lines).toContain("stdout: asked");
    });

    it("ends also when it does not want to", async () => {
      const controller = new AbortController();
      const stubborn = "trap '' TERM; echo up; while true; do sleep 0.1; done";
      const { launch, lines } = await bench.prepare(stubborn, { signal: controller.signal, graceMs: 500 });
      const running = bench.subject.compute.run(launch);
      await expect.poll(() => lines, { timeout: 15_000 }).toContain("stdout: up");
      const started = Date.now();
      controller.abort();
      await running;
      expect(Date.now() - started).toBeLessThan(10_000);
    });

    it.each([
      ["it is told to", (controller: AbortController) => controller.abort()],
      ["its agent stops", () => bench.subject.compute.cleanUp()],
    ])("ends also with nothing in its environment when %s", async (_, end) => {
      const controller = new AbortController();
      const { launch, lines } = await bench.prepare(`echo up; exec env -i ${nap}`, {
        signal: controller.signal,
        graceMs: 500,
      });
      const running = bench.subject.compute.run(launch).catch(() => {});
      await expect.poll(() => lines, { timeout: 15_000 }).toContain("stdout: up");
      await expect.poll(() => processes(nap), { timeout: 10_000 }).not.toEqual([]);
      await end(controller);
      await running;
      expect(await leftovers()).toEqual([]);
    });

    it("does not start what was told to end before", async () => {
      const controller = new AbortController();
      controller.abort();
      const { launch, lines } = await bench.prepare("sleep 30; echo ran", { signal: controller.signal });
      await bench.subject.compute.run(launch).catch(() => {});
      expect(lines).not.toContain("stdout: ran");
    });

    it.each([
      ["with nothing in its environment", `env -i setsid ${nap} > /dev/null 2>&1 &`],
      ["in the background", `${nap} &`],
      ["in a session of its own", `setsid ${nap} > /dev/null 2>&1 &`],
      ["forked twice", `setsid sh -c 'setsid ${nap} & exit 0' > /dev/null 2>&1 &`],
      ["in a chain in which each starts the next", `link() { ${nap} & sleep 0.02; link & }; link > /dev/null 2>&1 &`],
      ["deaf to hanging up", `nohup setsid sh -c "trap '' TERM HUP; ${nap}" > /dev/null 2>&1 &`],
    ])("leaves nothing running %s", async (_, command) => {
      if (/^env -i|^link/.test(command) && !bench.subject.holdsAll) return;
      const before = Date.now();
      const { code } = await run(`${command} sleep 0.3; echo done`);
      expect(code).toBe(0);
      expect(await leftovers()).toEqual([]);
      expect(Date.now() - before).toBeLessThan(15_000);
    });

    it("says what it runs as, while it runs", async () => {
      let find: (() => Promise<number[]>) | undefined;
      const { launch } = await bench.prepare("sleep 1 & sleep 1", {
        onStart: (pids) => {
          find = pids;
        },
      });
      const running = bench.subject.compute.run(launch);
      await expect.poll(() => find !== undefined, { timeout: 15_000 }).toBe(true);
      await expect.poll(async () => (await find!()).length, { timeout: 10_000 }).toBeGreaterThan(1);
      await running;
    });

    it("ends a step that takes more memory than it asked for, and says so", async () => {
      const grow = "x=x; while true; do x=$x$x$x; done";
      const ended = await run(grow, { resources: { cpus: 1, memoryMb: 64 } });
      expect(ended.because).toMatch(/memory.*asked for/);
      expect(endOf(ended)).not.toBe(0);
    });

    it("finds what an agent that died left, and ends it", async () => {
      const { launch, lines } = await bench.prepare(`echo up; setsid ${nap} & wait`);
      const running = bench.subject.compute.run(launch).catch(() => {});
      await expect.poll(() => lines, { timeout: 15_000 }).toContain("stdout: up");
      await sleep(200);
      expect(await leftovers()).not.toEqual([]);
      await bench.subject.compute.cleanUp();
      await running;
      expect(await leftovers()).toEqual([]);
    });
  });
}
