import { Button, Checkbox, Modal, Select, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { query, useAction, useCan, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

interface MoveProps {
  name: string;
  version: string;
  /** Where the version is. */
  stage: string;
}

/** A button, and the dialog that moves a version to another stage. */
export function MoveStage(props: MoveProps) {
  const [open, setOpen] = useState(false);
  const allowed = useCan("model:alias");
  return (
    <>
      <Button
        variant="default"
        disabled={!allowed}
        title={allowed ? undefined : "Your role may not move versions between stages"}
        onClick={() => setOpen(true)}
      >
        Move stage…
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={`Move version ${props.version} of ${props.name}`}
        size={520}
      >
        {open && <Form {...props} onDone={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function Form({ name, version, stage, onDone }: MoveProps & { onDone: () => void }) {
  const workspace = useWorkspace();
  const [to, setTo] = useState<string | null>(null);
  const [archiveOthers, setArchiveOthers] = useState(false);
  const [reason, setReason] = useState("");
  const policy = useQuery(query("model", "getPolicy", { params: { workspace } }));
  const promotes = useCan("model:promote");
  const move = useAction("model", "setStage");
  const { stages = [], protectedStages = [] } = policy.data ?? {};
  const isHeld = !promotes && isAmong(protectedStages, stage);
  const choices = ["None", ...stages, "Staging", "Production", "Archived"].map((value) => ({
    ...{ value, label: value === stage ? `${value} (it is there)` : value },
    disabled: value === stage || (!promotes && isAmong(protectedStages, value)),
  }));
  const takesOthers = to !== null && to !== "None" && to !== "Archived";
  const submit = () =>
    move.mutate(
      {
        params: { workspace, name, version },
        body: { stage: to!, archiveOthers: takesOthers && archiveOthers, reason: reason.trim() },
      },
      {
        onSuccess: () => {
          notifications.show({ message: `Version ${version} of ${name} is in ${to}.` });
          onDone();
        },
      },
    );
  return (
    <DialogForm submit="Move" onSubmit={submit} onBack={onDone} change={move} disabled={to === null || isHeld}>
      {isHeld && <p className="ty-hint">{stage} is protected: your role may not move versions out of it.</p>}
      <Select
        label="Stage"
        placeholder={`It is in ${stage}`}
        description={
          protectedStages.length > 0 && !promotes
            ? `Protected, so not yours: ${protectedStages.join(", ")}.`
            : undefined
        }
        data={choices}
        value={to}
        onChange={setTo}
        allowDeselect={false}
        required
        data-autofocus
      />
      {takesOthers && (
        <Checkbox
          label={`Move what is in ${to} already to Archived`}
          checked={archiveOthers}
          onChange={(event) => setArchiveOthers(event.currentTarget.checked)}
        />
      )}
      <Textarea
        label="Reason"
        description="It stays in the history of the stages."
        autosize
        minRows={2}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </DialogForm>
  );
}

/** Upper and lower case count as one. */
const isAmong = (stages: string[], stage: string): boolean =>
  stages.some((one) => one.toLowerCase() === stage.toLowerCase());
