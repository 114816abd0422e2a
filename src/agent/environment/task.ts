import { join } from "node:path";
import type { EnvironmentPayload } from "../../contract/agent.ts";
import { downloadTree } from "../../platform/transfer/download.ts";
import type { Agent, Work } from "../agent.ts";
import type { ResolvedImage } from "../compute/images.ts";
import { askPatiently, patience } from "../patience.ts";
import { sourceOf } from "../remote.ts";
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
      return (await askPatiently(() => agent.client.agent.lock({ body }), signal, patience.short)).lock;
    },
  });
}

/** What an environment is made with: a log, and the files of the workspace. */
export function makingFor({ caches }: Agent, work: Work): Making {
  const { claim, log, signal } = work;
  const cache = caches(claim.workspace);
  return {
    signal,
    onLine: (line) => log.line("stderr", line),
    layOut: async (tree, folder) => {
      await downloadTree(sourceOf(work), tree, { folder, cache, writable: true });
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
  work: Work,
  { context, dockerfile, specification }: NonNullable<EnvironmentPayload["build"]>,
  folder: string,
): Promise<ResolvedImage> {
  const { claim, log, signal } = work;
  const place = join(folder, "context");
  const cache = agent.caches(claim.workspace);
  await downloadTree(sourceOf(work), context, { folder: place, cache, writable: true });
  const onLine = (line: string) => log.line("stderr", line);
  return agent.images.build(place, { dockerfile, specification }, { onLine, signal });
}
