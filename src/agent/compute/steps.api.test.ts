import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { containerSettings, makeImage } from "../../../test/support/containers.ts";
import { hashFolder, uploadTree } from "../../platform/transfer/upload.ts";
import { type AgentBench, startAgentBench } from "../agent.fixture.ts";
import { labelOf } from "./container.ts";
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
    expect(await engine.call(["ps", "-aq", "--filter", `label=${labelOf(bench.home)}`])).toBe("");
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
    expect(job.error).toMatch(/does not have the image localhost\/no-such-image:1, and it could not be pulled/);
  });

  it("is built first when it is described by a Dockerfile, and its steps are reused", async () => {
    const context = await mkdtemp(join(tmpdir(), "trainyard-context-"));
    await mkdir(join(context, "docker"));
    await writeFile(join(context, "docker/Dockerfile"), `FROM ${tag}\nRUN echo ${tag} > /made\n`);
    const { digest } = await uploadTree({ client: bench.client, workspace: "default" }, await hashFolder(context));
    await rm(context, { recursive: true });
    const build = { context: digest, dockerfile: "docker/Dockerfile" };
    const built = { environment: { name: null, condaFile: null, image: null, build }, deterministic: true };
    const job = await bench.run("cat /made", built);
    expect(job).toMatchObject({ state: "succeeded", error: null });
    expect(await bench.logOf(job)).toEqual([`stdout: ${tag}`]);
    const log = await bench.logOf(job, "environment_1");
    const [, image] = /RUN echo[\s\S]*The image is (sha256:[0-9a-f]{64})/.exec(log.join("\n")) ?? [];
    expect(image).toBeDefined();
    expect((await bench.run("cat /made", built)).steps.at(-1)!.state).toBe("reused");
    await engine.call(["rmi", "--force", image!]);
    await expect(bench.run("cat /made", { ...built, compute: "local" })).rejects.toThrow(
      /as processes, and cannot use/,
    );
  });

  it("has the shared memory and the limits that it asks for, and 2 GB of it otherwise", async () => {
    const container = { shmMb: 77, arguments: ["--ulimit=core=5:6", "--hostname=trial"] };
    // As a number of kilobytes, and the limit as the shell says it.
    const look = "grep /dev/shm /proc/mounts; grep core /proc/self/limits; cat /proc/sys/kernel/hostname";
    const asked = await bench.logOf(await bench.run(look, { environment, container }));
    expect(asked.join("\n")).toMatch(/size=78848k[\s\S]*core file size +5 +6[\s\S]*trial/);
    expect((await bench.logOf(await bench.run(look, { environment }))).join("\n")).toMatch(/size=2097152k/);
  });

  it("is told when it asks for a container and does not run in one", async () => {
    const log = await bench.logOf(await bench.run("true", { container: { shmMb: 77 } }));
    expect(log.join("\n")).toMatch(/it runs as a process here/);
  });
});
