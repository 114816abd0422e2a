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
  type ReactFlowProps,
} from "@xyflow/react";
import type { ComponentType } from "react";
import { type Layout, type Point, pathOf, type Shape } from "./layout.ts";

type BoxNode<T> = Node<{ shown: T }, "box">;
type Line = Edge<{ points: Point[] }, "routed">;

interface DrawingProps<T> {
  layout: Layout;
  shape: Shape;
  /** What is shown in the boxes, by their names. */
  boxes: Map<string, T>;
  /** Made by `boxesDrawnBy`. */
  boxTypes: BoxTypes<T>;
  /** Is something on its way to this box? */
  isMoving?: (name: string) => boolean;
  /** How the canvas behaves. */
  canvas: Pick<ReactFlowProps, "fitViewOptions" | "onPaneClick" | "zoomOnScroll" | "preventScrolling">;
}

/** Boxes with lines between them, to look at: moved and zoomed as a whole, with nothing to change in it. */
export function Drawing<T>({ layout, shape, boxes, boxTypes, isMoving, canvas }: DrawingProps<T>) {
  const scheme = useComputedColorScheme("light");
  const nodes = [...layout.places].flatMap(([id, position]): BoxNode<T>[] => {
    const shown = boxes.get(id);
    return shown === undefined ? [] : [{ id, type: "box", position, data: { shown }, ...shape.size }];
  });
  const lines = layout.lines.map(
    ({ from, to, points }): Line => ({
      ...{ id: `${from}>${to}`, source: from, target: to, type: "routed", data: { points } },
      animated: isMoving?.(to),
    }),
  );
  return (
    <ReactFlow
      nodes={nodes}
      edges={lines}
      nodeTypes={boxTypes}
      edgeTypes={lineTypes}
      colorMode={scheme}
      fitView
      minZoom={0.2}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      proOptions={{ hideAttribution: true }}
      {...canvas}
    >
      <Background gap={22} size={1} />
      <Controls showInteractive={false} position="bottom-left" />
    </ReactFlow>
  );
}

type BoxTypes<T> = { box: ComponentType<NodeProps<BoxNode<T>>> };

/** React Flow wants the kinds of boxes to stay the same, so this is called outside of components. */
export function boxesDrawnBy<T>(Inside: ComponentType<{ shown: T }>): BoxTypes<T> {
  return {
    box: ({ data: { shown } }) => (
      <>
        <Handle type="target" position={Position.Top} />
        <Inside shown={shown} />
        <Handle type="source" position={Position.Bottom} />
      </>
    ),
  };
}

const Routed = ({ id, data }: EdgeProps<Line>) => <BaseEdge id={id} path={pathOf(data?.points ?? [])} />;

const lineTypes = { routed: Routed };
