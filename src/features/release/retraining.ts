import { Problem } from "../../contract/errors.ts";
import type { Subscriber } from "../../platform/events/deliver.ts";
import { record } from "../../platform/events/journal.ts";
import { createRelease } from "./service.ts";

/**
 * A build that a retraining led to is released like any other: it goes through the stages and their checks. One that
 * cannot be released is noted as such; the events behind it must not wait for somebody to mend it.
 */
export const retrainedBuilds: Subscriber = {
  name: "release.retrained-builds",
  types: ["build.succeeded"],
  async handle(tx, event) {
    const { trigger = "" } = event.data as { trigger?: string };
    const [kind, monitor] = trigger.split("/");
    if (kind !== "monitor" || !monitor) return;
    const { workspace, subject } = event;
    const build = Number(subject.split("/")[1]);
    try {
      await createRelease(tx, { workspace, build, monitors: [monitor], trigger, idempotencyKey: trigger });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      record(tx, { workspace, type: "release.refused", subject, reason: error.message, data: { trigger } });
    }
  },
};
