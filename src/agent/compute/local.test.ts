import { randomUUID } from "node:crypto";
import { describe } from "vitest";
import { findCgroupRoot } from "../../platform/process/cgroup.ts";
import { findMarked } from "../../platform/process/kill.ts";
import { describeCompute } from "./conformance.ts";
import { openLocalCompute } from "./local.ts";

const ownRoot = findCgroupRoot();

describe.each(ownRoot === null ? [null] : [ownRoot, null])("with control groups in %s", (root) => {
  describeCompute("local", async (home) => {
    const marker = `TRAINYARD_TEST_HOME=${randomUUID()}`;
    return {
      compute: openLocalCompute({ home, marker, root }),
      image: null,
      holdsAll: root !== null,
      leftovers: async () => (await findMarked(marker)).map(String),
      close: async () => {},
    };
  });
});
