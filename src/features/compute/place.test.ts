import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { commandStepSchema, type JobEnvironment } from "../../contract/job.ts";
import { mostCpus } from "./most-cpus.ts";
import { noteOf, place } from "./place.ts";

const known = new Map([
  ["local", { name: "local", kind: "local" as const }],
  ["container", { name: "container", kind: "container" as const }],
  ["box", { name: "box", kind: "local" as const }],
]);
const conda = { name: null, condaFile: "dependencies: []", image: "debian" };
const image = { name: null, condaFile: null, image: "debian" };
const plain: JobEnvironment = { name: null, condaFile: null, image: null };
const asking = commandStepSchema.parse({ command: "true", code: null, environment: plain });
const at = (compute: string | null, environment = plain, fallback = "local") =>
  place({ ...asking, compute, environment }, known, fallback).compute;

describe("place", () => {
  it("takes the compute that is named, and the default in place of one that is not known", () => {
    expect(at("azureml:box")).toBe("box");
    expect(at("azureml:box:1")).toBe("box");
    expect(at("local")).toBe("local");
    expect(at(null, plain, "box")).toBe("box");
    expect(at("azureml:serverless", plain, "box")).toBe("box");
    expect(at("gone", plain, "gone too")).toBe("local");
  });

  it("runs an image in a container, unless there is a conda file to make an environment from", () => {
    expect(at(null, image)).toBe("container");
    expect(at("box", image)).toBe("container");
    expect(at("box", conda)).toBe("box");
    expect(at("container", conda)).toBe("local");
    expect(at("container")).toBe("local");
  });

  it("runs what is built from a Dockerfile in a container, and not on a compute of processes that is named", () => {
    const built = { ...plain, build: { context: "0".repeat(64), dockerfile: "Dockerfile" } };
    expect(at(null, built)).toBe("container");
    expect(at("azureml:cpu-cluster", built)).toBe("container");
    expect(place({ ...asking, environment: built }, known, "local").inImage).toBe(true);
    expect(() => at("box", built)).toThrow(/box runs steps as processes/);
  });

  it("asks for one CPU unless the step says otherwise", () => {
    const resources = { cpus: 0.5, memoryMb: 10 };
    expect(place({ ...asking, environment: image }, known, "local").inImage).toBe(true);
    expect(place(asking, known, "local").resources).toEqual({ cpus: 1, memoryMb: 0, gpus: 0 });
    expect(place({ ...asking, resources }, known, "local").resources).toEqual({ cpus: 0.5, memoryMb: 10, gpus: 0 });
  });

  it("asks for a CPU for each process of a step, and for no more than it can have", () => {
    const cpusOf = (more: Partial<z.input<typeof commandStepSchema>>, most: number) =>
      place(commandStepSchema.parse({ ...asking, ...more }), known, "local", () => most).resources.cpus;
    const parallel = { input: "data", entryScript: "x.py", instanceCount: 2, maxConcurrencyPerInstance: 3 };
    const mpi = { type: "mpi" as const, instanceCount: 2, processesPerInstance: 4 };
    const tensorflow = { type: "tensorflow" as const, instanceCount: 9, workers: 2, parameterServers: 1 };
    expect(cpusOf({ parallel }, 16)).toBe(6);
    expect(cpusOf({ distribution: mpi }, 16)).toBe(8);
    expect(cpusOf({ distribution: tensorflow }, 16)).toBe(3);
    expect(cpusOf({ distribution: mpi }, 4)).toBe(4);
    expect(cpusOf({ distribution: mpi, resources: { cpus: 0.5 } }, 4)).toBe(0.5);
    expect(cpusOf({}, 4)).toBe(1);
  });

  it("can have what the largest agent has that could take the step, within the limits", () => {
    const unlimited = { max_steps: null, max_cpus: null, max_memory_mb: null, max_gpus: null };
    const compute = { name: "local", kind: "local" as const, dedicated: 0, ...unlimited };
    const agent = (cpus: number, gpus = 0) => ({
      ...{ computes: null, containerEngine: null },
      total: { cpus, memoryMb: 1000, gpus },
    });
    const agents = [agent(4), agent(16), agent(8, 1)];
    const asked = { memoryMb: 0, gpus: 0 };
    expect(mostCpus({ compute, quota: undefined, agents }, asked)).toBe(16);
    expect(mostCpus({ compute, quota: undefined, agents }, { ...asked, gpus: 1 })).toBe(8);
    expect(mostCpus({ compute, quota: { ...unlimited, max_cpus: 6 }, agents }, asked)).toBe(6);
    expect(mostCpus({ compute: { ...compute, max_cpus: 0 }, quota: undefined, agents }, asked)).toBe(1);
    expect(mostCpus({ compute, quota: undefined, agents: [] }, asked)).toBe(1);
    expect(mostCpus({ compute: { ...compute, dedicated: 1 }, quota: undefined, agents }, asked)).toBe(1);
  });

  it("says when a step runs elsewhere than it asked to", () => {
    expect(noteOf("azureml:box", "box")).toBeNull();
    expect(noteOf(null, "box")).toBeNull();
    expect(noteOf("azureml:cpu-cluster", "local")).toMatch(
      /asks for the compute azureml:cpu-cluster.*runs on the compute local/,
    );
  });
});
