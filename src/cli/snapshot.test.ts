import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeSnapshot, takeSnapshot, withoutCredentials } from "./snapshot.ts";

describe("the snapshot of a work tree", () => {
  let folder: string;
  const git = (...argv: string[]) => execFileSync("git", argv, { cwd: folder, encoding: "utf8" }).trim();
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "trainyard-snapshot-"));
    git("init", "-q", "-b", "trunk");
    git("config", "user.email", "ada@example.org");
    git("config", "user.name", "Ada");
    mkdirSync(join(folder, "project"));
    write("project/job.yml", "type: command\n");
    write("project/secret.env", "a\n");
    write("project/.amlignore", "*.env\n");
    git("add", ".");
    git("commit", "-q", "-m", "first");
    git("remote", "add", "origin", "https://ada:s3cret@example.org/team/houses.git?token=t");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("names commit, branch and remote, and what changed since", async () => {
    const job = join(folder, "project/job.yml");
    const clean = await takeSnapshot(job);
    expect(clean).toEqual({
      ...{ commit: git("rev-parse", "HEAD"), branch: "trunk", remote: "https://example.org/team/houses.git" },
      ...{ file: "project/job.yml", dirty: false, diff: "", diffCut: false, untracked: [] },
    });
    write("project/job.yml", "type: pipeline\n");
    write("project/secret.env", "tracked secret\n");
    write("project/other.env", "untracked secret\n");
    write("project/new.py", "");
    const changed = (await takeSnapshot(job))!;
    expect(changed).toMatchObject({ dirty: true, untracked: ["project/new.py"], diffCut: false });
    expect(changed.diff).toContain("-type: command\n+type: pipeline\n");
    expect(JSON.stringify(changed)).not.toMatch(/secret/);
    expect(describeSnapshot(changed)).toBe(
      `commit ${changed.commit.slice(0, 8)} on trunk, files since: 1 changed, 1 unknown to git`,
    );
    write("project/job.yml", `${"x".repeat(99)}\n`.repeat(5000));
    const long = (await takeSnapshot(job))!;
    expect([long.diff.length, long.diffCut]).toEqual([256 * 1024, true]);
    git("checkout", "-q", "--detach");
    expect((await takeSnapshot(job))!.branch).toBeNull();
  });

  it("is not there outside of git", async () => {
    const outside = mkdtempSync(join(tmpdir(), "trainyard-no-git-"));
    expect(await takeSnapshot(join(outside, "job.yml"))).toBeUndefined();
    rmSync(outside, { recursive: true });
  });

  it("has no credentials of the remote", () => {
    expect(withoutCredentials("https://token@host/a?x=1#y")).toBe("https://host/a");
    expect(withoutCredentials("ssh://git:pw@host:22/a.git")).toBe("ssh://host:22/a.git");
    expect(withoutCredentials("git@host:team/a.git")).toBe("git@host:team/a.git");
    expect(withoutCredentials("/srv/a.git")).toBe("/srv/a.git");
    expect(withoutCredentials(undefined)).toBeNull();
  });
});
