import { Link } from "@tanstack/react-router";
import type { StepView } from "../../../contract/job.ts";
import { Digest } from "../../parts/copy.tsx";
import { Facts, Section } from "../../parts/page.tsx";
import { State } from "../../parts/state.tsx";

const titles = {
  hit: "The result of an earlier job was reused",
  miss: "This step ran",
  waiting: "The same step is running in another job; its result will be used",
  disabled: "This step runs every time",
};

/** Why the step ran, or did not have to. */
export function Reuse({ step }: { step: StepView }) {
  const reuse = step.reuse;
  if (!reuse) return <p className="ty-quiet">Not decided yet: the inputs of the step are not complete.</p>;
  return (
    <Section title={titles[reuse.status]} aside={<State value={reuse.status} />}>
      <p className="ty-reason">{reuse.reason}</p>
      <Facts
        items={[
          ["Key", reuse.key && <Digest value={reuse.key} chars={20} />],
          [
            "From",
            reuse.originJobId && (
              <Link
                to="/jobs/$id"
                params={{ id: reuse.originJobId }}
                search={{ step: step.name, tab: "logs" }}
                className="ty-link"
              >
                job {reuse.originJobId}
              </Link>
            ),
          ],
        ]}
      />
      <p className="ty-hint">
        The key is the sha256 over the command, parameters, code, environment lock and the content of the inputs; never
        over a name.
      </p>
    </Section>
  );
}
