import { conflict, invalid, notFound, Problem } from "../../contract/errors.ts";

interface Candidate {
  name: string;
  state: string;
  error: string | null;
}

/** Refuses shares that do not add up, and shares for deployments that cannot answer. */
export function checkTraffic(endpoint: string, traffic: Record<string, number>, deployments: Candidate[]): void {
  const total = Object.values(traffic).reduce((sum, share) => sum + share, 0);
  if (total !== 0 && total !== 100) {
    throw invalid(`The traffic of endpoint "${endpoint}" would add up to ${total} percent.`, {
      hint: "The shares must add up to 100, or to 0 to stop answering.",
    });
  }
  for (const [name, share] of Object.entries(traffic)) {
    const deployment = deployments.find((candidate) => candidate.name === name);
    if (!deployment) throw notFound(`deployment of endpoint "${endpoint}"`, name, existing(deployments));
    if (share > 0 && deployment.state !== "ready") throw notReady(endpoint, deployment);
  }
}

const existing = (deployments: Candidate[]): string =>
  deployments.length === 0 ? "It has none yet." : `It has ${deployments.map(({ name }) => `"${name}"`).join(", ")}.`;

const notReady = (endpoint: string, { name, state, error }: Candidate): Problem =>
  new Problem(
    "conflict",
    `Deployment "${name}" of endpoint "${endpoint}" is ${state}, not ready${error ? `: ${error}` : ""}.`,
    { hint: "Traffic goes only to deployments that are ready; wait for it, or mend it and deploy again." },
  );

export const hasTraffic = (endpoint: string, deployment: string, traffic: number): Problem =>
  conflict(
    `Deployment "${deployment}" of endpoint "${endpoint}" has ${traffic} percent of the traffic.`,
    "Set its traffic to 0 first: `trainyard online-endpoint update --traffic`.",
  );
