import { describe, expect, it } from "vitest";
import { translate } from "./testing.ts";

const job = (resources: string) => `command: ls\nenvironment: { image: debian }\nresources: ${resources}\n`;

async function read(resources: string) {
  const { definition, issues, warnings } = await translate({ "job.yml": job(resources) });
  const step = definition?.steps.main;
  return { container: step && "container" in step ? step.container : undefined, issues, warnings };
}

describe("shm_size and docker_args", () => {
  it("say how the container is made", async () => {
    const text = await read(
      `{ shm_size: 4g, docker_args: "--ulimit memlock=-1 --ulimit=stack=67108864 --init -h box" }`,
    );
    expect(text.issues).toEqual([]);
    expect(text.container).toEqual({
      shmMb: 4096,
      arguments: ["--ulimit=memlock=-1", "--ulimit=stack=67108864", "--init", "--hostname=box"],
    });
    const list = await read(`{ docker_args: ["--shm-size", "512m", "--pids-limit=100"] }`);
    expect(list.container).toEqual({ shmMb: 512, arguments: ["--pids-limit=100"] });
    const both = await read(`{ shm_size: 1048576k, docker_args: "--shm-size=2g" }`);
    expect(both.container).toEqual({ shmMb: 1024, arguments: [] });
  });

  it("say what has no effect, and where to say it", async () => {
    const { issues, warnings, container } = await read(`{ docker_args: "--ipc=host --gpus all -e A=b" }`);
    expect(issues).toEqual([]);
    expect(container).toEqual({ arguments: [] });
    expect(warnings.map(({ message, hint }) => `${message} ${hint ?? ""}`)).toEqual([
      expect.stringMatching(/--ipc=host.*as large as shm_size/),
      expect.stringMatching(/--gpus=all.*resources.gpus/),
      expect.stringMatching(/--e=A=b.*environment_variables/),
    ]);
  });

  it.each([
    ["--privileged", /"--privileged" in docker_args is not for a step to ask/],
    ["--network host", /"--network=host" in docker_args/],
    ['-v "/my data:/data"', /"--v=\/my data:\/data" in docker_args/],
    ["--ulimit nonsense", /"--ulimit=nonsense" in docker_args/],
    ["ulimit", /"ulimit" in docker_args belongs to no option/],
  ])("refuse %s", async (words, expected) => {
    const { issues } = await read(JSON.stringify({ docker_args: words }));
    expect(issues.map(({ message }) => message)).toEqual([expect.stringMatching(expected)]);
  });

  it.each(["2 buckets", "0g", "-1m"])("refuse a size of %j", async (shm_size) => {
    const { issues } = await read(JSON.stringify({ shm_size }));
    expect(issues).toMatchObject([{ message: expect.stringContaining(`it is "${shm_size}"`) }]);
  });
});
