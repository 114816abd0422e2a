import { Button, Modal, Textarea, TextInput } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useState } from "react";
import type { Run } from "../../../contract/run.ts";
import { useAction, useCan, useWorkspace } from "../../api.ts";
import { ProblemBox } from "../../parts/problem.tsx";

export const descriptionTag = "mlflow.note.content";

/** Renames and describes a run. */
export function EditRun({ run }: { run: Run }) {
  const [open, setOpen] = useState(false);
  const mayWrite = useCan("run:write");
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconPencil size={14} aria-hidden />}
        disabled={!mayWrite || run.lifecycleStage === "deleted"}
        onClick={() => setOpen(true)}
      >
        Edit…
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title="Edit run">
        {open && <EditForm run={run} onDone={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function EditForm({ run, onDone }: { run: Run; onDone(): void }) {
  const workspace = useWorkspace();
  const [name, setName] = useState(run.name);
  const [description, setDescription] = useState(run.tags[descriptionTag] ?? "");
  const update = useAction("run", "update");
  return (
    <form
      className="ty-form"
      onSubmit={(event) => {
        event.preventDefault();
        const body = { name, description };
        update.mutate({ params: { workspace, id: run.id }, body }, { onSuccess: onDone });
      }}
    >
      <TextInput
        label="Name"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
        required
      />
      <Textarea
        label="Description"
        autosize
        minRows={3}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      {update.error && <ProblemBox error={update.error} />}
      <div className="ty-form-actions">
        <Button type="submit" loading={update.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
