import { Button, Modal, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { query, useAction, useCan, useWorkspace } from "../../api.ts";
import { useMe } from "../../me.ts";
import { CopyButton } from "../../parts/copy.tsx";
import { DialogForm } from "../../parts/dialog-form.tsx";
import { Changes } from "./changes.tsx";
import type { ReleaseDetail } from "./release.tsx";

type Decision = "approve" | "reject";

/** The buttons of a stage that waits for people. */
export function Decide({ release, stage }: { release: ReleaseDetail; stage: string }) {
  const [decision, setDecision] = useState<Decision | null>(null);
  const allowed = useCan("release:approve");
  const mine = useMe()?.id === release.createdBy.id;
  return (
    <div className="ty-decide">
      <Button disabled={!allowed} onClick={() => setDecision("approve")}>
        Approve…
      </Button>
      <Button variant="default" disabled={!allowed} onClick={() => setDecision("reject")}>
        Reject…
      </Button>
      {!allowed && <p className="ty-hint">Your role may not approve releases.</p>}
      {allowed && mine && <p className="ty-hint">You requested this release; a second person has to approve it.</p>}
      <Modal
        opened={decision !== null}
        onClose={() => setDecision(null)}
        title={`${decision === "reject" ? "Reject" : "Approve"} release ${release.number} for ${stage}`}
        size={620}
      >
        {decision && <Form release={release} stage={stage} decision={decision} onDone={() => setDecision(null)} />}
      </Modal>
    </div>
  );
}

interface FormProps {
  release: ReleaseDetail;
  stage: string;
  decision: Decision;
  onDone: () => void;
}

function Form({ release, stage, decision, onDone }: FormProps) {
  const workspace = useWorkspace();
  const [comment, setComment] = useState("");
  // What was on the screen when the dialog opened is what is signed, whatever happens to the release meanwhile.
  const [manifestDigest] = useState(release.manifestDigest);
  const decide = useAction("release", decision);
  const stages = useQuery(query("stage", "list", { params: { workspace } }));
  const checks = stages.data?.items.find(({ name }) => name === stage)?.checks ?? [];
  const instructions = checks.flatMap((check) => (check.type === "approval" && check.instructions) || []).join("\n");
  const submit = () =>
    decide.mutate(
      { params: { workspace, number: release.number }, body: { stage, comment: comment.trim(), manifestDigest } },
      {
        onSuccess: () => {
          const done = decision === "approve" ? "approved" : "rejected";
          notifications.show({ message: `Release ${release.number} is ${done} for ${stage}.` });
          onDone();
        },
      },
    );
  return (
    <DialogForm
      submit={decision === "approve" ? `Approve for ${stage}` : "Reject"}
      onSubmit={submit}
      onBack={onDone}
      change={decide}
      disabled={comment.trim() === ""}
      isNegative={decision === "reject"}
    >
      {instructions && <p className="ty-instructions">{instructions}</p>}
      <div className="ty-boxed">
        <Changes release={release} stage={stage} />
      </div>
      <div className="ty-signing">
        <div className="ty-dim">
          {decision === "approve" ? "You sign" : "You reject"} the manifest with this sha256; if anything in it changes,
          your decision no longer counts.
        </div>
        <div className="ty-signing-digest">
          <code>{manifestDigest}</code>
          <CopyButton text={manifestDigest} label="Copy digest" />
        </div>
      </div>
      <Textarea
        label="Comment"
        description={
          decision === "approve" ? "What you looked at. It is kept in the audit trail." : "What has to change."
        }
        autosize
        minRows={2}
        required
        data-autofocus
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
    </DialogForm>
  );
}
