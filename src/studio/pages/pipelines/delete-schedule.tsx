import { useNavigate } from "@tanstack/react-router";
import type { Schedule } from "../../../contract/schedule.ts";
import { useAction, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

export function DeleteSchedule({ schedule, onDone }: { schedule: Schedule; onDone: () => void }) {
  const params = { workspace: useWorkspace(), name: schedule.name };
  const navigate = useNavigate();
  const remove = useAction("schedule", "delete");
  const submit = () =>
    remove.mutate(
      { params },
      { onSuccess: () => void navigate({ to: "/pipelines/$name", params: { name: schedule.pipeline } }) },
    );
  return (
    <DialogForm submit="Delete" onSubmit={submit} onBack={onDone} change={remove} disabled={false} isNegative>
      <p>
        <code>{schedule.name}</code> starts nothing any more, and what it noted is forgotten; jobs that it started stay.
        {schedule.hasAddress && " Its address stops working."}
      </p>
    </DialogForm>
  );
}
