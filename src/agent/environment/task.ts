import { join } from "node:path";
import type { EnvironmentPayload } from "../../contract/agent.ts";
import { openBlobCache } from "../../platform/transfer/cache.ts";
import { downloadTree } from "../../platform/transfer/download.ts";
import type { Agent, Work } from "../agent.ts";
import type { ResolvedImage } from "../compute/images.ts";
import type { Making } from "./tools.ts";

/** Resolves an environment's specification to what it is by content, and makes it while at it. */
export async function runEnvironmentTask(agent: Agent, work: Work, folder: string): Promise<unknown> {
  const { claim, log, signal } = work;
  const payload = claim.payload as EnvironmentPayload;
  const progress = { onLine: (line: string) => log.line("stderr", line), signal };
  if (payload.build) return locked(work, await buildImage(agent, work, payload.build, folder));
  if (payload.image) return locked(work, await agent.images.resolve(payload.image, progress));
  const { workspace } = claim;
  return agent.environments.resolve(payload, {
    ...makingFor(agent, work),
    recorded: async (platform) => {
      const body = { workspace, specification: payload.specification, platform };
      return (await agent.client.agent.lock({ body })).lock;
    },
  });
}

/** What an environment is made with: a log, and the files of the workspace. */
export function makingFor({ home }: Agent, { claim: { workspace }, client, log, signal }: Work): Making {
  const cache = openBlobCache(join(home, "cache", workspace));
  return {
    ...{ signal, onLine: (line) => log.line("stderr", line) },
    layOut: async (tree, folder) => {
      await downloadTree(client, workspace, tree, { folder, cache, writable: true });
    },
  };
}

/** What later steps are told of an image: a name can come to mean another one, the digest cannot. */
function locked({ log }: Work, { image, source }: ResolvedImage): unknown {
  log.system(`The image is ${image}${source === null ? "" : ` (${source})`}.`);
  return { platform: "container", lock: image, source };
}

async function buildImage(
  agent: Agent,
  { claim, client, log, signal }: Work,
  { context, dockerfile, specification }: NonNullable<EnvironmentPayload["build"]>,
  folder: string,
): Promise<ResolvedImage> {
  const place = join(folder, "context");
  const cache = openBlobCache(join(agent.home, "cache", claim.workspace));
  await downloadTree(client, claim.workspace, context, { folder: place, cache, writable: true });
  const onLine = (line: string) => log.line("stderr", line);
  return agent.images.build(place, { dockerfile, specification }, { onLine, signal });
}
