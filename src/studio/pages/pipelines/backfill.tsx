import { Checkbox, Group, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import type { Schedule } from "../../../contract/schedule.ts";
import { useAction, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

/** Whole days of the schedule's time zone, both included. */
export function Backfill({ schedule, onDone }: { schedule: Schedule; onDone: () => void }) {
  const params = { workspace: useWorkspace(), name: schedule.name };
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [again, setAgain] = useState(false);
  const backfill = useAction("schedule", "backfill");
  const submit = () =>
    backfill.mutate(
      { params, body: { from, to, again } },
      {
        onSuccess: ({ due, alreadyThere }) => {
          const before = alreadyThere > 0 ? `; ${alreadyThere} were started before` : "";
          notifications.show({ message: `${due.length} ${due.length === 1 ? "time" : "times"} asked for${before}.` });
          onDone();
        },
      },
    );
  return (
    <DialogForm
      submit="Backfill"
      onSubmit={submit}
      onBack={onDone}
      change={backfill}
      disabled={from === "" || to === ""}
    >
      <p className="ty-quiet">
        It is started for each time of these days at which it was due and no job succeeded, oldest first
        {schedule.overlap === "allow" ? "" : ", one after the other"}.
      </p>
      <Group grow>
        <TextInput
          type="date"
          label="From"
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
          data-autofocus
        />
        <TextInput type="date" label="To" value={to} onChange={(event) => setTo(event.currentTarget.value)} />
      </Group>
      <Checkbox
        label="Also times whose job succeeded"
        checked={again}
        onChange={(event) => setAgain(event.currentTarget.checked)}
      />
    </DialogForm>
  );
}
