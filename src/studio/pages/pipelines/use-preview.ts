import { useQuery } from "@tanstack/react-query";
import type { Trigger } from "../../../contract/trigger.ts";
import { query, useWorkspace } from "../../api.ts";
import { isClock } from "./policy.ts";

/** The next times of a trigger, and what is wrong with it. Only a clock has any; others are good as they are. */
export function usePreview(trigger: Trigger | undefined) {
  const workspace = useWorkspace();
  const hasTimes = trigger !== undefined && isClock(trigger.type);
  const preview = useQuery({
    ...query("schedule", "preview", { params: { workspace }, body: { trigger: trigger!, count: 3 } }),
    enabled: hasTimes,
    retry: false,
  });
  return {
    due: hasTimes ? preview.data?.due : undefined,
    error: hasTimes ? preview.error?.message : undefined,
    isGood: trigger !== undefined && (!hasTimes || preview.isSuccess),
  };
}
