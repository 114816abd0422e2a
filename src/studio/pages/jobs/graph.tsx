import "@xyflow/react/dist/style.css";
import { useComputedColorScheme } from "@mantine/core";
import {
  Background,
  BaseEdge,
  Controls,
  type Edge,
  type EdgeProps,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from "@xyflow/react";
import { useEffect, useMemo, useState } from "react";
import type { StepView } from "../../../contract/job.ts";
import { signOf } from "../../parts/state.tsx";
import { Duration } from "../../parts/time.tsx";
import { edgeId, type Layout, layout, nodeSize, type Point, pathOf } from "./layout.ts";
import { shownNeeds } from "./needs.ts";

type RoutedEdge = Edge<{ points: Point[] }, "routed">;
type StepNode = Node<{ step: StepView; chosen: boolean; choose: () => void }, "step">;

interface GraphProps {
  steps: StepView[];
  /** Names of the steps that the pipeline defines; the others (environments) the server adds. */
  written: ReadonlySet<string>;
  chosen: string | undefined;
  onChoose: (step: string | undefined) => void;
}

export function Graph({ steps, written, chosen, onChoose }: GraphProps) {
  const scheme = useComputedColorScheme("light");
  const shown = shownNeeds(steps, written);
  const states = new Map(steps.map(({ name, state }) => [name, state]));
  const found = useLayout(shown);
  if (!found) return null;
  const nodes = steps.flatMap((step): StepNode[] => {
    const position = found.places.get(step.name);
    if (!position) return [];
    const choose = () => onChoose(step.name === chosen ? undefined : step.name);
    const data = { step, chosen: step.name === chosen, choose };
    return [{ id: step.name, type: "step", position, data, ...nodeSize }];
  });
  const edges = shown.flatMap((step) =>
    step.needs.flatMap((source): RoutedEdge[] => {
      const id = edgeId(source, step.name);
      const points = found.routes.get(id);
      if (!points) return [];
      return [
        {
          id,
          source,
          target: step.name,
          type: "routed",
          data: { points },
          animated: states.get(step.name) === "running",
        },
      ];
    }),
  );
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
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
      <Handle type="source" position={Position.Bottom} />
    </>
  );
}

const Routed = ({ id, data }: EdgeProps<RoutedEdge>) => <BaseEdge id={id} path={pathOf(data?.points ?? [])} />;

const nodeTypes = { step: StepBox };
const edgeTypes = { routed: Routed };

/** The layout of the steps, computed again only when the shape of the graph changes. */
function useLayout(steps: { name: string; needs: string[] }[]): Layout | null {
  const shape = JSON.stringify(steps);
  const graph = useMemo(() => JSON.parse(shape) as { name: string; needs: string[] }[], [shape]);
  const [found, setFound] = useState<Layout | null>(null);
  useEffect(() => {
    let current = true;
    void layout(graph).then((result) => {
      if (current) setFound(result);
    });
    return () => {
      current = false;
    };
  }, [graph]);
  return found;
}
