import { describe, expect, it } from "vitest";
import type { JobEnvironment } from "../../contract/job.ts";
import { noteOf, place } from "./place.ts";

const known = new Map([
  ["local", { name: "local", kind: "local" as const }],
  ["container", { name: "container", kind: "container" as const }],
  ["box", { name: "box", kind: "local" as const }],
]);
const conda = { name: null, condaFile: "dependencies: []", image: "debian" };
const image = { name: null, condaFile: null, image: "debian" };
const plain: JobEnvironment = { name: null, condaFile: null, image: null };
const at = (compute: string | null, environment = plain, fallback = "local") =>
  place({ compute, environment, resources: {} }, known, fallback).compute;

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
    expect(place({ compute: null, environment: built, resources: {} }, known, "local").inImage).toBe(true);
    expect(() => at("box", built)).toThrow(/box runs steps as processes/);
  });

  it("asks for one CPU unless the step says otherwise", () => {
    const resources = { cpus: 0.5, memoryMb: 10 };
    expect(place({ compute: null, environment: image, resources: {} }, known, "local").inImage).toBe(true);
    expect(place({ compute: null, environment: plain, resources: {} }, known, "local").resources).toEqual({
      ...{ cpus: 1, memoryMb: 0, gpus: 0 },
    });
    expect(place({ compute: null, environment: plain, resources }, known, "local").resources).toEqual({
      ...{ cpus: 0.5, memoryMb: 10, gpus: 0 },
    });
  });

  it("says when a step runs elsewhere than it asked to", () => {
    expect(noteOf("azureml:box", "box")).toBeNull();
    expect(noteOf(null, "box")).toBeNull();
    expect(noteOf("azureml:cpu-cluster", "local")).toMatch(
      /asks for the compute azureml:cpu-cluster.*runs on the compute local/,
    );
  });
});
