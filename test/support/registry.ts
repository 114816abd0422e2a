import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../../src/agent/compute/engine.ts";

interface Registry {
  /** `127.0.0.1:40123` */
  host: string;
  /** What was asked of it: `GET /v2/team/tools/manifests/1`. */
  asked: string[];
  stop(): Promise<void>;
}

/** A registry of images on loopback that serves one image, whatever its name. podman is told to speak HTTP to it. */
export async function serveImage(engine: Engine, image: string): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), "trainyard-registry-"));
  await engine.call(["save", "--format", "oci-dir", "--output", join(folder, "image"), image]);
  const index = JSON.parse(await readFile(join(folder, "image/index.json"), "utf8")) as {
    manifests: { digest: string; mediaType: string }[];
  };
  const manifest = index.manifests[0]!;
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const [, kind, reference = ""] = /^\/v2\/.+\/(manifests|blobs)\/(.+)$/.exec(request.url!) ?? [];
    if (!kind) return void response.end("{}");
    const digest = kind === "manifests" && !reference.startsWith("sha256:") ? manifest.digest : reference;
    const content = await readFile(join(folder, "image/blobs", digest.replace(":", "/"))).catch(() => undefined);
    if (!content) return void response.writeHead(404).end();
    const type = kind === "manifests" ? manifest.mediaType : "application/octet-stream";
    response.writeHead(200, {
      ...{ "content-type": type, "content-length": content.length, "docker-content-digest": digest },
    });
    response.end(request.method === "HEAD" ? undefined : content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const configuration = join(folder, "registries.conf");
  await writeFile(configuration, `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
  const before = process.env.CONTAINERS_REGISTRIES_CONF;
  process.env.CONTAINERS_REGISTRIES_CONF = configuration;
  return {
    ...{ host, asked },
    async stop() {
      if (before === undefined) delete process.env.CONTAINERS_REGISTRIES_CONF;
      else process.env.CONTAINERS_REGISTRIES_CONF = before;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
