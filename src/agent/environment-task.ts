import type { Agent, Work } from "./agent.ts";

/** Resolves an environment's specification to a lock, and builds it while at it. */
export async function runEnvironmentTask(agent: Agent, { claim, log, signal }: Work): Promise<unknown> {
  const payload = claim.payload as { name: string; condaFile: string; specification: string; image?: string };
  if (payload.image) return resolveImage(agent, payload.image);
  const { workspace } = claim;
  return agent.environments.resolve(payload.condaFile, {
    onLine: (line) => log.line("stderr", line),
    signal,
    recorded: async (platform) => {
      const body = { workspace, specification: payload.specification, platform };
      return (await agent.client.agent.lock({ body })).lock;
    },
  });
}

/** What an image's name means on this machine now: its content's digest, under which a step can run it. */
async function resolveImage(agent: Agent, image: string): Promise<unknown> {
  return { platform: "container", lock: await agent.resolveImage(image) };
}
