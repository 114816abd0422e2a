// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the shell
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { containerSettings, makeImage } from "../../../test/support/containers.ts";
import { sleep } from "../../platform/clock.ts";
import { describeCompute, openBench } from "./conformance.ts";
import { labelOf, openContainerCompute } from "./container.ts";
import { findEngine, words } from "./engine.ts";

it("is gone when it was told to end while its container was made, by a service that does not listen", async () => {
  const home = await mkdtemp(join(tmpdir(), "trainyard-stub-"));
  const [program, made, calls] = ["docker", "made", "calls"].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ];
  const create = `(sleep 0.3; touch ${made}) & wait`;
  const script = `echo $1 >> ${calls}; case $1 in create) ${create};; rm) rm -f ${made};; --version) echo version 1,;; esac`;
  await writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const stub = await findEngine({ engine: program });
  const bench = await openBench(async (folder) => ({
    compute: openContainerCompute({
      home: folder,
      marker: "A=b",
      controlUrl: "http://127.0.0.1:9",
      settings: { engine: program, arguments: "", network: "", buildArguments: "" },
      engine: stub,
    }),
    image: "image",
    holdsAll: true,
    leftovers: async () => [],
    close: async () => {},
  }));
  const controller = new AbortController();
  const running = bench.run("true", { signal: controller.signal });
  await expect.poll(() => readFile(calls, "utf8")).toContain("create");
  controller.abort(new Error("enough"));
  await expect(running).rejects.toThrow("enough");
  await sleep(500);
  expect(existsSync(made)).toBe(false);
  expect(await readFile(calls, "utf8")).not.toContain("start");
  await bench.close();
  await rm(home, { recursive: true });
});

const settings = containerSettings();
const engine = await findEngine(settings);

if (!engine) {
  describe("a step on the compute container", () => {
    it.skip("needs podman or docker, which this machine does not have or which does not work here", () => {});
  });
} else {
  const image = await makeImage(engine);
  const listed = (home: string) => engine.call(["ps", "-aq", "--filter", `label=${labelOf(home)}`]);
  const open = (home: string, controlUrl: string) => {
    const compute = openContainerCompute({
      home,
      marker: `TRAINYARD_AGENT_HOME=${home}`,
      controlUrl,
      settings,
      engine,
    });
    const leftovers = async () => words(await listed(home));
    return { compute, image, holdsAll: true, leftovers, close: () => compute.close() };
  };
  describeCompute("container", async (home) => open(home, "http://127.0.0.1:9"));

  describe("a container", () => {
    const server = createServer((_, response) => response.end("the server"));
    let bench: Awaited<ReturnType<typeof openBench>>;
    let port: number;
    beforeAll(async () => {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      port = (server.address() as AddressInfo).port;
      bench = await openBench(async (home) => open(home, `http://127.0.0.1:${port}`));
    });
    afterAll(async () => {
      await bench.close();
      server.close();
    });
    const ask = (to: number) =>
      `exec 3<>/dev/tcp/127.0.0.1/${to} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`;

    it("reaches the server, and nothing else, unless it asks for the network", async () => {
      const { lines } = await bench.run(`${ask(port)}; cat /proc/net/dev`);
      expect(lines.at(0)).toBe("stdout: HTTP/1.1 200 OK\r".trim());
      expect(lines.join("\n")).toContain("the server");
      expect(lines.filter((line) => /^stdout:\s+\w+:\s+\d+\s+\d+/.test(line))).toEqual([
        expect.stringContaining("lo:"),
      ]);
      const other = createServer((_, response) => response.end("another"));
      await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
      const elsewhere = (other.address() as AddressInfo).port;
      expect((await bench.run(ask(elsewhere))).code).not.toBe(0);
      const asked = await bench.run(`${ask(elsewhere)}; ${ask(port)}`, { network: true });
      expect(asked.lines.join("\n")).toMatch(/another[\s\S]*the server/);
      other.close();
    });

    it("cannot change its inputs, as root either", async () => {
      const { lines, code } = await bench.run(
        "id -u; chmod 777 ../inputs/data; echo x > ../inputs/data; echo y > ../inputs/z",
      );
      expect(code).not.toBe(0);
      expect(lines[0]).toBe("stdout: 0");
      expect(lines.filter((line) => /read-only file system/i.test(line))).toHaveLength(3);
    });

    it("has no more rights than it needs, and no secret on a command line", async () => {
      const { lines } = await bench.run("grep -E 'CapEff|NoNewPrivs' /proc/self/status; ls /proc/1/fd | head -1");
      expect(lines.join("\n")).toContain("CapEff:\t00000000000000eb");
      expect(lines.join("\n")).toContain("NoNewPrivs:\t1");
    });

    it("tells the engine nothing of the step's variables, which the machine's programs would obey", async () => {
      const outside = await mkdtemp(join(tmpdir(), "trainyard-outside-"));
      const value = 'it\'s\n$(echo not run) `nor this` \\ "quoted"';
      const environment = {
        ...{ LD_DEBUG: "libs", LD_DEBUG_OUTPUT: join(outside, "written"), BASH_ENV: join(outside, "none") },
        ...{ HTTPS_PROXY: "http://proxy", IFS: "x", UID: "7", shell: "s", code: "c", VALUE: value },
      };
      process.env.http_proxy = "http://user:password@proxy";
      const command = 'printf "%s\n" "$VALUE" "$HTTPS_PROXY" "$shell" "$code" "${http_proxy-none}" "${LD_DEBUG-none}"';
      const { lines, code } = await bench.run(command, { environment });
      delete process.env.http_proxy;
      expect(code).toBe(0);
      const printed = `${value}\nhttp://proxy\ns\nc\nnone\nlibs`;
      expect(await readdir(outside)).toEqual([]);
      // Inside, the loader says where it looks, as it was told to.
      const said = lines.filter((line) => !/^stdout: +\d+:\t/.test(line));
      expect(said).toEqual(printed.split("\n").map((one) => `stdout: ${one}`));
      await rm(outside, { recursive: true });
    });

    it("makes no file of the machine by a link, when its memory runs out", async () => {
      const { launch } = await bench.prepare("x=x; while true; do x=$x$x$x; done", {
        resources: { cpus: 1, memoryMb: 64 },
      });
      const made = `${launch.folder}.made`;
      await symlink(made, join(launch.folder, "oom"));
      expect((await bench.subject.compute.run(launch)).because).toMatch(/memory/);
      expect(existsSync(made)).toBe(false);
    });

    it("says which image there is not", async () => {
      const missing = bench.run("true", { image: "localhost/no-such-image:1" });
      await expect(missing).rejects.toThrow(/The container could not be made: .*no-such-image/);
    });
  });
}
