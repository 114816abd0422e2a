import { Checkbox, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { JobInput } from "../../../contract/job.ts";
import type { PublishedPipeline } from "../../../contract/pipeline.ts";
import { useAction, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

/** A field for each input; what is left empty stays as it was published. */
export function StartPipeline({ pipeline, onDone }: { pipeline: PublishedPipeline; onDone: () => void }) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const start = useAction("pipeline", "start");
  const [values, setValues] = useState<Record<string, string>>({});
  const [forceRerun, setForceRerun] = useState(false);
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ""));
  const submit = () =>
    start.mutate(
      {
        params: { workspace, name: pipeline.name },
        body: { version: pipeline.version, inputs: given, ...(forceRerun ? { forceRerun } : {}) },
      },
      {
        onSuccess: (job) => {
          onDone();
          void navigate({ to: "/jobs/$id", params: { id: job.id } });
        },
      },
    );
  return (
    <DialogForm submit="Start" onSubmit={submit} onBack={onDone} change={start} disabled={false}>
      {Object.entries(pipeline.inputs).map(([name, input]) => (
        <TextInput
          key={name}
          label={name}
          description={input.type}
          placeholder={presetOf(input)}
          value={values[name] ?? ""}
          onChange={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
        />
      ))}
      <Checkbox
        label="Run everything, also what could be reused"
        checked={forceRerun}
        onChange={(event) => setForceRerun(event.currentTarget.checked)}
      />
    </DialogForm>
  );
}

export function presetOf({ binding, optional }: JobInput): string {
  if (binding?.from === "literal") return String(binding.value);
  if (binding?.from === "asset") {
    if (binding.version) return `${binding.name}:${binding.version}`;
    return `${binding.name}@${binding.label ?? "latest"}`;
  }
  if (binding?.from === "tree") return "files that were published with it";
  return optional ? "none" : "needed";
}
