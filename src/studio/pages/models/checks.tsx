import { Button, Modal, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import type { ModelFinding } from "../../../contract/model-check.ts";
import { useAction, useCan, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";
import { Facts, Section } from "../../parts/page.tsx";
import { State } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import type { VersionDetail } from "./version-parts.tsx";

const columns: Column<ModelFinding>[] = [
  { id: "file", header: "File", sort: (finding) => finding.file, cell: (finding) => <code>{finding.file}</code> },
  { id: "severity", header: "Severity", sort: (finding) => finding.severity, cell: ({ severity }) => severity },
  {
    id: "found",
    header: "Found",
    cell: (finding) => (
      <>
        {finding.message}
        <span className="ty-cell-note">{finding.why}</span>
      </>
    ),
  },
  { id: "hint", header: "What to do", cell: (finding) => finding.hint },
];

/** What the check of the files found, and what people made of it. */
export function Checks({ model }: { model: VersionDetail }) {
  const { check } = model;
  const { decision, findings } = check;
  return (
    <Section title="Checks" flush aside={<Actions model={model} />}>
      <div className="ty-section-body">
        <Facts
          columns
          items={[
            ["Files", <State key="state" value={check.state} />],
            ["Checked", check.checkedAt && <Ago key="at" at={check.checkedAt} />],
            ["Rules", check.ruleset > 0 && String(check.ruleset)],
            [
              decision?.outcome === "confirm" ? "Confirmed by" : "Released by",
              decision && (
                <>
                  {decision.by.name}, <Ago at={decision.at} />: {decision.reason}
                </>
              ),
            ],
          ]}
        />
        {findings.length === 0 && <p className="ty-dim">{quiet[check.state] ?? "Nothing was found."}</p>}
      </div>
      {findings.length > 0 && (
        <DataTable
          label="Findings"
          rows={findings}
          columns={columns}
          rowKey={({ file, rule, message }) => `${file} ${rule} ${message}`}
        />
      )}
    </Section>
  );
}

const quiet: Partial<Record<VersionDetail["check"]["state"], string>> = {
  none: "The files are kept elsewhere and were not looked at.",
  unchecked: "This version is older than the checks; its turn comes.",
  checking: "The files are being looked at.",
};

type Outcome = "release" | "confirm";

function Actions({ model }: { model: VersionDetail }) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [mayDecide, mayCheck] = [useCan("model:release"), useCan("model:write")];
  const params = { workspace: useWorkspace(), name: model.name, version: model.version };
  const again = useAction("model", "check");
  const { state, decision } = model.check;
  const isHeld = state === "quarantined";
  const isReleased = state === "accepted" && decision?.outcome === "release";
  return (
    <div className="ty-tags">
      {isHeld && !mayDecide && <span className="ty-hint">Your role may not release it.</span>}
      {isHeld && (
        <Button size="xs" disabled={!mayDecide} onClick={() => setOutcome("release")}>
          Release…
        </Button>
      )}
      {(isReleased || (isHeld && decision === null)) && (
        <Button size="xs" variant="default" disabled={!mayDecide} onClick={() => setOutcome("confirm")}>
          {isReleased ? "Back to quarantine…" : "Confirm…"}
        </Button>
      )}
      <Button
        size="xs"
        variant="default"
        disabled={!mayCheck || state === "checking" || state === "none"}
        loading={again.isPending}
        onClick={() => again.mutate({ params })}
      >
        Check again
      </Button>
      <Modal
        opened={outcome !== null}
        onClose={() => setOutcome(null)}
        title={outcome === "release" ? "Release from quarantine" : "Keep in quarantine"}
      >
        {outcome && <Form params={params} outcome={outcome} onDone={() => setOutcome(null)} />}
      </Modal>
    </div>
  );
}

interface FormProps {
  params: { workspace: string; name: string; version: string };
  outcome: Outcome;
  onDone: () => void;
}

function Form({ params, outcome, onDone }: FormProps) {
  const [reason, setReason] = useState("");
  const decide = useAction("model", "decide");
  const submit = () =>
    decide.mutate(
      { params, body: { outcome, reason: reason.trim() } },
      {
        onSuccess: () => {
          const done = outcome === "release" ? "released" : "in quarantine";
          notifications.show({ message: `Version ${params.version} of ${params.name} is ${done}.` });
          onDone();
        },
      },
    );
  return (
    <DialogForm
      submit={outcome === "release" ? "Release" : "Keep in quarantine"}
      onSubmit={submit}
      onBack={onDone}
      change={decide}
      disabled={reason.trim() === ""}
    >
      <Textarea
        label="Reason"
        description="Who made it and what you looked at. It is kept in the audit trail."
        autosize
        minRows={2}
        required
        data-autofocus
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </DialogForm>
  );
}
