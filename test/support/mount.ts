import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether this machine lets its tests mount: root often may, but not in every container. Found out by doing it. */
export const mayMount = ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), "trainyard-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "none", folder]).status === 0;
  if (mounted) spawnSync("umount", [folder]);
  rmdirSync(folder);
  return mounted;
})();
