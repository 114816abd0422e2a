import type { ComputeKind } from "../../contract/compute.ts";
import type { StepCompute } from "./compute.ts";
import { openContainerCompute } from "./container.ts";
import { type ContainerSettings, findEngine, words } from "./engine.ts";
import { type Images, openImages } from "./images.ts";
import { openLocalCompute } from "./local.ts";

export interface Computes {
  byKind: Record<ComputeKind, StepCompute>;
  /** `podman 4.3.1`; null when there is none. */
  containerEngine: string | null;
  images: Images;
  /** Ends what an agent of this home that died left running. */
  cleanUp(): Promise<void>;
  /** Ends what runs. */
  close(): Promise<void>;
}

/** Everything that steps can run on here. */
export async function openComputes(options: {
  home: string;
  marker: string;
  controlUrl: string;
  containers: ContainerSettings;
}): Promise<Computes> {
  const engine = await findEngine(options.containers);
  const local = openLocalCompute(options);
  const container = openContainerCompute({ ...options, settings: options.containers, engine });
  const cleanUp = async () => {
    await local.cleanUp();
    await container.cleanUp();
  };
  return {
    byKind: { local, container },
    containerEngine: engine?.name ?? null,
    cleanUp,
    images: openImages({ engine, buildArguments: words(options.containers.buildArguments), marker: options.marker }),
    async close() {
      await cleanUp();
      await container.close();
    },
  };
}
