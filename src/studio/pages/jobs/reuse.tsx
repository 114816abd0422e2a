import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Explanation, StepView } from "../../../contract/job.ts";
import { query, useWorkspace } from "../../api.ts";
import { Digest } from "../../parts/copy.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Facts, Section } from "../../parts/page.tsx";
import { Scroll } from "../../parts/scroll.tsx";
import { State } from "../../parts/state.tsx";

type Status = NonNullable<StepView["reuse"]>["status"];

const titles: Record<Status, string> = {
  hit: "The result of an earlier job was reused",
  miss: "This step ran",
  waiting: "The same step is running in another job; its result will be used",
  evicted: "This step ran: the earlier result could not be used",
  forced: "This step ran because it was told to",
  disabled: "This step runs every time",
  lookup_failed: "This step ran: earlier results could not be looked up",
  put_failed: "This step ran, but its result cannot be reused",
  recovered: "The result was taken over from the job that this one goes on with",
};

/** Why the step ran, or did not have to. */
export function Reuse({ job, step }: { job: string; step: StepView }) {
  const reuse = step.reuse;
  if (!reuse) return <Undecided job={job} step={step} />;
  return (
    <>
      <Section title={titles[reuse.status]} aside={<State value={reuse.status} />}>
        <p className="ty-reason">{reuse.reason}</p>
        <Facts
          items={[
            ["Key", reuse.key && <Digest value={reuse.key} chars={20} />],
            ["From", reuse.originJobId && <StepLink job={reuse.originJobId} step={reuse.originStep ?? step.name} />],
          ]}
        />
        <p className="ty-hint">
          The key is the sha256 over the command, parameters, code, environment lock and the content of the inputs;
          never over a name.
        </p>
      </Section>
      {step.kind === "command" && <Compared job={job} step={step} />}
    </>
  );
}

/** Nothing was looked up: why. */
function Undecided({ job, step }: { job: string; step: StepView }) {
  const params = { workspace: useWorkspace(), id: job, step: step.name };
  const told = useQuery(query("job", "explain", { params }));
  return <Loaded query={told}>{({ note }) => <p className="ty-quiet">{note}</p>}</Loaded>;
}

const StepLink = ({ job, step }: { job: string; step: string }) => (
  <Link to="/jobs/$id" params={{ id: job }} search={{ step, tab: "reuse" }} className="ty-link">
    {step} of job {job}
  </Link>
);

/** The two keys beside each other: only what differs. */
function Compared({ job, step }: { job: string; step: StepView }) {
  const params = { workspace: useWorkspace(), id: job, step: step.name };
  const told = useQuery({ ...query("job", "explain", { params }), enabled: step.reuse !== null });
  return (
    <Loaded query={told}>
      {({ preimage, compared, differences }) => (
        <>
          {compared && (
            <Section title="Compared with" flush>
              <p className="ty-panel-text">
                <StepLink job={compared.jobId} step={compared.step} />
                {differences.length === 0 && <span className="ty-dim"> · both keys are made of the same</span>}
              </p>
              {differences.length > 0 && (
                <table className="ty-compared">
                  <thead>
                    <tr>
                      <th scope="col">Part</th>
                      <th scope="col">Before</th>
                      <th scope="col">Now</th>
                    </tr>
                  </thead>
                  <tbody>
                    {differences.map((difference) => (
                      <Difference key={difference.part} difference={difference} />
                    ))}
                  </tbody>
                </table>
              )}
            </Section>
          )}
          {preimage && (
            <Section title="What the key is made of">
              <Scroll className="ty-preimage" label="What the key is made of">
                <pre>{JSON.stringify(preimage, null, 2)}</pre>
              </Scroll>
            </Section>
          )}
        </>
      )}
    </Loaded>
  );
}

function Difference({ difference: { part, now, before, files } }: { difference: Explanation["differences"][0] }) {
  return (
    <>
      <tr>
        <th scope="row">{part}</th>
        <td>
          <Side value={before} />
        </td>
        <td>
          <Side value={now} />
        </td>
      </tr>
      {files && files.length > 0 && (
        <tr>
          <td />
          <td colSpan={2}>
            <ul className="ty-changes">
              {files.map(({ path, change }) => (
                <li key={path} data-change={change}>
                  <span className="ty-dim">{change}</span> <code>{path}</code>
                </li>
              ))}
            </ul>
          </td>
        </tr>
      )}
    </>
  );
}

/** A value of a key as a person reads it. */
function Side({ value }: { value: unknown }) {
  if (value === undefined) return <span className="ty-dim">not there</span>;
  if (typeof value === "string") {
    return /^[0-9a-f]{64}$/.test(value) ? <Digest value={value} chars={8} /> : <code>{value}</code>;
  }
  const input = value as { kind?: string; value?: string; tree?: string } | null;
  if (input?.kind === "value") return <code>{input.value}</code>;
  if (input?.kind === "files") return <Digest value={input.tree!} chars={8} />;
  return <code>{JSON.stringify(value)}</code>;
}
