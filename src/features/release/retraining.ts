import type { Subscriber } from "../../platform/events/deliver.ts";
import { createRelease } from "./service.ts";

/** A build that a retraining led to is released like any other: it goes through the stages and their checks. */
export const retrainedBuilds: Subscriber = {
  name: "release.retrained-builds",
  types: ["build.succeeded"],
  async handle(tx, event) {
    const { trigger = "" } = event.data as { trigger?: string };
    const [kind, monitor] = trigger.split("/");
    if (kind !== "monitor" || !monitor) return;
    const build = Number(event.subject.split("/")[1]);
    await createRelease(tx, {
      workspace: event.workspace,
      build,
      monitors: [monitor],
      trigger,
      idempotencyKey: trigger,
    });
  },
};
