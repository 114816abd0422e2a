import { Problem } from "../../contract/errors.ts";
import type { Subscriber } from "../../platform/events/deliver.ts";
import { record } from "../../platform/events/journal.ts";
import { retrainingOf } from "../monitor/index.ts";
import { createBuild } from "./service.ts";

/** What a retraining made is built, if its monitor says so. A model that was not better ends the matter, and well. */
export const retrainedModels: Subscriber = {
  name: "build.retrained-models",
  types: ["job.succeeded"],
  async handle(tx, event) {
    const { trigger = "", registered = [] } = event.data as { trigger?: string; registered?: string[] };
    const [kind, monitor] = trigger.split("/");
    if (kind !== "monitor" || !monitor) return;
    const { workspace } = event;
    const models = registered
      .map((subject) => subject.split("/"))
      .filter(([noun]) => noun === "model")
      .map(([, name = "", version = ""]) => ({ name, version }));
    if (models.length === 0) {
      record(tx, { workspace, type: "retraining.not-better", subject: `monitor/${monitor}`, data: { trigger } });
      return;
    }
    const build = (await retrainingOf(tx, workspace, monitor))?.build;
    if (!build) return;
    try {
      await createBuild(tx, { workspace, ...build, models, trigger, idempotencyKey: trigger });
    } catch (error) {
      // The events behind this one must not wait for somebody to mend it.
      if (!(error instanceof Problem)) throw error;
      record(tx, {
        ...{ workspace, type: "build.refused", subject: `monitor/${monitor}` },
        ...{ reason: error.message, data: { trigger } },
      });
    }
  },
};
