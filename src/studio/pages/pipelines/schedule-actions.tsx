import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import type { Schedule } from "../../../contract/schedule.ts";
import { useAction, useCan, useWorkspace } from "../../api.ts";
import { ProblemBox } from "../../parts/problem.tsx";
import { Backfill } from "./backfill.tsx";
import { DeleteSchedule } from "./delete-schedule.tsx";
import { EditSchedule } from "./edit-schedule.tsx";
import { isClock } from "./policy.ts";
import { takesBody } from "./schedule-draft.ts";
import { StartWithBody } from "./start-with-body.tsx";

const dialogs = {
  edit: { title: "Edit", Form: EditSchedule },
  backfill: { title: "Backfill", Form: Backfill },
  delete: { title: "Delete", Form: DeleteSchedule },
  start: { title: "Start", Form: StartWithBody },
};

/** What can be done with a schedule. */
export function ScheduleActions({ schedule }: { schedule: Schedule }) {
  const params = { workspace: useWorkspace(), name: schedule.name };
  const [open, setOpen] = useState<keyof typeof dialogs | null>(null);
  const allowed = useCan("job:write");
  const fire = useAction("schedule", "fire");
  const turn = useAction("schedule", "switch");
  const error = fire.error ?? turn.error;
  const { enabled, trigger } = schedule;
  const close = () => setOpen(null);
  const { title, Form } = dialogs[open ?? "edit"];
  const opens = (what: keyof typeof dialogs, isPossible = true) => ({
    variant: "default",
    disabled: !allowed || !isPossible,
    onClick: () => setOpen(what),
  });
  return (
    <>
      <Button {...opens("delete")}>Delete…</Button>
      {isClock(trigger.type) && (
        <Button {...opens("backfill", enabled)} title={enabled ? undefined : "It is disabled: enable it first"}>
          Backfill…
        </Button>
      )}
      <Button {...opens("edit")}>Edit…</Button>
      <Button
        variant="default"
        disabled={!allowed}
        loading={turn.isPending}
        onClick={() => turn.mutate({ params, body: { enabled: !enabled } })}
      >
        {enabled ? "Disable" : "Enable"}
      </Button>
      {takesBody(schedule) ? (
        <Button disabled={!allowed} onClick={() => setOpen("start")}>
          Start now…
        </Button>
      ) : (
        <Button disabled={!allowed} loading={fire.isPending} onClick={() => fire.mutate({ params, body: {} })}>
          Start now
        </Button>
      )}
      {error && <ProblemBox error={error} />}
      <Modal opened={open !== null} onClose={close} title={`${title} ${schedule.name}`} size={560}>
        {open !== null && <Form schedule={schedule} onDone={close} />}
      </Modal>
    </>
  );
}
