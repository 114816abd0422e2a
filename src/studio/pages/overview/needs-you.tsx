import { Button } from "@mantine/core";
import { IconActivityHeartbeat, IconCircleX, IconHandStop } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { query, useCan, useWorkspace } from "../../api.ts";
import { useMe } from "../../me.ts";
import { Section } from "../../parts/page.tsx";
import { ProblemBox } from "../../parts/problem.tsx";
import { Ago } from "../../parts/time.tsx";

/** Approvals that wait, monitors that alert, and what failed lately. */
export function NeedsYou() {
  const params = { workspace: useWorkspace() };
  const me = useMe();
  const mayApprove = useCan("release:approve");
  const releases = useQuery({ ...query("release", "list", { params, query: { limit: 50 } }), refetchInterval: 30_000 });
  const monitors = useQuery({ ...query("monitor", "list", { params }), refetchInterval: 60_000 });
  const waiting = (releases.data?.items ?? []).flatMap((release) =>
    release.stages.filter(({ state }) => state === "waiting").map((stage) => ({ release, stage })),
  );
  const mayApproveJobs = useCan("job:approve");
  const gates = useQuery({
    ...query("job", "list", { params, query: { waiting: "true", limit: 20 } }),
    refetchInterval: 30_000,
  });
  const open = (gates.data?.items ?? []).flatMap((job) => job.waiting.map((gate) => ({ job, gate })));
  const latest = releases.data?.items[0];
  const alerts = (monitors.data?.items ?? []).filter(({ lastRun }) => lastRun?.verdict === "fail");
  const unread = releases.error ?? monitors.error ?? gates.error;
  const known = releases.data !== undefined && monitors.data !== undefined && gates.data !== undefined;
  const nothing =
    known && waiting.length === 0 && open.length === 0 && alerts.length === 0 && latest?.state !== "failed";
  return (
    <Section title="Needs attention" flush>
      {unread && (
        <div className="ty-panel-text">
          <ProblemBox error={unread} title="This could not be read." />
        </div>
      )}
      {nothing && <p className="ty-quiet">Nothing waits for a person, and no monitor alerts.</p>}
      {waiting.map(({ release, stage }) => {
        const mine = release.createdBy.id === me?.id;
        return (
          <Notice
            key={`${release.number} ${stage.stage}`}
            icon={<IconHandStop size={18} aria-hidden />}
            tone="wait"
            title={`Release ${release.number} waits for approval in ${stage.stage}`}
            note={
              <>
                requested by {release.createdBy.name}, <Ago at={stage.startedAt ?? release.createdAt} />
                {mine ? " · someone other than you must approve it" : !mayApprove && " · your role may not approve"}
              </>
            }
            action={
              <Button
                variant={mayApprove && !mine ? "filled" : "default"}
                renderRoot={(props) => (
                  <Link to="/releases/$number" params={{ number: String(release.number) }} {...props} />
                )}
              >
                Review
              </Button>
            }
          />
        );
      })}
      {open.map(({ job, gate }) => {
        const mine = gate.you && mayApproveJobs;
        return (
          <Notice
            key={`${job.id} ${gate.step}`}
            icon={<IconHandStop size={18} aria-hidden />}
            tone="wait"
            title={`${job.displayName} waits for ${mine ? "you" : "others"} at ${gate.step}`}
            note={
              <>
                submitted by {job.createdBy.name}, <Ago at={job.createdAt} />
              </>
            }
            action={
              <Button
                variant={mine ? "filled" : "default"}
                renderRoot={(props) => (
                  <Link to="/jobs/$id" params={{ id: job.id }} search={{ step: gate.step }} {...props} />
                )}
              >
                Review
              </Button>
            }
          />
        );
      })}
      {alerts.map((monitor) => (
        <Notice
          key={monitor.name}
          icon={<IconActivityHeartbeat size={18} aria-hidden />}
          tone="bad"
          title={
            <Link to="/monitors/$name" params={{ name: monitor.name }} className="ty-plain">
              {monitor.name}
            </Link>
          }
          note={
            <>
              {monitor.lastRun?.message} · <Ago at={monitor.lastRun?.endedAt ?? null} />
            </>
          }
          action={
            monitor.lastRun?.retrainingJobId && (
              <Link to="/jobs/$id" params={{ id: monitor.lastRun.retrainingJobId }} className="ty-link">
                Retraining job
              </Link>
            )
          }
        />
      ))}
      {latest?.state === "failed" && (
        <Notice
          icon={<IconCircleX size={18} aria-hidden />}
          tone="bad"
          title={`Release ${latest.number} failed`}
          note={latest.stages.find(({ error }) => error)?.error ?? ""}
          action={
            <Link to="/releases/$number" params={{ number: String(latest.number) }} className="ty-link">
              See why
            </Link>
          }
        />
      )}
    </Section>
  );
}

interface NoticeProps {
  icon: ReactNode;
  tone: "wait" | "bad";
  title: ReactNode;
  note: ReactNode;
  action: ReactNode;
}

const Notice = ({ icon, tone, title, note, action }: NoticeProps) => (
  <div className="ty-notice" data-tone={tone}>
    {icon}
    <div className="ty-notice-text">
      <div className="ty-notice-title">{title}</div>
      <div className="ty-dim">{note}</div>
    </div>
    {action}
  </div>
);
