import { Button, Menu, Modal, UnstyledButton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArchive, IconDots, IconRestore, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { Job } from "../../../contract/job.ts";
import { useAction, useCan, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

/** Takes a job that has ended out of the lists, or brings it back. */
export function Shelf({ job }: { job: Job }) {
  const params = { workspace: useWorkspace(), id: job.id };
  const archive = useAction("job", "archive");
  const allowed = useCan("job:write");
  const [asks, setAsks] = useState(false);
  if (job.parent || !allowed) return null;
  if (job.deletedAt !== null) return <Restore job={job} />;
  return (
    <>
      <Menu position="bottom-end" width={180}>
        <Menu.Target>
          <UnstyledButton className="ty-copy" aria-label="More about the job">
            <IconDots size={16} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          {!job.archived && (
            <Menu.Item
              leftSection={<IconArchive size={14} />}
              onClick={() =>
                archive.mutate({ params }, { onSuccess: () => say(job, "is archived"), onError: complain })
              }
            >
              Archive
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconTrash size={14} />} onClick={() => setAsks(true)}>
            Delete…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {job.archived && <Restore job={job} />}
      <Modal opened={asks} onClose={() => setAsks(false)} title="Delete the job">
        <Delete job={job} onDone={() => setAsks(false)} />
      </Modal>
    </>
  );
}

export function Restore({ job, size }: { job: Job; size?: "compact-xs" }) {
  const params = { workspace: useWorkspace(), id: job.id };
  const restore = useAction("job", "restore");
  return (
    <Button
      variant="default"
      size={size}
      loading={restore.isPending}
      aria-label={`Restore ${job.displayName}`}
      leftSection={size ? undefined : <IconRestore size={14} aria-hidden />}
      onClick={() =>
        restore.mutate({ params }, { onSuccess: () => say(job, "is in the lists again"), onError: complain })
      }
    >
      Restore
    </Button>
  );
}

function Delete({ job, onDone }: { job: Job; onDone: () => void }) {
  const params = { workspace: useWorkspace(), id: job.id };
  const remove = useAction("job", "delete");
  const done = () => {
    onDone();
    say(job, "is deleted");
  };
  return (
    <DialogForm
      submit="Delete"
      onSubmit={() => remove.mutate({ params }, { onSuccess: done })}
      onBack={onDone}
      change={remove}
      disabled={false}
      isNegative
    >
      <p>
        <b>{job.displayName}</b> is hidden, and can be restored until <code>trainyard gc</code> purges it: 30 days after
        it was deleted, unless told otherwise.
      </p>
      <p>
        Then its steps, logs, trials and items are gone, with the results that other jobs could reuse. Its runs stay,
        and so do the models and data that it registered.
      </p>
    </DialogForm>
  );
}

const say = ({ displayName }: Job, what: string): void => {
  notifications.show({ message: `${displayName} ${what}.` });
};
const complain = ({ message }: Error): void => {
  notifications.show({ color: "red", message });
};
