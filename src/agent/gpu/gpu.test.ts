import { describe, expect, it } from "vitest";
import { chooseGpus, listedIn } from "./find.ts";
import { gpuArguments, gpuVariables } from "./given.ts";
import { createGpuPool } from "./pool.ts";

const list = `
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5c89852c)
  MIG 3g.20gb     Device  0: (UUID: MIG-c6d4f1ef)
  MIG 3g.20gb     Device  1: (UUID: MIG-cba663e8)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-7709ea1b)
`;

describe("the GPUs of a machine", () => {
  const choose = (setting: string, text = list) => {
    const missing: string[] = [];
    return { chosen: chooseGpus(setting, listedIn(text), (name) => missing.push(name)), missing };
  };

  it("are those that are listed, those of the setting, or none that anybody knows of", () => {
    expect(choose("").chosen).toEqual(["0", "1"]);
    expect(choose("", "").chosen).toBeUndefined();
    expect(choose("none").chosen).toEqual([]);
    expect(choose("2, 4-6", "").chosen).toEqual(["2", "4", "5", "6"]);
  });

  it("are each there once, whatever they are called", () => {
    expect(choose("1,GPU-7709ea1b,0-1").chosen).toEqual(["1", "0"]);
    expect(choose("MIG-c6d4f1ef,MIG-cba663e8").chosen).toEqual(["MIG-c6d4f1ef", "MIG-cba663e8"]);
  });

  it("are not what is not there", () => {
    expect(choose("1-2,GPU-0")).toEqual({ chosen: ["1"], missing: ["2", "GPU-0"] });
  });
});

describe("the pool of GPUs", () => {
  const { signal } = new AbortController();
  const settled = async (promise: Promise<unknown>) =>
    Promise.race([promise.then(() => true), new Promise((resolve) => setTimeout(resolve, 5, false))]);

  it("gives each device to one step at a time, in the order in which they ask", async () => {
    const pool = createGpuPool(["0", "1", "2"]);
    const first = await pool.take(2, signal);
    expect(first.devices).toEqual(["0", "1"]);
    const large = pool.take(3, signal);
    const small = pool.take(1, signal);
    expect([await settled(large), await settled(small)]).toEqual([false, false]);
    first.release();
    const held = await large;
    expect(held.devices).toEqual(["0", "1", "2"]);
    first.release();
    expect(await settled(small), "released twice").toBe(false);
    held.release();
    expect((await small).devices).toEqual(["0"]);
  });

  it("lets a step that needs none pass by those that wait", async () => {
    const pool = createGpuPool(["0"]);
    const first = await pool.take(1, signal);
    const next = pool.take(1, signal);
    expect((await pool.take(0, signal)).devices).toEqual([]);
    first.release();
    expect((await next).devices).toEqual(["0"]);
  });

  it("passes on what one that is ended had waited for", async () => {
    const pool = createGpuPool(["0", "1"]);
    const first = await pool.take(1, signal);
    const ending = new AbortController();
    const ended = pool.take(2, ending.signal);
    const next = pool.take(1, signal);
    expect(await settled(next)).toBe(false);
    ending.abort(new Error("cancelled"));
    await expect(ended).rejects.toThrow("cancelled");
    expect((await next).devices).toEqual(["1"]);
    first.release();
    expect((await pool.take(1, signal)).devices).toEqual(["0"]);
  });

  it("says that there are not as many", async () => {
    await expect(createGpuPool(["0"]).take(2, signal)).rejects.toThrow("asks for 2 GPUs; this agent has 1.");
    expect((await createGpuPool().take(0, signal)).devices).toEqual([]);
  });
});

describe("a step with GPUs", () => {
  it("is told which, and in a container how many", () => {
    const order = { CUDA_DEVICE_ORDER: "PCI_BUS_ID" };
    expect(gpuVariables(["2", "5"], { isContainer: false })).toEqual({
      ...order,
      ...{ CUDA_VISIBLE_DEVICES: "2,5", NVIDIA_VISIBLE_DEVICES: "2,5" },
    });
    expect(gpuVariables(["2", "5"], { isContainer: true })).toMatchObject({ CUDA_VISIBLE_DEVICES: "0,1" });
    const none = { ...order, CUDA_VISIBLE_DEVICES: "", NVIDIA_VISIBLE_DEVICES: "void" };
    expect(gpuVariables([], { isContainer: true })).toEqual(none);
  });

  it("gets them into its container as the engine has it", () => {
    expect(gpuArguments("docker", ["2", "5"])).toEqual(["--gpus", '"device=2,5"']);
    expect(gpuArguments("podman", ["2", "5"])).toEqual([
      ...["--device", "nvidia.com/gpu=2"],
      ...["--device", "nvidia.com/gpu=5"],
    ]);
    expect(gpuArguments("docker", [])).toEqual([]);
  });
});
