import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { dirname, join } from "node:path";

const settings = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"];

/** A repository of git in a folder, with the work tree that its commits are made in. */
export interface Repository {
  /** The bare repository. */
  folder: string;
  /** Writes files, commits them on a branch and gives the commit. */
  commit(files: Record<string, string>, options?: { branch?: string; tag?: string }): string;
  /** A commit whose folders lead to one file a million times and more: 10 to the power of `levels`. */
  bomb(levels: number, branch: string): void;
  /** A symbolic link of the next commit. */
  link(path: string, target: string): void;
}

export function createRepository(root: string): Repository {
  const work = join(root, "work");
  const folder = join(root, "code.git");
  mkdirSync(work, { recursive: true });
  const git = (...args: string[]): string =>
    execFileSync("git", [...settings, ...args], { cwd: work, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  git("init", "--quiet");
  git("init", "--quiet", "--bare", folder);
  return {
    folder,
    commit(files, { branch = "main", tag } = {}) {
      git("checkout", "--quiet", "-B", branch);
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(work, path)), { recursive: true });
        writeFileSync(join(work, path), text);
      }
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "-m", "change");
      if (tag) git("tag", "-a", tag, "-m", tag);
      git("push", "--quiet", "--follow-tags", folder, branch);
      return git("rev-parse", "HEAD").trim();
    },
    bomb(levels, branch) {
      const make = (input: string, ...args: string[]) =>
        execFileSync("git", [...settings, ...args], { cwd: work, encoding: "utf8", input }).trim();
      let entry = `100644 blob ${make("x", "hash-object", "-w", "--stdin")}`;
      for (let level = 0; level < levels; level++) {
        const lines = Array.from({ length: 10 }, (_, index) => `${entry}\t${index}`);
        entry = `040000 tree ${make(`${lines.join("\n")}\n`, "mktree")}`;
      }
      const commit = make("", "commit-tree", "-m", "bomb", entry.split(" ")[2]!);
      git("push", "--quiet", folder, `${commit}:refs/heads/${branch}`);
    },
    link(path, target) {
      mkdirSync(dirname(join(work, path)), { recursive: true });
      symlinkSync(target, join(work, path));
    },
  };
}

/** Serves the repositories of a folder over HTTP, as git's own program for servers does it. */
export function serveRepositories(root: string, seen: string[] = []): Server {
  return createServer((request, response) => {
    const { pathname, search } = new URL(request.url!, "http://localhost");
    seen.push(pathname);
    if (pathname.startsWith("/moved/")) return response.writeHead(301, { location: pathname.slice(6) + search }).end();
    const backend = spawn("git", ["http-backend"], {
      env: {
        ...{ PATH: process.env.PATH, GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: "1", PATH_INFO: pathname },
        ...{ REQUEST_METHOD: request.method, QUERY_STRING: search.slice(1) },
        ...{ CONTENT_TYPE: request.headers["content-type"] ?? "", HTTP_CONTENT_ENCODING: "" },
        GIT_PROTOCOL: (request.headers["git-protocol"] as string | undefined) ?? "",
      },
    });
    request.pipe(backend.stdin);
    const parts: Buffer[] = [];
    backend.stdout.on("data", (part: Buffer) => parts.push(part));
    backend.on("close", () => {
      const whole = Buffer.concat(parts);
      const end = whole.indexOf("\r\n\r\n");
      const headers = whole.subarray(0, end).toString().split("\r\n");
      for (const header of headers) {
        const [name = "", value = ""] = header.split(/: (.*)/s);
        if (name === "Status") response.statusCode = Number.parseInt(value, 10);
        else response.setHeader(name, value);
      }
      response.end(whole.subarray(end + 4));
    });
    return undefined;
  });
}
