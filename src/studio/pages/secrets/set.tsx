import { Checkbox, PasswordInput, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import type { Secret } from "../../../contract/secret.ts";
import { useAction, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

export function SetSecret({ before, onDone }: { before?: Secret; onDone: () => void }) {
  const workspace = useWorkspace();
  const [name, setName] = useState(before?.name ?? "");
  const [description, setDescription] = useState(before?.description ?? "");
  const [value, setValue] = useState("");
  const [rotated, setRotated] = useState(false);
  const set = useAction("secret", "set");
  const submit = () =>
    set.mutate(
      { params: { workspace, name: name.trim() }, body: { value, description, rotated } },
      {
        onSuccess: (secret) => {
          notifications.show({ message: `Secret ${secret.name} is kept, as version ${secret.version}.` });
          onDone();
        },
      },
    );
  return (
    <DialogForm
      submit={before ? "Change" : "Keep"}
      onSubmit={submit}
      onBack={onDone}
      change={set}
      disabled={name.trim() === "" || value === ""}
    >
      <TextInput
        label="Name"
        required
        data-autofocus={before ? undefined : true}
        readOnly={before !== undefined}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PasswordInput
        label="Value"
        description="At least 6 characters. It is not shown again, to anybody."
        required
        autoComplete="off"
        data-autofocus={before ? true : undefined}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <TextInput
        label="Description"
        description="What it opens."
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      {before && (
        <Checkbox
          label="Rotated: it opens what it opened before"
          description="Earlier results of steps are still reused. Otherwise steps with this secret run again."
          checked={rotated}
          onChange={(event) => setRotated(event.currentTarget.checked)}
        />
      )}
    </DialogForm>
  );
}
