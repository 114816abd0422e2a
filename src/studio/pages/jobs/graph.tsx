import type { StepView } from "../../../contract/job.ts";
import { boxesDrawnBy, Drawing } from "../../parts/graph/drawing.tsx";
import { useLayout } from "../../parts/graph/use-layout.ts";
import { signOf } from "../../parts/state.tsx";
import { Duration } from "../../parts/time.tsx";
import { shownNeeds } from "./needs.ts";

interface Shown {
  step: StepView;
  chosen: boolean;
  choose: () => void;
}

const shape = { size: { width: 236, height: 58 }, betweenLayers: 44 };

interface GraphProps {
  steps: StepView[];
  /** Names of the steps that the pipeline defines; the others (environments) the server adds. */
  written: ReadonlySet<string>;
  chosen: string | undefined;
  onChoose: (step: string | undefined) => void;
}

export function Graph({ steps, written, chosen, onChoose }: GraphProps) {
  const found = useLayout(shownNeeds(steps, written), shape);
  if (!found) return null;
  const running = new Set(steps.filter(({ state }) => state === "running").map(({ name }) => name));
  const boxes = steps.map((step): [string, Shown] => {
    const isChosen = step.name === chosen;
    return [step.name, { step, chosen: isChosen, choose: () => onChoose(isChosen ? undefined : step.name) }];
  });
  return (
    <Drawing
      layout={found}
      shape={shape}
      boxes={new Map(boxes)}
      boxTypes={boxTypes}
      isMoving={(name) => running.has(name)}
      canvas={{ fitViewOptions: { padding: 0.14, maxZoom: 1 }, onPaneClick: () => onChoose(undefined) }}
    />
  );
}

function StepBox({ shown: { step, chosen, choose } }: { shown: Shown }) {
  const sign = signOf(step.state);
  return (
    <button
      type="button"
      className="ty-node nopan"
      data-tone={sign.tone}
      aria-pressed={chosen}
      onClick={choose}
      style={shape.size}
    >
      <sign.icon size={19} stroke={2} aria-hidden className={sign.spins ? "ty-spin" : undefined} />
      <span className="ty-node-text">
        <span className="ty-node-name" title={step.displayName}>
          {step.displayName}
        </span>
        <span className="ty-node-note">
          {sign.label ?? step.state}
          {step.state === "reused" ? " result" : null}
          {step.startedAt !== null && step.state !== "reused" && (
            <>
              {" · "}
              <Duration from={step.startedAt} to={step.endedAt} />
            </>
          )}
          {step.attempt > 1 && ` · attempt ${step.attempt}`}
        </span>
      </span>
    </button>
  );
}

const boxTypes = boxesDrawnBy(StepBox);
