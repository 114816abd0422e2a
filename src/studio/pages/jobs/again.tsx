import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Job, JobDetail, StepView } from "../../../contract/job.ts";
import { useAction, useCan, useWorkspace } from "../../api.ts";
import { Section } from "../../parts/page.tsx";
import { isMoving, State } from "../../parts/state.tsx";
import { Ago } from "../../parts/time.tsx";

/** Starts a job that goes on with this one, or runs it again, and shows it. */
function useAgain(job: JobDetail) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const resume = useAction("job", "resume");
  const rerun = useAction("job", "rerun");
  const params = { workspace, id: job.id };
  const show = {
    onSuccess: ({ id }: Job) => void navigate({ to: "/jobs/$id", params: { id } }),
    onError: (error: Error) => notifications.show({ color: "red", message: error.message }),
  };
  return {
    isPending: resume.isPending || rerun.isPending,
    resume: () => resume.mutate({ params }, show),
    rerun: (body: { from?: string; only?: string }) => rerun.mutate({ params, body }, show),
  };
}

/** The buttons of a job that has ended. */
export function Again({ job }: { job: JobDetail }) {
  const again = useAgain(job);
  const allowed = useCan("job:write");
  if (isMoving(job.state) || job.parent) return null;
  return (
    <>
      {job.state !== "succeeded" && (
        <Button
          disabled={!allowed}
          loading={again.isPending}
          onClick={again.resume}
          title="A new job that takes over what ended well, and does the rest"
        >
          Resume
        </Button>
      )}
      <Button
        variant="default"
        disabled={!allowed}
        loading={again.isPending}
        onClick={() => again.rerun({})}
        title="A new job that runs everything, whatever there is to be reused"
      >
        Run again
      </Button>
    </>
  );
}

/** What can be done with one step of a job that has ended. */
export function StepAgain({ job, step }: { job: JobDetail; step: StepView }) {
  const again = useAgain(job);
  const allowed = useCan("job:write");
  if (isMoving(job.state) || job.parent || step.kind === "environment" || !allowed) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" size="compact-xs" loading={again.isPending}>
          Run again
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => again.rerun({ from: step.name })}>From here on</Menu.Item>
        {step.kind === "command" && (
          <Menu.Item onClick={() => again.rerun({ only: step.name })}>Only this step, registering nothing</Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

const relations = {
  resume: "goes on with it",
  rerun: "runs it again",
  "rerun-from": "runs it again from",
  "rerun-only": "runs only",
};

/** Where the job comes from, and which jobs come from it. */
export function Related({ job }: { job: JobDetail }) {
  if (!job.origin && job.related.length === 0) return null;
  return (
    <Section title="Related jobs">
      <ul className="ty-list">
        {job.origin && (
          <li>
            Comes from{" "}
            <Link to="/jobs/$id" params={{ id: job.origin.jobId }} className="ty-link">
              job {job.origin.jobId.slice(-8)}
            </Link>
            {": "}
            {relations[job.origin.relation]} {job.origin.step && <code>{job.origin.step}</code>}
          </li>
        )}
        {job.related.map((other) => (
          <li key={other.id}>
            <State value={other.state} iconOnly />{" "}
            <Link to="/jobs/$id" params={{ id: other.id }} className="ty-link">
              Job {other.id.slice(-8)}
            </Link>{" "}
            {relations[other.relation]} {other.step && <code>{other.step}</code>}{" "}
            <span className="ty-dim">
              <Ago at={other.createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
