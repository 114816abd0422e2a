import { Link } from "@tanstack/react-router";
import type { StepView } from "../../../contract/job.ts";
import { Facts, Section } from "../../parts/page.tsx";
import { Duration } from "../../parts/time.tsx";

/** The attempts before the newest: why each ended, and the run with what it logged. */
export function Attempts({ step }: { step: StepView }) {
  if (step.earlierAttempts.length === 0) return null;
  return (
    <Section title="Earlier attempts">
      <Facts
        items={step.earlierAttempts.map(({ attempt, runId, fault, error, startedAt, endedAt }) => [
          `Attempt ${attempt}`,
          <span key={attempt}>
            {fault === "user" ? "Failed" : "Lost"} after <Duration from={startedAt} to={endedAt} />: {error}{" "}
            <Link to="/runs/$id" params={{ id: runId }} className="ty-link">
              Run
            </Link>
          </span>,
        ])}
      />
    </Section>
  );
}
