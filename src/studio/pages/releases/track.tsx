import { Link } from "@tanstack/react-router";
import type { Release, ReleaseStage } from "../../../contract/release.ts";
import { State, signOf } from "../../parts/state.tsx";
import { Ago, Duration } from "../../parts/time.tsx";
import { Decide } from "./decide.tsx";
import type { ReleaseDetail } from "./release.tsx";

/** The stages as stations on a line: how far the release has come, and on what grounds. */
export function Track({ release }: { release: ReleaseDetail }) {
  return (
    <section className="ty-track" aria-label="Stages">
      <ol>
        {release.stages.map((stage) => (
          <Stop key={stage.stage} release={release} stage={stage} />
        ))}
      </ol>
    </section>
  );
}

function Stop({ release, stage }: { release: ReleaseDetail; stage: ReleaseStage }) {
  const sign = signOf(stage.state);
  return (
    <li className="ty-stop" data-tone={sign.tone} data-passed={stage.state === "succeeded" || undefined}>
      <span className="ty-stop-signal">
        <sign.icon size={19} stroke={2} aria-hidden className={sign.spins ? "ty-spin" : undefined} />
      </span>
      <div className="ty-stop-head">
        <h2>{stage.stage}</h2>
        <State value={stage.state} iconOnly={false} />
      </div>
      <div className="ty-stop-when">
        {stage.startedAt === null ? (
          "not reached yet"
        ) : (
          <>
            <Ago at={stage.endedAt ?? stage.startedAt} /> · <Duration from={stage.startedAt} to={stage.endedAt} />
          </>
        )}
      </div>
      <Checks stage={stage} />
      {stage.error && <p className="ty-stop-error">{stage.error}</p>}
      <Decisions stage={stage} release={release} />
      {stage.state === "succeeded" && (
        <p className="ty-stop-endpoint">
          serves at{" "}
          <Link to="/endpoints/$name" params={{ name: stage.endpoint }} className="ty-link">
            {stage.endpoint}
          </Link>
          {stage.deployment && <span className="ty-dim"> / {stage.deployment}</span>}
        </p>
      )}
      {stage.state === "waiting" && <Decide release={release} stage={stage.stage} />}
    </li>
  );
}

const checkNames: Record<string, string> = {
  tests: "Tests",
  "data-quality": "Data quality",
  metric: "Metric",
  card: "Model card",
};
const checkName = (type: string) => checkNames[type] ?? type[0]!.toUpperCase() + type.slice(1);

function Checks({ stage }: { stage: ReleaseStage }) {
  if (stage.checks.length === 0) return null;
  return (
    <ul className="ty-checks">
      {stage.checks.map((check, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: checks of a stage never move
        <li key={index}>
          <State
            value={check.verdict ?? (stage.state === "waiting" && check.type === "approval" ? "waiting" : "pending")}
            iconOnly
          />
          <div>
            <span className="ty-check-name">{checkName(check.type)}</span>
            {check.detail && <div className="ty-check-detail">{check.detail}</div>}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Decisions({ stage, release }: { stage: ReleaseStage; release: Release }) {
  return stage.decisions.map((decision) => (
    <blockquote key={`${decision.by.id} ${decision.at}`} className="ty-decision">
      <div>
        <State value={decision.decision} /> by <b>{decision.by.name}</b>{" "}
        <span className="ty-dim">
          <Ago at={decision.at} />
        </span>
      </div>
      {decision.comment && <p>{decision.comment}</p>}
      {decision.manifestDigest !== release.manifestDigest && (
        <p className="ty-bad">signed another manifest; this decision does not count</p>
      )}
    </blockquote>
  ));
}
