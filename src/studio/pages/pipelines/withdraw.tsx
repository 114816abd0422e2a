import { Button, Modal, TextInput } from "@mantine/core";
import { useState } from "react";
import type { PublishedPipeline } from "../../../contract/pipeline.ts";
import { useAction, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

/** Lets a version not be started any more, or takes that back. */
export function WithdrawButton({ pipeline, allowed }: { pipeline: PublishedPipeline; allowed: boolean }) {
  const [open, setOpen] = useState(false);
  const { name, version, withdrawn } = pipeline;
  const what = withdrawn === null ? "Withdraw" : "Restore";
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        disabled={!allowed}
        aria-label={`${what} version ${version}`}
        onClick={() => setOpen(true)}
      >
        {what}…
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={`${what} version ${version} of ${name}`}>
        {open && <Withdraw pipeline={pipeline} onDone={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function Withdraw({ pipeline, onDone }: { pipeline: PublishedPipeline; onDone: () => void }) {
  const { name, version, withdrawn } = pipeline;
  const params = { workspace: useWorkspace(), name, version };
  const [reason, setReason] = useState("");
  const withdraw = useAction("pipeline", "withdraw");
  const submit = () => withdraw.mutate({ params, body: { reason: reason.trim() } }, { onSuccess: onDone });
  const isOut = withdrawn !== null;
  return (
    <DialogForm
      submit={isOut ? "Restore" : "Withdraw"}
      onSubmit={submit}
      onBack={onDone}
      change={withdraw}
      disabled={!isOut && reason.trim() === ""}
      isNegative={!isOut}
    >
      {isOut ? (
        <p>It was withdrawn: {withdrawn}. It can be started again, and is the newest if none came after it.</p>
      ) : (
        <>
          <p>
            Nobody can start it any more. Schedules that start the newest version take the one before it; those of this
            version start nothing.
          </p>
          <TextInput
            label="Reason"
            placeholder="reads the wrong table"
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            data-autofocus
          />
        </>
      )}
    </DialogForm>
  );
}
