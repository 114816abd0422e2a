import "@xyflow/react/dist/style.css";
import { useComputedColorScheme } from "@mantine/core";
import { Background, Controls, type Edge, Handle, type Node, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import { useEffect, useMemo, useState } from "react";
import type { StepView } from "../../../contract/job.ts";
import { signOf } from "../../parts/state.tsx";
import { Duration } from "../../parts/time.tsx";
import { layout, nodeSize, type Place } from "./layout.ts";

type StepNode = Node<{ step: StepView; chosen: boolean; choose: () => void }, "step">;

interface GraphProps {
  steps: StepView[];
  chosen: string | undefined;
  onChoose: (step: string | undefined) => void;
}

export function Graph({ steps, chosen, onChoose }: GraphProps) {
  const scheme = useComputedColorScheme("light");
  const places = usePlaces(steps);
  const nodes = steps.flatMap((step): StepNode[] => {
    const position = places?.get(step.name);
    if (!position) return [];
    const choose = () => onChoose(step.name === chosen ? undefined : step.name);
    const data = { step, chosen: step.name === chosen, choose };
    return [{ id: step.name, type: "step", position, data, ...nodeSize }];
  });
  const edges = steps.flatMap((step) =>
    step.needs.map(
      (need): Edge => ({
        id: `${need}>${step.name}`,
        source: need,
        target: step.name,
        animated: step.state === "running",
        type: "smoothstep",
      }),
    ),
  );
  if (!places) return null;
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      colorMode={scheme}
      fitView
      fitViewOptions={{ padding: 0.14, maxZoom: 1 }}
      minZoom={0.2}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      onPaneClick={() => onChoose(undefined)}
      proOptions={{ hideAttribution: true }}
    >
      <Background gap={22} size={1} />
      <Controls showInteractive={false} position="bottom-left" />
    </ReactFlow>
  );
}

function StepBox({ data: { step, chosen, choose } }: NodeProps<StepNode>) {
  const sign = signOf(step.state);
  return (
    <>
      <Handle type="target" position={Position.Top} />
      <button
        type="button"
        className="ty-node nopan"
        data-tone={sign.tone}
        aria-pressed={chosen}
        onClick={choose}
        style={nodeSize}
      >
        <sign.icon size={19} stroke={2} aria-hidden className={sign.spins ? "ty-spin" : undefined} />
        <span className="ty-node-text">
          <span className="ty-node-name">{step.displayName}</span>
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
      <Handle type="source" position={Position.Bottom} />
    </>
  );
}

const nodeTypes = { step: StepBox };

/** Positions of the steps, computed again only when the shape of the graph changes. */
function usePlaces(steps: StepView[]): Map<string, Place> | null {
  const shape = JSON.stringify(steps.map(({ name, needs }) => ({ name, needs })));
  const graph = useMemo(() => JSON.parse(shape) as { name: string; needs: string[] }[], [shape]);
  const [places, setPlaces] = useState<Map<string, Place> | null>(null);
  useEffect(() => {
    let current = true;
    void layout(graph).then((found) => {
      if (current) setPlaces(found);
    });
    return () => {
      current = false;
    };
  }, [graph]);
  return places;
}
