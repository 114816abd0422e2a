import { Button } from "@mantine/core";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { JobDetail } from "../../../contract/job.ts";
import { useAction, useCan, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { Page } from "../../parts/page.tsx";
import { ProblemBox } from "../../parts/problem.tsx";
import { isMoving, State, Tag } from "../../parts/state.tsx";
import { Trigger } from "../../parts/subject.tsx";
import { Ago, Duration } from "../../parts/time.tsx";
import { Again } from "./again.tsx";
import { EditJob } from "./edit-job.tsx";
import { hasMore, JobPanel } from "./job-panel.tsx";
import { Shelf } from "./shelf.tsx";
import { StepPanel } from "./step-panel.tsx";
import { useJob } from "./use-job.ts";

const LargeGraph = lazy(() => import("./large/large-graph.tsx").then((module) => ({ default: module.LargeGraph })));
const Graph = lazy(() => import("./graph.tsx").then((module) => ({ default: module.Graph })));

/** Beyond this the layout takes too long, and nobody could read it: steps are drawn as cells then. */
const mostDrawn = 300;

/** A job: its graph on the left, or the job itself when it has one step; on the right the step that is chosen. */
export function JobPage() {
  const { id } = useParams({ from: "/shell/jobs/$id" });
  const job = useJob(id);
  const { data } = job;
  return (
    <Page
      fill
      crumbs={[
        <Link key="jobs" to="/jobs">
          Jobs
        </Link>,
      ]}
      title={data?.displayName ?? id}
      subject={`job/${id}`}
      tab={data?.displayName ?? "Job"}
      meta={data && <Marks job={data} />}
      actions={data && <Actions job={data} />}
      lead={data && <Lead job={data} />}
    >
      <Loaded query={job}>{(loaded) => <JobBody job={loaded} />}</Loaded>
    </Page>
  );
}

const Marks = ({ job: { state, archived, deletedAt } }: { job: JobDetail }) => (
  <>
    <State value={state} />
    {deletedAt !== null ? <Tag>deleted</Tag> : archived && <Tag>archived</Tag>}
  </>
);

function Actions({ job }: { job: JobDetail }) {
  const edit = <EditJob job={job} />;
  if (isMoving(job.state)) {
    return (
      <>
        {edit}
        <Cancel id={job.id} />
      </>
    );
  }
  return (
    <>
      {edit}
      {job.deletedAt === null && <Again job={job} />}
      <Shelf job={job} />
    </>
  );
}

const Lead = ({ job }: { job: JobDetail }) => (
  <span className="ty-leadline">
    <span>
      <Duration from={job.startedAt} to={job.endedAt} />
    </span>
    <span>
      started <Ago at={job.createdAt} /> by{" "}
      {job.trigger === "person" ? job.createdBy.name : <Trigger value={job.trigger} />}
    </span>
    {job.deletedAt !== null && (
      <span>
        deleted <Ago at={job.deletedAt} />
      </span>
    )}
    <span>
      experiment{" "}
      <Link to="/jobs" search={{ experiment: job.experiment }} className="ty-link">
        {job.experiment}
      </Link>
    </span>
    <code className="ty-dim">{job.id}</code>
  </span>
);

function JobBody({ job }: { job: JobDetail }) {
  const search = useSearch({ from: "/shell/jobs/$id" });
  const navigate = useNavigate();
  const only = onlyStepOf(job);
  const chosen = job.steps.find(({ name }) => name === search.step) ?? job.steps.find(({ name }) => name === only);
  const failed = job.steps.find(({ state }) => state === "failed");
  const choose = (step: string | undefined) =>
    void navigate({ to: "/jobs/$id", params: { id: job.id }, search: { step, tab: search.tab }, replace: true });
  return (
    <>
      {job.error && (
        <ProblemBox
          error={new Error(job.error)}
          title="The job failed."
          action={
            failed &&
            failed !== chosen && (
              <button type="button" className="ty-plain ty-link" onClick={() => choose(failed.name)}>
                {failed.children ? "Show the parts" : "Show the log"} of {failed.displayName}
              </button>
            )
          }
        />
      )}
      {job.waiting.map(({ step, you }) => (
        <p key={step} className="ty-waiting" role="status">
          <State value="waiting" label={you ? `Waits for you at ${step}` : `Waits for others at ${step}`} />
          {chosen?.name !== step && (
            <button type="button" className="ty-plain ty-link" onClick={() => choose(step)}>
              {you ? "Decide" : "Show"}
            </button>
          )}
        </p>
      ))}
      <div className="ty-split" data-single={only !== undefined || undefined}>
        {only === undefined ? (
          <Steps job={job} chosen={chosen?.name} onChoose={choose} />
        ) : hasMore(job) ? (
          <aside className="ty-panel" aria-label="The job">
            <JobPanel job={job} chosen={chosen?.name} onChoose={choose} />
          </aside>
        ) : null}
        <aside className="ty-panel" aria-label={chosen ? `Step ${chosen.name}` : "The job"}>
          {chosen ? (
            <StepPanel key={chosen.name} job={job} step={chosen} onClose={only ? undefined : () => choose(undefined)} />
          ) : (
            <JobPanel job={job} onChoose={choose} />
          )}
        </aside>
      </div>
    </>
  );
}

/** The step of a job that has one: a picture of it would say nothing, so it is opened at once. */
function onlyStepOf({ definition }: JobDetail): string | undefined {
  const [first, ...others] = Object.keys(definition.steps);
  return others.length === 0 ? first : undefined;
}

interface StepsProps {
  job: JobDetail;
  chosen: string | undefined;
  onChoose: (step: string | undefined) => void;
}

const Steps = ({ job, chosen, onChoose }: StepsProps) => (
  <section className="ty-graph" aria-label="Steps of the pipeline">
    <Suspense fallback={null}>
      {job.steps.length > mostDrawn ? (
        <LargeGraph key={job.id} steps={job.steps} chosen={chosen} onChoose={onChoose} />
      ) : (
        <Graph
          steps={job.steps}
          written={new Set(Object.keys(job.definition.steps))}
          chosen={chosen}
          onChoose={onChoose}
        />
      )}
    </Suspense>
  </section>
);

function Cancel({ id }: { id: string }) {
  const workspace = useWorkspace();
  const cancel = useAction("job", "cancel");
  const allowed = useCan("job:write");
  return (
    <>
      {cancel.error && <span className="ty-bad">{cancel.error.message}</span>}
      <Button
        variant="default"
        disabled={!allowed}
        title={allowed ? undefined : "Your role may not cancel jobs"}
        loading={cancel.isPending}
        onClick={() => cancel.mutate({ params: { workspace, id }, body: { reason: "cancelled in Studio" } })}
      >
        Cancel job
      </Button>
    </>
  );
}
