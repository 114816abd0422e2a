import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { containerSettings, makeImage } from "../../../test/support/containers.ts";
import { type AgentBench, startAgentBench } from "../agent.fixture.ts";
import { type Engine, findEngine } from "./engine.ts";

const settings = containerSettings();
const found = await findEngine(settings);

describe.skipIf(!found)("a step whose environment is an image (needs podman or docker)", () => {
  const engine = found as Engine;
  const tag = `localhost/trainyard-${randomUUID().slice(0, 8)}:1`;
  const environment = { name: null, condaFile: null, image: tag };
  let bench: AgentBench;
  beforeAll(async () => {
    await engine.call(["tag", await makeImage(engine), tag]);
    bench = await startAgentBench({ database: "sqlite", containers: settings });
  });
  afterAll(async () => {
    expect(await bench.stop(), "processes left over").toBe(0);
    expect(await engine.call(["ps", "-aq", "--filter", "label=trainyard.home"])).toBe("");
    await engine.call(["rmi", "--force", tag]);
  });

  it("runs in a container of that image, reads inputs and leaves outputs", async () => {
    const outputs = { o: { type: "uri_folder" as const } };
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the references of commands
    const job = await bench.run("cat /proc/1/cmdline | head -c 7; echo made > ${{outputs.o}}/f", {
      environment,
      outputs,
    });
    expect(job).toMatchObject({ state: "succeeded", error: null });
    expect(job.steps.at(-1)).toMatchObject({ compute: "container", outputs: { o: { files: 1 } } });
    expect((await bench.logOf(job))[0]).toBe("stdout: /bin/sh");
  });

  it("is reused while the tag means the same, and runs again when it means another image", async () => {
    const again = async () => (await bench.run("echo once", { environment, deterministic: true })).steps.at(-1)!.state;
    expect(await again()).toBe("succeeded");
    expect(await again()).toBe("reused");
    const container = await engine.call(["create", "--entrypoint", "/bin/sh", tag, "-c", "true"]);
    await engine.call(["commit", "--author", "another", container.split("\n").at(-1)!, tag]);
    await engine.call(["rm", container.split("\n").at(-1)!]);
    expect(await again()).toBe("succeeded");
  });

  it("says which image there is not", async () => {
    const missing = { ...environment, image: "localhost/no-such-image:1" };
    const job = await bench.run("true", { environment: missing });
    expect(job.error).toMatch(/does not have the image localhost\/no-such-image:1 .*pull localhost\/no-such-image:1/);
  });
});
