import { Button, Modal, Textarea, TextInput } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useState } from "react";
import type { Job } from "../../../contract/job.ts";
import { useAction, useCan, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

/** Changes what is said of a job: its name, a description, tags. */
export function EditJob({ job }: { job: Job }) {
  const [open, setOpen] = useState(false);
  if (!useCan("job:write") || job.deletedAt !== null) return null;
  return (
    <>
      <Button variant="default" leftSection={<IconPencil size={14} aria-hidden />} onClick={() => setOpen(true)}>
        Edit…
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title="Edit the job">
        {open && <EditForm job={job} onDone={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function EditForm({ job, onDone }: { job: Job; onDone: () => void }) {
  const params = { workspace: useWorkspace(), id: job.id };
  const [displayName, setDisplayName] = useState(job.displayName);
  const [description, setDescription] = useState(job.description);
  const tags = shortTags(job.tags);
  const [lines, setLines] = useState(linesOf(tags));
  const update = useAction("job", "update");
  const save = () => {
    const body = { displayName, description, tags: changeOf(tags, tagsIn(lines)) };
    update.mutate({ params, body }, { onSuccess: onDone });
  };
  return (
    <DialogForm submit="Save" onSubmit={save} onBack={onDone} change={update} disabled={displayName === ""}>
      <TextInput
        label="Name"
        value={displayName}
        maxLength={255}
        onChange={(event) => setDisplayName(event.currentTarget.value)}
        data-autofocus
      />
      <Textarea
        label="Description"
        autosize
        minRows={2}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <Textarea
        label="Tags"
        description="A line each: team=fraud. The job's run has them too."
        autosize
        minRows={2}
        value={lines}
        onChange={(event) => setLines(event.currentTarget.value)}
      />
    </DialogForm>
  );
}

/** Those of one line: others stay as they are. */
const shortTags = (tags: Job["tags"]): Job["tags"] =>
  Object.fromEntries(Object.entries(tags).filter(([key, value]) => !`${key}${value}`.includes("\n")));

const linesOf = (tags: Job["tags"]): string =>
  Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n");

function tagsIn(lines: string): Record<string, string> {
  const pairs = lines.split("\n").map((line): [string, string] => {
    const at = line.indexOf("=");
    return at < 0 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });
  return Object.fromEntries(pairs.filter(([key]) => key !== ""));
}

/** What is not among the wanted ones is removed. */
const changeOf = (now: Record<string, string>, wanted: Record<string, string>): Record<string, string | null> => ({
  ...Object.fromEntries(Object.keys(now).map((key) => [key, null])),
  ...wanted,
});
