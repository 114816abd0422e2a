import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { removeFolder } from "./remove.ts";

it("removes folders so deep within each other that no path leads to the last", async () => {
  const folder = await mkdtemp(join(tmpdir(), "trainyard-deep-"));
  execFileSync("sh", ["-c", `n=$(printf 'd%.0s' $(seq 200)); for i in $(seq 30); do mkdir $n; cd -P $n; done; : > f`], {
    cwd: folder,
  });
  await removeFolder(folder);
  expect(existsSync(folder)).toBe(false);
});
