import { randomUUID } from "node:crypto";
import { findCgroupRoot } from "../../platform/process/cgroup.ts";
import { findMarked } from "../../platform/process/kill.ts";
import { describeCompute } from "./conformance.ts";
import { openLocalCompute } from "./local.ts";

describeCompute("local", async (home) => {
  const marker = `TRAINYARD_TEST_HOME=${randomUUID()}`;
  return {
    compute: openLocalCompute({ home, marker }),
    image: null,
    holdsAll: findCgroupRoot() !== null,
    leftovers: async () => (await findMarked(marker)).map(String),
    close: async () => {},
  };
});
