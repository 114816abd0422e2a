import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { sha256 } from "../../src/platform/digest.ts";
import { zip } from "../../src/platform/model-file/archive.fixture.ts";

/** A wheel with one module that holds one line. */
export function makeWheel(name: string, version: string, line = ""): { file: string; content: Buffer } {
  const about = `${name}-${version}.dist-info`;
  const files = {
    [`${name}.py`]: `${line}\n`,
    [`${about}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${about}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
  };
  const record = [...Object.keys(files), `${about}/RECORD`].map((path) => `${path},,\n`).join("");
  const entries = Object.entries({ ...files, [`${about}/RECORD`]: record });
  return {
    file: `${name}-${version}-py3-none-any.whl`,
    content: zip(entries.map(([path, content]) => ({ path, content }))),
  };
}

export interface PackageIndex {
  /** `http://127.0.0.1:40123/simple` */
  url: string;
  host: string;
  /** What was asked of it with success: `/simple/tiny/`. */
  asked: string[];
  /** The wheels that it has, by file name; may be changed. */
  wheels: Map<string, Buffer>;
  /** So many requests are answered with 503 from now on. */
  failNext(requests: number): void;
  stop(): Promise<void>;
}

/** An index of packages on loopback as PEP 503 describes it; for `user` only, when there is one: `name:password`. */
export async function serveIndex(packages: { file: string; content: Buffer }[], user?: string): Promise<PackageIndex> {
  const wheels = new Map(packages.map(({ file, content }) => [file, content]));
  const asked: string[] = [];
  let failing = 0;
  const page = (name: string): string | undefined => {
    const files = [...wheels].filter(([file]) => file.split("-")[0] === name.replaceAll("-", "_"));
    const links = files.map(([file, content]) => `<a href="/files/${file}#sha256=${sha256(content)}">${file}</a>`);
    return links.length > 0 ? `<!DOCTYPE html><html><body>${links.join("\n")}</body></html>` : undefined;
  };
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    if (failing > 0) {
      failing--;
      return void response.writeHead(503).end();
    }
    const given = Buffer.from(request.headers.authorization?.replace(/^Basic /, "") ?? "", "base64").toString();
    if (user !== undefined && given !== user) {
      return void response.writeHead(401, { "www-authenticate": 'Basic realm="packages"' }).end();
    }
    const [, name] = /^\/simple\/([^/]+)\/$/.exec(path) ?? [];
    const content = name === undefined ? wheels.get(path.replace(/^\/files\//, "")) : page(name);
    if (content === undefined) return void response.writeHead(404).end();
    asked.push(path);
    response.writeHead(200, { "content-type": name === undefined ? "application/octet-stream" : "text/html" });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url: `http://${host}/simple`, host, asked, wheels },
    failNext(requests) {
      failing = requests;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
