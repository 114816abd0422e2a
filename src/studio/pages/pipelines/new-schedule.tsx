import { TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { PublishedPipeline } from "../../../contract/pipeline.ts";
import { useAction, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";
import { newDraft, settingsOf } from "./schedule-draft.ts";
import { ScheduleFields } from "./schedule-fields.tsx";
import { usePreview } from "./use-preview.ts";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A schedule under a name that none has. */
export function NewSchedule({ versions, onDone }: { versions: PublishedPipeline[]; onDone: () => void }) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const create = useAction("schedule", "create");
  const [draft, setDraft] = useState(() => newDraft(zone));
  const name = draft.name.trim();
  const settings = settingsOf(draft, versions[0]!.name);
  const { isGood } = usePreview(settings?.trigger);
  const submit = () =>
    settings &&
    create.mutate(
      { params: { workspace }, body: { name, ...settings } },
      {
        onSuccess: () => {
          onDone();
          void navigate({ to: "/schedules/$name", params: { name } });
        },
      },
    );
  return (
    <DialogForm submit="Create" onSubmit={submit} onBack={onDone} change={create} disabled={!isGood || name === ""}>
      <TextInput
        label="Name"
        placeholder="nightly"
        value={draft.name}
        onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
        data-autofocus
      />
      <ScheduleFields
        draft={draft}
        onChange={(change) => setDraft((before) => ({ ...before, ...change }))}
        versions={versions}
      />
    </DialogForm>
  );
}
