import { mkdtemp, readdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { temporaryFolder } from "../../platform/table/index.ts";
import { readTree } from "../blob/index.ts";
import { readGitFolder } from "./index.ts";
import { createRepository, type Repository, serveRepositories } from "./repository.fixture.ts";

const address = "https://example.org/team/code.git";

describe.each(databases)("folders of repositories, on %s", (database) => {
  let root: string;
  let repository: Repository;
  let first: string;
  let app: TestApp;
  let open: TestApp;
  let server: Server;
  let port: number;
  const seen: string[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "trainyard-repositories-"));
    repository = createRepository(root);
    first = repository.commit(
      { "train/run.py": "one", "train/deep/more.py": "more", "other.py": "other" },
      { tag: "v1" },
    );
    app = await createTestApp({ database, config: { urlFolders: `https://example.org/team=${root}` } });
    open = await createTestApp({ database, config: { urlDownloads: "any" } });
    server = serveRepositories(root, seen);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    await app.stop();
    await open.stop();
    server.close();
    await rm(root, { recursive: true });
  });

  const signal = () => AbortSignal.timeout(20_000);
  const read = async (wanted: { ref?: string; folder?: string; repository?: string }, at: TestApp = app) => {
    const found = await readGitFolder(at.ctx, "default", { repository: address, ...wanted }, signal());
    const files = await readTree(at.ctx, "default", found.tree);
    const texts = files.map(async ({ path, digest }) => [
      path,
      Buffer.from(await at.ctx.blobs.bytes(digest)).toString(),
    ]);
    return { ...found, files: Object.fromEntries(await Promise.all(texts)) as Record<string, string> };
  };

  it("stores a folder, or all, at the commit that a branch means", async () => {
    const folder = await read({ folder: "train", ref: "main" });
    expect(folder).toMatchObject({ commit: first, leftOut: [], files: { "run.py": "one", "deep/more.py": "more" } });
    const all = await read({});
    expect(Object.keys(all.files)).toEqual(["other.py", "train/deep/more.py", "train/run.py"]);
    expect((await read({ repository: "https://example.org/team/code" })).tree).toBe(all.tree);
  });

  it("means by a tag and by a commit what they meant before, and by a branch what it has become", async () => {
    const second = repository.commit({ "train/run.py": "two" });
    expect((await read({ folder: "train", ref: "main" })).files["run.py"]).toBe("two");
    expect(await read({ folder: "train", ref: "v1" })).toMatchObject({ commit: first, files: { "run.py": "one" } });
    expect(await read({ ref: first })).toMatchObject({ commit: first });
    expect(await read({ ref: second })).toMatchObject({ commit: second });
  });

  it("copies what a link in the folder leads to, and leaves out what has no files", async () => {
    repository.link("links/again.py", "../train/run.py");
    repository.link("links/twice.py", "again.py");
    repository.link("links/away", "/etc/passwd");
    repository.link("links/up", "../../outside");
    repository.commit({}, { branch: "links" });
    const { files, leftOut } = await read({ ref: "links" });
    expect(files).toMatchObject({ "links/again.py": "two", "links/twice.py": "two" });
    expect(leftOut).toEqual(["links/away", "links/up"]);
    // The second time it is remembered.
    expect((await read({ ref: "links" })).leftOut).toEqual(leftOut);
  });

  it.each([
    ["a branch that is not there", { ref: "none" }, /has no branch or tag "none"/],
    ["a folder that is not there", { folder: "none" }, /has no folder "none" at the commit/],
    ["a repository that is not there", { repository: "https://example.org/team/none.git" }, /could not be read: /],
    ["a commit that is not there", { ref: "a".repeat(40) }, /could not be read: /],
  ])("says that there is %s", async (_, wanted, message) => {
    await expect(read(wanted)).rejects.toThrow(message);
  });

  it("refuses a few small folders that lead to millions of files, without listing them all", async () => {
    repository.bomb(7, "bomb");
    await expect(read({ ref: "bomb" })).rejects.toMatchObject({
      code: "invalid",
      message: "That folder of https://example.org/team/code.git has more than 50000 files.",
    });
  });

  it("stores a large file in parts, and leaves nothing behind", async () => {
    const size = 10 << 20;
    createRepository(join(root, "large")).commit({ "large.bin": "\0".repeat(size) }, { branch: `of-${database}` });
    let longest = 0;
    const blobs: typeof app.ctx.blobs = Object.create(app.ctx.blobs);
    blobs.put = (content, expected) => {
      if (typeof content === "string" || content instanceof Uint8Array) return app.ctx.blobs.put(content, expected);
      async function* watched(parts: AsyncIterable<Uint8Array>) {
        for await (const part of parts) {
          longest = Math.max(longest, part.length);
          yield part;
        }
      }
      return app.ctx.blobs.put(watched(content), expected);
    };
    const wanted = { repository: "https://example.org/team/large/code.git", ref: `of-${database}` };
    const { tree } = await readGitFolder({ ...app.ctx, blobs }, "default", wanted, signal());
    const files = await readTree(app.ctx, "default", tree);
    expect(files.find(({ path }) => path === "large.bin")).toMatchObject({ size });
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThanOrEqual(1 << 20);
    expect(await readdir(temporaryFolder(app.ctx.config.home))).toEqual([]);
  });

  it("fetches over HTTP, from the addresses that were judged", async () => {
    const url = `http://localhost:${port}/code.git`;
    expect((await read({ repository: url, folder: "train", ref: "v1" }, open)).files["run.py"]).toBe("one");
    seen.length = 0;
    await read({ repository: url, folder: "train", ref: "v1" }, open);
    // Only which commit it is was asked.
    expect(seen.every((path) => path.endsWith("/info/refs") || path.endsWith("/git-upload-pack"))).toBe(true);
    expect(seen.length).toBeLessThanOrEqual(2);
  });

  it("goes to no private address, follows no redirect, and knows no protocol but the one that was asked for", async () => {
    seen.length = 0;
    await expect(read({ repository: `http://127.0.0.1:${port}/code.git` })).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(seen).toEqual([]);
    await expect(read({ repository: `http://localhost:${port}/moved/code.git` }, open)).rejects.toThrow(
      /could not be read/,
    );
    expect(seen).toEqual(["/moved/code.git/info/refs"]);
    await expect(read({ repository: `file://${root}/code.git` }, open)).rejects.toThrow();
    await expect(read({ repository: "ext::sh -c touch% x" }, open)).rejects.toThrow();
  });

  it("runs no hook and no filter of the repository", async () => {
    const commit = repository.commit(
      { ".gitattributes": "*.py filter=evil eol=crlf\n", "a.py": "x\n" },
      { branch: "filters" },
    );
    expect(await read({ ref: "filters" })).toMatchObject({ commit, files: { "a.py": "x\n" } });
  });
});
