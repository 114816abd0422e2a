import { Link } from "@tanstack/react-router";
import type { JobDetail, StepView } from "../../../contract/job.ts";
import { Facts, Section } from "../../parts/page.tsx";
import { State } from "../../parts/state.tsx";
import { Subject } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Duration } from "../../parts/time.tsx";
import { Related } from "./again.tsx";
import { BindingText } from "./binding.tsx";
import { Code } from "./code.tsx";
import { JobOutputs } from "./outputs.tsx";

/** A list of thousands is read by nobody. */
const mostListed = 200;
const telling = ["failed", "running", "waiting"];

/** The steps; of very many, first those in which something is going on or went wrong. */
function mostTelling(steps: StepView[]): StepView[] {
  if (steps.length <= mostListed) return steps;
  const first = steps.filter(({ state }) => telling.includes(state));
  const rest = steps.filter(({ state }) => !telling.includes(state));
  return [...first, ...rest].slice(0, mostListed);
}

/** Is there more to say of the job than what its one step says? */
export function hasMore(job: JobDetail): boolean {
  const { steps, definition, description, tags, origin, related, code, registered, runId } = job;
  const { inputs, outputs } = definition;
  const lists = [related, registered, ...[inputs, outputs, tags].map(Object.keys)];
  return steps.length > 1 || lists.some(({ length }) => length > 0) || !!(description || origin || code || runId);
}

interface JobPanelProps {
  job: JobDetail;
  chosen?: string;
  onChoose: (step: string) => void;
}

/** The job itself: steps as a list, inputs, what it registered. */
export function JobPanel({ job, chosen, onChoose }: JobPanelProps) {
  const reused = job.steps.filter(({ state }) => state === "reused").length;
  const listed = mostTelling(job.steps);
  const columns: Column<StepView>[] = [
    { id: "state", header: "State", width: 108, cell: (step) => <State value={step.state} /> },
    {
      id: "name",
      header: "Step",
      cell: (step) => (
        <button type="button" className="ty-cover" onClick={() => onChoose(step.name)}>
          {step.displayName}
        </button>
      ),
    },
    {
      id: "duration",
      header: "Duration",
      align: "right",
      cell: (step) => <Duration from={step.startedAt} to={step.endedAt} />,
    },
  ];
  const inputs = Object.entries(job.definition.inputs);
  const tags = Object.entries(job.tags);
  return (
    <div className="ty-panel-scroll">
      {job.description && <p className="ty-panel-text">{job.description}</p>}
      {job.steps.length > 1 && (
        <Section title="Steps" flush aside={reused > 0 && `${reused} of ${job.steps.length} reused`}>
          <DataTable
            label="Steps"
            rows={listed}
            columns={columns}
            rowKey={(step) => step.name}
            selected={(step) => step.name === chosen}
          />
          {listed.length < job.steps.length && (
            <p className="ty-panel-text ty-dim">
              {job.steps.length - listed.length} more: choose them in the picture of the steps.
            </p>
          )}
        </Section>
      )}
      <Related job={job} />
      {job.code && <Code code={job.code} />}
      {job.registered.length > 0 && (
        <Section title="Registered">
          <ul className="ty-list">
            {job.registered.map((path) => (
              <li key={path}>
                <Subject path={path} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {inputs.length > 0 && (
        <Section title="Inputs">
          <Facts items={inputs.map(([name, input]) => [name, <BindingText key={name} binding={input.binding} />])} />
        </Section>
      )}
      <JobOutputs job={job} />
      {(tags.length > 0 || job.runId) && (
        <Section title="More">
          <Facts
            items={[
              [
                "Run",
                job.runId && (
                  <Link to="/runs/$id" params={{ id: job.runId }} className="ty-link">
                    {job.runId}
                  </Link>
                ),
              ],
              ["Tags", tags.length > 0 && <Tags key="tags" tags={tags} />],
            ]}
          />
        </Section>
      )}
    </div>
  );
}

/** Each leads to the jobs that have it too. */
const Tags = ({ tags }: { tags: [string, string][] }) => (
  <ul className="ty-list">
    {tags.map(([key, value]) => (
      <li key={key}>
        <Link to="/jobs" search={{ tag: `${key}=${value}` }} className="ty-link">
          {key}={value}
        </Link>
      </li>
    ))}
  </ul>
);
