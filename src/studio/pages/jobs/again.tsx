import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronDown } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Job, JobDetail, RerunBody, StepView } from "../../../contract/job.ts";
import { useAction, useCan, useWorkspace } from "../../api.ts";
import { copyText, useCommand } from "../../parts/copy.tsx";
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
    resume: () => resume.mutate({ params, body: {} }, show),
    rerun: (body: RerunBody) => rerun.mutate({ params, body }, show),
  };
}

/** The buttons of a job that has ended. */
export function Again({ job }: { job: JobDetail }) {
  const again = useAgain(job);
  const allowed = useCan("job:write");
  const refusal = allowed ? undefined : "Your role may not start jobs";
  if (isMoving(job.state) || job.parent) return null;
  return (
    <>
      {job.state !== "succeeded" && (
        <Button
          disabled={!allowed}
          loading={again.isPending}
          onClick={again.resume}
          title={refusal ?? "A new job that takes over what ended well, and does the rest"}
        >
          Resume
        </Button>
      )}
      <Menu position="bottom-end" width={300}>
        <Menu.Target>
          <Button
            variant="default"
            disabled={!allowed}
            loading={again.isPending}
            title={refusal}
            rightSection={<IconChevronDown size={14} aria-hidden />}
          >
            Run again
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Choice
            title="Run again"
            note="Reuses the results of what is unchanged"
            onClick={() => again.rerun({ reuse: true })}
          />
          <Choice title="Run everything again" note="Whatever there is to be reused" onClick={() => again.rerun({})} />
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

/** What can be done with one step of a job that has ended. */
export function StepAgain({ job, step }: { job: JobDetail; step: StepView }) {
  const again = useAgain(job);
  const allowed = useCan("job:write");
  const debug = useCommand(`trainyard job rerun ${job.id} --only ${step.name} --debug`);
  const copyDebug = async () => {
    await copyText(debug);
    notifications.show({ message: `Copied: ${debug}` });
  };
  // What needs a step of a trial or an item is in the job that started it.
  const fromHere = !job.parent;
  const alone = step.kind === "command";
  if (isMoving(job.state) || job.deletedAt !== null) return null;
  if (step.kind === "environment" || !allowed || !(fromHere || alone)) return null;
  return (
    <Menu position="bottom-end" width={300}>
      <Menu.Target>
        <Button
          variant="default"
          size="compact-xs"
          loading={again.isPending}
          rightSection={<IconChevronDown size={13} aria-hidden />}
        >
          Run again
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {fromHere && (
          <Choice
            title="From here on"
            note="This step and all that need it; the results of the others are taken over"
            onClick={() => again.rerun({ from: step.name })}
          />
        )}
        {alone && (
          <>
            <Choice
              title="Only this step"
              note="With the inputs that it had; it registers nothing"
              onClick={() => again.rerun({ only: step.name })}
            />
            <Menu.Divider />
            <Choice
              title="Copy the command to debug it"
              note="The step waits for a debugger"
              onClick={() => void copyDebug()}
            />
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

const Choice = ({ title, note, onClick }: { title: string; note: string; onClick: () => void }) => (
  <Menu.Item onClick={onClick}>
    {title}
    <div className="ty-menu-note">{note}</div>
  </Menu.Item>
);

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
