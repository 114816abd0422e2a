import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Installs a Debian package when `present` says that it is absent and this machine can; gives whether it is there. */
export function ensurePackage(name: string, present: () => boolean): boolean {
  if (present()) return true;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  process.stdout.write(`Installing ${name} …\n`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const argv of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", name],
  ]) {
    spawnSync("apt-get", argv, { env: environment, stdio: "ignore" });
  }
  return present();
}

/** Runs a program as another user when we are root (PostgreSQL refuses root), as ourselves otherwise. */
export function runAs(user: string, program: string, ...argv: string[]): void {
  const isRoot = process.getuid?.() === 0;
  const [command, args] = isRoot
    ? ["setpriv", [`--reuid=${user}`, `--regid=${user}`, "--clear-groups", program, ...argv]]
    : [program, argv];
  execFileSync(command as string, args as string[], { stdio: "ignore", cwd: "/tmp" });
}
