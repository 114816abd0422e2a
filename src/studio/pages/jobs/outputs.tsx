import { Link } from "@tanstack/react-router";
import type { JobDetail, StepView } from "../../../contract/job.ts";
import { type Content, Contents } from "../../parts/files/contents.tsx";
import { Section } from "../../parts/page.tsx";

/** What a step made. */
export const StepOutputs = ({ step }: { step: StepView }) => (
  <Contents items={Object.entries(step.outputs).map(([name, made]) => contentOf(name, made))} openFirst />
);

/** What the job as a whole gives: outputs of its steps, under names of its own. */
export function JobOutputs({ job }: { job: JobDetail }) {
  const items = Object.entries(job.definition.outputs).map(([name, { step, output }]): Content => {
    const made = job.steps.find((one) => one.name === step)?.outputs[output];
    const from = (
      <>
        output <code>{output}</code> of <StepLink job={job.id} step={step} />
        {!made && ", not yet"}
      </>
    );
    return { ...(made ? contentOf(name, made) : { name }), note: from };
  });
  if (items.length === 0) return null;
  return (
    <Section title="Outputs" flush>
      <Contents items={items} />
    </Section>
  );
}

/** The way to what a step made. */
export const StepLink = ({ job, step }: { job: string; step: string }) => (
  <Link to="/jobs/$id" params={{ id: job }} search={{ step, tab: "outputs" }} className="ty-link">
    {step}
  </Link>
);

/** A value is told as such; the file that holds it says no more. */
const contentOf = (name: string, { digest, files, size, value }: StepView["outputs"][string]): Content =>
  value === undefined ? { name, tree: digest, files, size } : { name, value };
