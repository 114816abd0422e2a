import type { DesiredServing } from "../contract/serving.ts";
import { Instance, type InstanceOptions } from "./instance.ts";
import type { DesiredEndpoint, Route } from "./traffic.ts";

/** An endpoint as callers meet it. */
export interface LiveEndpoint {
  desired: DesiredEndpoint;
  /** Who answers now. */
  live: Route[];
  /** Who is to answer; the same as `live` once the change is through. */
  wanted: Route[];
}

const keyOf = (workspace: string, endpoint: string): string => `${workspace}/${endpoint}`;

/**
 * Turns what is desired into endpoints and running models. A change starts new models first, moves an endpoint over
 * when all of its deployments with traffic are ready, and only then lets go of the old ones, which answer what they
 * have. Keys and the removal of an endpoint take effect at once.
 */
export class Fleet {
  readonly #options: InstanceOptions;
  readonly #endpoints = new Map<string, LiveEndpoint>();
  #instances = new Set<Instance>();
  #stopping = new Set<Promise<void>>();
  #generation = -1;
  #closed = false;

  /** `changed` is told of everything that a report shows. */
  constructor(options: InstanceOptions) {
    this.#options = options;
  }

  endpoint(workspace: string, name: string): LiveEndpoint | undefined {
    return this.#endpoints.get(keyOf(workspace, name));
  }

  get endpoints(): Iterable<LiveEndpoint> {
    return this.#endpoints.values();
  }

  /** The newest generation that was taken up. */
  get generation(): number {
    return this.#generation;
  }

  /** Is everything desired in effect? A deployment that failed counts if it gets no traffic. */
  get applied(): boolean {
    return [...this.#endpoints.values()].every(
      ({ live, wanted }) => live === wanted && wanted.every((route) => route.instance.state !== "starting"),
    );
  }

  apply(desired: DesiredServing): void {
    if (this.#closed) return;
    this.#generation = desired.generation;
    const keep = new Set<string>();
    for (const endpoint of desired.endpoints) {
      const key = keyOf(endpoint.workspace, endpoint.name);
      keep.add(key);
      const known = this.#endpoints.get(key);
      const wanted = endpoint.deployments.map((deployment) => ({
        deployment,
        instance: this.#instanceFor(known, deployment.name, deployment.model.digest),
      }));
      this.#endpoints.set(key, { desired: endpoint, live: known?.live ?? [], wanted });
    }
    for (const key of this.#endpoints.keys()) if (!keep.has(key)) this.#endpoints.delete(key);
    this.#advance();
    void this.#options.store
      .keepOnly(new Set([...this.#instances].map((instance) => instance.digest)))
      .catch((error: unknown) => this.#options.log.warn("unused models were not removed", { error: String(error) }));
  }

  /** Lets every model answer what it has, for up to `ms`, then ends them. */
  async close(ms: number): Promise<void> {
    this.#closed = true;
    for (const instance of this.#instances) this.#retire(instance, ms);
    await Promise.all(this.#stopping);
  }

  #instanceFor(known: LiveEndpoint | undefined, deployment: string, digest: string): Instance {
    const running = [...(known?.wanted ?? []), ...(known?.live ?? [])].find(
      (route) => route.deployment.name === deployment && route.instance.digest === digest,
    );
    if (running) return running.instance;
    const changed = () => {
      this.#advance();
      this.#options.changed();
    };
    const instance = new Instance(digest, { ...this.#options, changed });
    this.#instances.add(instance);
    return instance;
  }

  #advance(): void {
    if (this.#closed) return;
    for (const endpoint of this.#endpoints.values()) if (mayMove(endpoint)) endpoint.live = endpoint.wanted;
    const { queueMs, runMs } = this.#options.limits;
    const needed = new Set<Instance>();
    for (const { live, wanted } of this.#endpoints.values())
      for (const route of [...live, ...wanted]) needed.add(route.instance);
    for (const instance of this.#instances) if (!needed.has(instance)) this.#retire(instance, queueMs + runMs);
    this.#options.changed();
  }

  #retire(instance: Instance, ms: number): void {
    this.#instances.delete(instance);
    const stopping = instance.stop(ms).finally(() => this.#stopping.delete(stopping));
    this.#stopping.add(stopping);
  }
}

/** New routes take over when those with traffic are ready, or when the old ones cannot answer anyway. */
function mayMove({ live, wanted }: LiveEndpoint): boolean {
  const answers = (routes: Route[]) => routes.filter((route) => route.deployment.traffic > 0);
  return (
    answers(wanted).every((route) => route.instance.accepting) ||
    !answers(live).some((route) => route.instance.accepting)
  );
}
