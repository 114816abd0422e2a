import { Textarea } from "@mantine/core";
import { useState } from "react";
import type { Schedule } from "../../../contract/schedule.ts";
import { useAction, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

/** Starts a schedule as if its address were called with a body. */
export function StartWithBody({ schedule: { name }, onDone }: { schedule: Schedule; onDone: () => void }) {
  const params = { workspace: useWorkspace(), name };
  const [text, setText] = useState("{}");
  const fire = useAction("schedule", "fire");
  const body = parsed(text);
  return (
    <DialogForm
      submit="Start"
      onSubmit={() => fire.mutate({ params, body: { body } }, { onSuccess: onDone })}
      onBack={onDone}
      change={fire}
      disabled={body === undefined}
    >
      <Textarea
        label="Body"
        description="JSON, as if its address were called with it"
        autosize
        minRows={6}
        value={text}
        error={body === undefined && "This is no JSON."}
        onChange={(event) => setText(event.currentTarget.value)}
        data-autofocus
      />
    </DialogForm>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
