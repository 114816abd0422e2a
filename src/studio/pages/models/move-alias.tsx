import { Button, Modal, Select, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { query, useAction, useCan, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

interface MoveProps {
  name: string;
  /** The versions to choose from, newest first. */
  versions: string[];
  /** The version that it is about, when there is one. */
  version?: string;
}

/** A button, and the dialog that points an alias at a version. */
export function MoveAlias(props: MoveProps) {
  const [open, setOpen] = useState(false);
  const allowed = useCan("model:alias");
  return (
    <>
      <Button
        variant="default"
        disabled={!allowed}
        title={allowed ? undefined : "Your role may not move aliases"}
        onClick={() => setOpen(true)}
      >
        Move alias…
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={`Move an alias of ${props.name}`} size={520}>
        {open && <Form {...props} onDone={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function Form({ name, versions, version, onDone }: MoveProps & { onDone: () => void }) {
  const workspace = useWorkspace();
  const [alias, setAlias] = useState("");
  const [target, setTarget] = useState(version ?? versions[0] ?? null);
  const [reason, setReason] = useState("");
  const policy = useQuery(query("model", "getPolicy", { params: { workspace } }));
  const promotes = useCan("model:promote");
  const move = useAction("model", "setAlias");
  const patterns = policy.data?.protectedAliases ?? [];
  const submit = () =>
    move.mutate(
      { params: { workspace, name, alias: alias.trim() }, body: { version: target!, reason: reason.trim() } },
      {
        onSuccess: () => {
          notifications.show({ message: `${alias.trim()} points to version ${target} of ${name}.` });
          onDone();
        },
      },
    );
  return (
    <DialogForm
      submit="Move"
      onSubmit={submit}
      onBack={onDone}
      change={move}
      disabled={alias.trim() === "" || target === null}
    >
      <TextInput
        label="Alias"
        description={
          patterns.length > 0 && !promotes
            ? `Protected, so not yours to move: ${patterns.join(", ")}.`
            : "Made when there is none of that name."
        }
        data-autofocus
        required
        value={alias}
        onChange={(event) => setAlias(event.currentTarget.value)}
      />
      <Select
        label="Version"
        data={versions}
        value={target}
        onChange={setTarget}
        allowDeselect={false}
        searchable={versions.length > 10}
      />
      <Textarea
        label="Reason"
        description="It stays in the history of the alias."
        autosize
        minRows={2}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </DialogForm>
  );
}
