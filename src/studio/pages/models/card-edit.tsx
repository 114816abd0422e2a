import { Modal, Textarea } from "@mantine/core";
import { useState } from "react";
import type { CardSection } from "../../../contract/card.ts";
import { useAction } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

interface EditProps {
  params: { workspace: string; name: string; version: string };
  /** As it was when the dialog opened: that is what the edit replaces. */
  section: CardSection;
  onDone: () => void;
}

export function EditCard({ params, section, onDone }: EditProps) {
  const [text, setText] = useState(section.text);
  const edit = useAction("card", "edit");
  const submit = () =>
    edit.mutate(
      { params: { ...params, section: section.section }, body: { text, replaces: section.edit } },
      { onSuccess: onDone },
    );
  return (
    <Modal opened onClose={onDone} title={`${section.title} · ${params.name} ${params.version}`} size={680}>
      <DialogForm submit="Save" onSubmit={submit} onBack={onDone} change={edit} disabled={text === section.text}>
        <Textarea
          label={section.title}
          description="Markdown. It holds for later versions too, until somebody writes it anew. Empty takes it back."
          autosize
          minRows={8}
          maxRows={22}
          data-autofocus
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </DialogForm>
    </Modal>
  );
}
