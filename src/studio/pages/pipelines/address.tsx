import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import type { Schedule } from "../../../contract/schedule.ts";
import { useAction, useCan, useWorkspace } from "../../api.ts";
import { CodeBlock } from "../../parts/copy.tsx";
import { DialogForm } from "../../parts/dialog-form.tsx";
import { Section } from "../../parts/page.tsx";

/** The address of a webhook, which is shown only when it is made. */
export function Address({ schedule }: { schedule: Schedule }) {
  const [open, setOpen] = useState(false);
  const allowed = useCan("job:write");
  const what = schedule.hasAddress ? "New address…" : "Make address…";
  return (
    <Section
      title="Address"
      flush
      aside={
        <Button size="compact-sm" variant="default" disabled={!allowed} onClick={() => setOpen(true)}>
          {what}
        </Button>
      }
    >
      <p className="ty-quiet">
        {schedule.hasAddress
          ? "It has one, which was shown when it was made."
          : "It has none yet, so nobody can call it."}
      </p>
      <Modal opened={open} onClose={() => setOpen(false)} title={`Address of ${schedule.name}`} size={640}>
        {open && <MakeAddress schedule={schedule} onDone={() => setOpen(false)} />}
      </Modal>
    </Section>
  );
}

function MakeAddress({ schedule: { name, hasAddress }, onDone }: { schedule: Schedule; onDone: () => void }) {
  const params = { workspace: useWorkspace(), name };
  const renew = useAction("schedule", "renewHook");
  // What it had before it was made anew.
  const [isRenewed] = useState(hasAddress);
  if (renew.data) {
    const { path, signingKey } = renew.data;
    return (
      <div className="ty-form">
        <p>Whoever knows it can start the schedule. It is shown this once: copy it now.</p>
        <CodeBlock text={`${window.location.origin}${path}`} label="address" />
        {signingKey && (
          <>
            <p>Calls are signed with this key:</p>
            <CodeBlock text={signingKey} label="signing key" />
          </>
        )}
        <div className="ty-form-actions">
          <Button size="sm" onClick={onDone}>
            Done
          </Button>
        </div>
      </div>
    );
  }
  return (
    <DialogForm
      submit={isRenewed ? "Make a new one" : "Make it"}
      onSubmit={() => renew.mutate({ params })}
      onBack={onDone}
      change={renew}
      disabled={false}
      isNegative={isRenewed}
    >
      <p>
        {isRenewed
          ? "The address that it has stops working at once: whoever calls it needs the new one."
          : "The schedule starts its pipeline whenever the address is called."}
      </p>
    </DialogForm>
  );
}
