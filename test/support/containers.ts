import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ContainerSettings, Engine } from "../../src/agent/compute/engine.ts";

/** How tests run containers; `TRAINYARD_TEST_CONTAINERS_ENGINE` says otherwise. */
export function containerSettings(): ContainerSettings {
  const engine = process.env.TRAINYARD_TEST_CONTAINERS_ENGINE;
  if (engine !== undefined) return { engine, arguments: "", network: "", buildArguments: "" };
  // Inside a container of its own, as in CI, this runtime works with these limits where others do not.
  const nested = existsSync("/usr/sbin/runc") || existsSync("/usr/bin/runc");
  return {
    engine: nested ? "podman --runtime runc" : "",
    arguments: "--ulimit nofile=1024:1024 --ulimit nproc=4096:4096",
    network: "host",
    buildArguments: nested ? "--isolation chroot" : "",
  };
}

const tools = "sh bash cat chmod dd env grep head id ls mkdir nohup rm seq setsid sleep tail touch tr";

/** An image of this machine's own shell and tools: no registry is needed. Gives its name. */
export async function makeImage(engine: Engine): Promise<string> {
  const name = "localhost/trainyard-test:1";
  const known = await engine.call(["image", "inspect", name]).catch(() => undefined);
  if (known) return name;
  const root = mkdtempSync(join(tmpdir(), "trainyard-image-"));
  try {
    for (const tool of tools.split(" ")) {
      const path = execFileSync("/bin/sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim();
      copyInto(root, path, join("/bin", tool));
      const linked = execFileSync("ldd", [path], { encoding: "utf8" });
      for (const [library] of linked.matchAll(/\/\S+/g)) copyInto(root, library, library);
    }
    mkdirSync(join(root, "tmp"));
    execFileSync("tar", ["-cf", `${root}.tar`, "-C", root, "."]);
    await engine.call(["import", `${root}.tar`, name]);
    return name;
  } finally {
    rmSync(root, { recursive: true, force: true });
    rmSync(`${root}.tar`, { force: true });
  }
}

function copyInto(root: string, from: string, to: string): void {
  if (!statSync(from, { throwIfNoEntry: false })?.isFile()) return;
  mkdirSync(join(root, dirname(to)), { recursive: true });
  copyFileSync(from, join(root, to));
}
