import { Button, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import type { GateView, JobDetail, StepView } from "../../../contract/job.ts";
import { useAction, useCan, useWorkspace } from "../../api.ts";
import { Digest } from "../../parts/copy.tsx";
import { type Content, Contents } from "../../parts/files/contents.tsx";
import { plural } from "../../parts/number.ts";
import { Facts, Section } from "../../parts/page.tsx";
import { ProblemBox } from "../../parts/problem.tsx";
import { State } from "../../parts/state.tsx";
import { Ago } from "../../parts/time.tsx";
import { StepLink } from "./outputs.tsx";

/** A step that waits for people: what is decided on, who has decided, and the decision itself. */
export function Gate({ job, step, gate }: { job: JobDetail; step: StepView; gate: GateView }) {
  const approved = gate.decisions.filter(({ verdict }) => verdict === "approve").length;
  return (
    <>
      {gate.message && <p className="ty-instructions ty-panel-text">{gate.message}</p>}
      <Section
        title={`${approved} of ${plural(gate.quorum, "approval")}`}
        aside={
          step.state === "waiting" &&
          gate.until !== null && <span className="ty-dim">until {new Date(gate.until).toLocaleString("en-GB")}</span>
        }
      >
        <ul className="ty-decisions">
          {gate.decisions.map(({ by, verdict, comment, at }) => (
            <li key={by.id}>
              <State value={verdict} /> <b>{by.name}</b>{" "}
              <span className="ty-dim">
                <Ago at={at} />
              </span>
              {comment && <p>{comment}</p>}
            </li>
          ))}
          {gate.decisions.length === 0 && <li className="ty-dim">Nobody has decided yet.</li>}
        </ul>
        <Facts
          items={[
            ["May decide", gate.approvers.length > 0 ? gate.approvers.join(", ") : "whoever may approve jobs"],
            ["Not", gate.excludeSubmitter && `${job.createdBy.name}, who submitted the job`],
            ["Signs", gate.digest && <Digest key="digest" value={gate.digest} chars={20} />],
          ]}
        />
      </Section>
      {Object.keys(gate.inputs).length > 0 && <Shown job={job} step={step} gate={gate} />}
      {step.state === "waiting" && <Decide job={job} step={step} gate={gate} />}
    </>
  );
}

/** What is decided on, to look into, with the way to the step that made it. */
function Shown({ job, step, gate }: { job: JobDetail; step: StepView; gate: GateView }) {
  const declared = job.definition.steps[step.name]?.inputs ?? {};
  const items = Object.entries(gate.inputs).map(([name, input]): Content => {
    const binding = declared[name]?.binding;
    const note = binding?.from === "step" && (
      <>
        of <StepLink job={job.id} step={binding.step} />
      </>
    );
    return input.kind === "value"
      ? { name, value: input.value, note }
      : { name, tree: input.tree, path: input.path, note };
  });
  return (
    <Section title="Decided on" flush>
      <Contents items={items} openFirst />
    </Section>
  );
}

function Decide({ job, step, gate }: { job: JobDetail; step: StepView; gate: GateView }) {
  const workspace = useWorkspace();
  const allowed = useCan("job:approve");
  const decide = useAction("job", "decide");
  const [comment, setComment] = useState("");
  const refusal = allowed ? gate.refusal : "Your role may not approve jobs.";
  if (refusal) return <p className="ty-hint ty-panel-text">{refusal}</p>;
  const say = (verdict: "approve" | "reject") =>
    decide.mutate(
      { params: { workspace, id: job.id, step: step.name }, body: { verdict, comment: comment.trim() } },
      {
        onSuccess: () =>
          notifications.show({
            message: `You ${verdict === "approve" ? "approved" : "rejected"} ${step.displayName}.`,
          }),
      },
    );
  return (
    <form
      className="ty-gate-form"
      onSubmit={(event) => {
        event.preventDefault();
        say("approve");
      }}
    >
      {decide.error && <ProblemBox error={decide.error} />}
      <Textarea
        label="Comment"
        description="What you looked at, or what has to change. It is kept in the audit trail."
        autosize
        minRows={2}
        maxRows={8}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
        }}
      />
      <div className="ty-decide">
        <Button type="submit" loading={decide.isPending}>
          Approve
        </Button>
        <Button variant="default" disabled={decide.isPending} onClick={() => say("reject")}>
          Reject
        </Button>
        <span className="ty-hint">Ctrl+Enter approves.</span>
      </div>
    </form>
  );
}
