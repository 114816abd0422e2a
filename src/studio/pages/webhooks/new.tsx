import { PasswordInput, TagsInput, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { webhookNouns } from "../../../contract/webhook.ts";
import { useAction, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";

const suggestions = [
  ...webhookNouns.map((noun) => `${noun}.*`),
  "model.version.created",
  "model.alias.set",
  "monitor.alert",
  "release.deployed",
];

export function NewWebhook({ onDone }: { onDone: () => void }) {
  const workspace = useWorkspace();
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState<string[]>([]);
  const [secret, setSecret] = useState("");
  const create = useAction("webhook", "create");
  const submit = () => {
    const body = { name: name.trim(), url: url.trim(), events, secret: secret || undefined };
    create.mutate(
      { params: { workspace }, body },
      {
        onSuccess: (webhook) => {
          notifications.show({ message: `Webhook ${webhook.name} is made. Send it a test to see that it arrives.` });
          onDone();
        },
      },
    );
  };
  return (
    <DialogForm
      submit="Create webhook"
      onSubmit={submit}
      onBack={onDone}
      change={create}
      disabled={name.trim() === "" || url.trim() === "" || events.length === 0}
    >
      <TextInput
        label="Name"
        required
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        label="URL"
        description="Where messages are sent, by POST."
        placeholder="https://"
        required
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
      />
      <TagsInput
        label="Told about"
        description="Types of changes; a star stands for all of a noun."
        required
        data={suggestions}
        value={events}
        onChange={setEvents}
      />
      <PasswordInput
        label="Secret"
        description="Signs each message, so that the receiver knows it is ours. It is not shown again."
        value={secret}
        onChange={(event) => setSecret(event.currentTarget.value)}
      />
    </DialogForm>
  );
}
