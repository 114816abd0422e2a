import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schedule } from "../../../contract/schedule.ts";
import { query, useAction, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { draftOf, settingsOf } from "./schedule-draft.ts";
import { ScheduleFields } from "./schedule-fields.tsx";
import { usePreview } from "./use-preview.ts";

/** Its jobs are started in the name of who changes it. */
export function EditSchedule({ schedule, onDone }: { schedule: Schedule; onDone: () => void }) {
  const workspace = useWorkspace();
  const versions = useQuery(query("pipeline", "versions", { params: { workspace, name: schedule.pipeline } }));
  const put = useAction("schedule", "put");
  const [draft, setDraft] = useState(() => draftOf(schedule));
  const settings = settingsOf(draft, schedule.pipeline, schedule);
  const { isGood } = usePreview(settings?.trigger);
  const submit = () =>
    settings &&
    put.mutate({ params: { workspace, name: schedule.name }, body: settings }, { onSuccess: () => onDone() });
  return (
    <Loaded query={versions}>
      {({ items }) => (
        <DialogForm submit="Change" onSubmit={submit} onBack={onDone} change={put} disabled={!isGood}>
          <p className="ty-quiet">From now on its jobs are started in your name.</p>
          <ScheduleFields
            draft={draft}
            onChange={(change) => setDraft((before) => ({ ...before, ...change }))}
            versions={items}
            before={schedule}
          />
        </DialogForm>
      )}
    </Loaded>
  );
}
