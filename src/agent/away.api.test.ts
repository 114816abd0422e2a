// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Answer, startProxy } from "../../test/support/proxy.ts";
import { type AgentBench, startAgentBench } from "./agent.fixture.ts";

/** A server that cannot do what an agent asks for now, or takes long. */
describe("a server that is away", () => {
  let bench: AgentBench;
  let stopProxy: () => void;
  let answer: Answer;
  /** Attempts that the agent gave up. */
  let failures = 0;
  beforeAll(async () => {
    bench = await startAgentBench({
      database: "sqlite",
      async between(url) {
        const proxy = await startProxy(url, (asked, response) => {
          if (asked.url!.endsWith("/agent/fail")) failures += 1;
          return answer(asked, response);
        });
        stopProxy = proxy.stop;
        return proxy.url;
      },
    });
  });
  beforeEach(() => {
    failures = 0;
    answer = () => false;
  });
  afterAll(async () => {
    expect(await bench.stop(), "processes left over").toBe(0);
    stopProxy();
  });

  it("takes nothing for a while: what a step has done is not lost", async () => {
    const asked = new Map<string, number>();
    const refused =
      /^(GET .*\/trees\/|GET .*runs\/get|PUT .*mlflow-artifacts|POST .*\/missing|PUT .*\/blobs\/|POST .*\/trees)/;
    answer = ({ method, url }, response) => {
      const [kind] = refused.exec(`${method} ${url}`) ?? [];
      const count = (asked.get(kind ?? "") ?? 0) + 1;
      if (!kind || count > 3) return false;
      asked.set(kind, count);
      if (count === 1) response.destroy();
      else response.writeHead(503).end();
      return true;
    };
    const command = "head -c 2000000 /dev/urandom > ${{outputs.o}}/f; echo kept > outputs/note";
    const job = await bench.run(command, { outputs: { o: { type: "uri_folder" } } });
    expect(job).toMatchObject({ state: "succeeded", error: null, steps: [{ outputs: { o: { files: 1 } } }] });
    expect(failures).toBe(0);
    expect([...asked.values()]).toEqual([3, 3, 3, 3, 3]);
  });

  it("does not take what a command left that failed: why it failed is what counts", async () => {
    answer = ({ url }, response) => {
      if (!url!.includes("runs/get")) return false;
      response.writeHead(400).end();
      return true;
    };
    const job = await bench.run("echo kept > outputs/note; exit 7");
    expect(job.error).toBe("one: The command ended with exit code 7.");
    expect((await bench.logOf(job)).join("\n")).toContain("What the command left is not kept with the run");
  });

  it("sends an input for ever: a step whose time is over ends, and its command does not begin", async () => {
    const body = new TextEncoder().encode("slow");
    const files = [{ path: "f", ...(await bench.put(body)) }];
    const { digest } = await bench.client.blob.createTree({ params: { workspace: "default" }, body: { files } });
    let closed = false;
    answer = ({ method, url }, response) => {
      if (method !== "GET" || !url!.includes("/blobs/")) return false;
      response.writeHead(200).flushHeaders();
      response.on("close", () => {
        closed = true;
      });
      return true;
    };
    const ran = join(bench.home, "ran");
    const inputs = { i: { type: "uri_folder" as const, binding: { from: "tree" as const, digest } } };
    const job = await bench.run(`touch ${ran}; true \${{inputs.i}}`, { inputs, timeoutSeconds: 1 });
    expect(job.error).toBe("one: The step did not end within its 1 seconds.");
    expect(closed).toBe(true);
    expect(existsSync(ran)).toBe(false);
  });
});
