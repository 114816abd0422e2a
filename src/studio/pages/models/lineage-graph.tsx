import "@xyflow/react/dist/style.css";
import { useComputedColorScheme } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCode,
  IconCube,
  IconDatabase,
  IconFlask,
  IconPackage,
  IconPlayerPlay,
  IconRocket,
  IconStack2,
  IconTable,
  IconWorld,
} from "@tabler/icons-react";
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
import { useEffect, useState } from "react";
import type { Lineage, LineageNode } from "../../../contract/lineage.ts";
import { Subject } from "../../parts/subject.tsx";
import { edgeId, type Layout, layout, type Point, pathOf } from "../jobs/layout.ts";

type RoutedEdge = Edge<{ points: Point[] }, "routed">;
type LineageBox = Node<{ node: LineageNode; isRoot: boolean }, "box">;

const boxSize = { width: 216, height: 48 };
const tallest = 760;

const icons: Record<LineageNode["kind"], typeof IconCube> = {
  model: IconCube,
  run: IconFlask,
  job: IconPlayerPlay,
  data: IconDatabase,
  dataset: IconTable,
  code: IconCode,
  environment: IconStack2,
  monitor: IconAlertTriangle,
  build: IconPackage,
  release: IconRocket,
  deployment: IconWorld,
};

export function LineageGraph({ lineage }: { lineage: Lineage }) {
  const scheme = useComputedColorScheme("light");
  const found = useLayout(lineage);
  if (!found) return <div className="ty-lineage" />;
  const bottom = Math.max(...[...found.places.values()].map((place) => place.y + boxSize.height));
  const nodes = lineage.nodes.map(
    (node): LineageBox => ({
      id: node.id,
      type: "box",
      position: found.places.get(node.id) ?? { x: 0, y: 0 },
      data: { node, isRoot: node.id === lineage.root },
      ...boxSize,
    }),
  );
  const edges = lineage.edges.map(({ from, to }): RoutedEdge => {
    const id = edgeId(from, to);
    return { id, source: from, target: to, type: "routed", data: { points: found.routes.get(id) ?? [] } };
  });
  return (
    <div className="ty-graph ty-lineage" style={{ height: Math.min(tallest, bottom + 48) }}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        colorMode={scheme}
        fitView
        fitViewOptions={{ padding: "20px", maxZoom: 1 }}
        minZoom={0.2}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={22} size={1} />
        <Controls showInteractive={false} position="bottom-left" />
      </ReactFlow>
    </div>
  );
}

function Box({ data: { node, isRoot } }: NodeProps<LineageBox>) {
  const Icon = icons[node.kind];
  return (
    <>
      <Handle type="target" position={Position.Top} />
      <div
        className="ty-node ty-lineage-node nopan"
        data-kind={node.kind}
        data-root={isRoot || undefined}
        data-known={node.known}
        style={boxSize}
      >
        <Icon size={18} stroke={1.8} aria-hidden />
        <span className="ty-node-text">
          <span className="ty-node-name" title={`${node.kind}: ${node.label}`}>
            {isRoot || !node.known ? node.label : <Subject path={pageOf(node.id)}>{node.label}</Subject>}
          </span>
          <span className="ty-node-note">{[node.kind, node.detail].filter(Boolean).join(" · ")}</span>
        </span>
      </div>
      <Handle type="source" position={Position.Bottom} />
    </>
  );
}

/** A deployment is shown with its endpoint. */
const pageOf = (id: string): string => id.replace(/^deployment\/([^/]+)\/.*$/, "endpoint/$1");

const Routed = ({ id, data }: EdgeProps<RoutedEdge>) => <BaseEdge id={id} path={pathOf(data?.points ?? [])} />;

const nodeTypes = { box: Box };
const edgeTypes = { routed: Routed };

function useLayout(lineage: Lineage): Layout | null {
  const [found, setFound] = useState<Layout | null>(null);
  useEffect(() => {
    let current = true;
    const steps = lineage.nodes.map(({ id }) => ({
      name: id,
      needs: lineage.edges.filter((edge) => edge.to === id).map((edge) => edge.from),
    }));
    void layout(steps, { size: boxSize, direction: "DOWN", betweenLayers: 30 }).then((result) => {
      if (current) setFound(result);
    });
    return () => {
      current = false;
    };
  }, [lineage]);
  return found;
}
