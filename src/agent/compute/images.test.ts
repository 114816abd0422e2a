import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { containerSettings, makeImage } from "../../../test/support/containers.ts";
import { serveImage } from "../../../test/support/registry.ts";
import { type Engine, findEngine, words } from "./engine.ts";
import { openImages, qualifiedName } from "./images.ts";

it("reads a name without a registry as docker does", () => {
  expect(qualifiedName("python:3.12")).toBe("docker.io/library/python:3.12");
  expect(qualifiedName("rocker/tidyverse")).toBe("docker.io/rocker/tidyverse");
  expect(qualifiedName("mcr.microsoft.com/azureml/base:1")).toBe("mcr.microsoft.com/azureml/base:1");
  expect(qualifiedName("localhost/mine")).toBe("localhost/mine");
  expect(qualifiedName("127.0.0.1:5000/mine")).toBe("127.0.0.1:5000/mine");
});

it("says that there is nothing to run containers with", async () => {
  const progress = { onLine: () => {}, signal: new AbortController().signal };
  await expect(
    openImages({ engine: undefined, buildArguments: [], marker: "A=b" }).resolve("python:3.12", progress),
  ).rejects.toThrow(/neither podman nor docker/);
});

const settings = containerSettings();
const found = await findEngine(settings);

describe.skipIf(found?.kind !== "podman")("images (needs podman)", () => {
  const engine = found as Engine;
  const images = openImages({ engine, buildArguments: words(settings.buildArguments), marker: "A=b" });
  const lines: string[] = [];
  const progress = { onLine: (line: string) => void lines.push(line), signal: new AbortController().signal };
  const exists = (image: string) =>
    engine.call(["image", "inspect", image]).then(
      () => true,
      () => false,
    );
  let base: string;
  let context: string;
  const specification = randomUUID().replaceAll("-", "");
  beforeAll(async () => {
    base = await makeImage(engine);
    context = await mkdtemp(join(tmpdir(), "trainyard-context-"));
    await writeFile(join(context, "greeting"), `hello ${specification}`);
  });
  afterAll(() => rm(context, { recursive: true, force: true }));

  it("are built from a Dockerfile, once", async () => {
    await writeFile(join(context, "Dockerfile"), `FROM ${base}\nCOPY greeting /greeting\nRUN cat /greeting > /made\n`);
    const build = { dockerfile: "Dockerfile", specification };
    const built = await images.build(context, build, progress);
    expect(built).toEqual({ image: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), source: null });
    expect(lines.join("\n")).toMatch(/COPY greeting[\s\S]*RUN cat/);
    const inside = await engine.call(["run", "--rm", ...words(settings.arguments), built.image, "cat", "/made"]);
    expect(inside).toBe(`hello ${specification}`);
    lines.length = 0;
    expect(await images.build(context, build, progress)).toEqual(built);
    expect(lines).toEqual([]);
    await engine.call(["rmi", "--force", built.image]);
  });

  it("that cannot be built say what went wrong", async () => {
    await writeFile(join(context, "Broken"), `FROM ${base}\nRUN echo this is why >&2; exit 3\n`);
    const build = { dockerfile: "Broken", specification: `${specification}2` };
    await expect(images.build(context, build, progress)).rejects.toThrow(/could not be built[\s\S]*this is why/);
  });

  it("are not built to the end when the job is cancelled, and nothing is left of them", async () => {
    // Of its own content: containers are listed under any name of their image.
    const own = `localhost/${specification}-base:1`;
    await writeFile(join(context, "Own"), `FROM ${base}\nCOPY greeting /own\n`);
    const file = ["--file", join(context, "Own"), "--tag", own];
    await engine.call(["build", ...file, ...words(settings.buildArguments), context]);
    await writeFile(join(context, "Endless"), `FROM ${own}\nRUN echo up; sleep 600\n`);
    const controller = new AbortController();
    const building = images.build(
      context,
      { dockerfile: "Endless", specification: `${specification}3` },
      { ...progress, signal: controller.signal },
    );
    const ended = expect(building).rejects.toThrow(/abort/i);
    await expect.poll(() => lines, { timeout: 20_000 }).toContain("up");
    controller.abort();
    await ended;
    const left = await engine.call(["ps", "--all", "--external", "--format", "{{.Names}} of {{.Image}}"]);
    expect(left).not.toContain(own);
    await engine.call(["rmi", "--force", own]);
  });

  it("are pulled when they are not there, and again by digest", async () => {
    await writeFile(join(context, "Published"), `FROM ${base}\nCOPY greeting /published\n`);
    const name = `localhost/${specification}:1`;
    await engine.call([
      "build",
      "--file",
      join(context, "Published"),
      "--tag",
      name,
      ...words(settings.buildArguments),
      context,
    ]);
    const registry = await serveImage(engine, name);
    try {
      await engine.call(["rmi", "--force", name]);
      const resolved = await images.resolve(`${registry.host}/team/tools:1`, progress);
      expect(resolved.source).toMatch(new RegExp(`^${registry.host}/team/tools@sha256:[0-9a-f]{64}$`));
      expect(await exists(resolved.image)).toBe(true);
      const before = registry.asked.length;
      expect(await images.resolve(`${registry.host}/team/tools:1`, progress)).toEqual(resolved);
      expect(registry.asked).toHaveLength(before);
      await engine.call(["rmi", "--force", resolved.image]);
      await images.ensure(resolved, progress);
      expect(await exists(resolved.image)).toBe(true);
      await engine.call(["rmi", "--force", resolved.image]);
      await expect(images.ensure({ ...resolved, source: null }, progress)).rejects.toThrow(/need the same images/);
      await expect(images.resolve(`${registry.host}/team/tools@sha256:${"0".repeat(64)}`, progress)).rejects.toThrow(
        /could not be pulled/,
      );
    } finally {
      await registry.stop();
    }
  });

  it.each(["--help", "dir:/etc", "oci-archive:/tmp/x.tar", "a b", "python:3.12;id", "../x", ""])(
    "are never looked for under %j",
    async (name) => {
      await expect(images.resolve(name, progress)).rejects.toThrow(/is not the name of an image/);
    },
  );
});
