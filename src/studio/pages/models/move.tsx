import { Button, Modal, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type ReactNode, useState } from "react";
import { useCan } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

interface MoveProps {
  /** On the button. */
  label: string;
  title: string;
  /** Why the button is off for whoever may not. */
  refusal: string;
  children: (onDone: () => void) => ReactNode;
}

/** A button, and the dialog in which a version, or what points at it, is moved. */
export function Move({ label, title, refusal, children }: MoveProps) {
  const [open, setOpen] = useState(false);
  const allowed = useCan("model:alias");
  const close = () => setOpen(false);
  return (
    <>
      <Button variant="default" disabled={!allowed} title={allowed ? undefined : refusal} onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Modal opened={open} onClose={close} title={title} size={520}>
        {open && children(close)}
      </Modal>
    </>
  );
}

interface MoveFormProps<Input> {
  /** What is moved, and where to. */
  children: ReactNode;
  /** Of what the reason stays in the history. */
  history: string;
  change: {
    error: Error | null;
    isPending: boolean;
    mutate: (input: Input, options: { onSuccess: () => void }) => void;
  };
  disabled: boolean;
  /** What is to be changed, given the reason. */
  input: (reason: string) => Input;
  /** What is said when it is done. */
  done: string;
  onDone: () => void;
}

/** Fields, the reason, and the two ways out. */
export function MoveForm<Input>({ children, history, change, disabled, input, done, onDone }: MoveFormProps<Input>) {
  const [reason, setReason] = useState("");
  const submit = () =>
    change.mutate(input(reason.trim()), {
      onSuccess: () => {
        notifications.show({ message: done });
        onDone();
      },
    });
  return (
    <DialogForm submit="Move" onSubmit={submit} onBack={onDone} change={change} disabled={disabled}>
      {children}
      <Textarea
        label="Reason"
        description={`It stays in the history of the ${history}.`}
        autosize
        minRows={2}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </DialogForm>
  );
}
