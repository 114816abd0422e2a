import {
  IconAlertTriangle,
  IconCode,
  IconCube,
  IconDatabase,
  IconFlask,
  IconPackage,
  IconPlayerPlay,
  IconPlugConnected,
  IconRocket,
  IconStack2,
  IconTable,
  IconWorld,
} from "@tabler/icons-react";
import type { Lineage, LineageNode } from "../../../contract/lineage.ts";
import { boxesDrawnBy, Drawing } from "../../parts/graph/drawing.tsx";
import { useLayout } from "../../parts/graph/use-layout.ts";
import { Subject } from "../../parts/subject.tsx";

interface Shown {
  node: LineageNode;
  isRoot: boolean;
}

const shape = { size: { width: 216, height: 48 }, betweenLayers: 30 };
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
  endpoint: IconPlugConnected,
};

interface LineageGraphProps {
  lineage: Lineage;
  /** As large as the page leaves room for, instead of as high as the graph is. */
  fill?: boolean;
}

export function LineageGraph({ lineage, fill }: LineageGraphProps) {
  const boxes = lineage.nodes.map(({ id }) => ({
    name: id,
    needs: lineage.edges.filter((edge) => edge.to === id).map((edge) => edge.from),
  }));
  const found = useLayout(boxes, shape);
  if (!found) return fill ? null : <div className="ty-lineage" />;
  const bottom = Math.max(...[...found.places.values()].map((place) => place.y + shape.size.height));
  const shown = lineage.nodes.map((node): [string, Shown] => [node.id, { node, isRoot: node.id === lineage.root }]);
  const isPart = !fill;
  return (
    <section
      className={isPart ? "ty-graph ty-lineage" : "ty-graph ty-lineage-page"}
      style={isPart ? { height: Math.min(tallest, bottom + 48) } : undefined}
      aria-label={`Lineage of ${lineage.root}`}
    >
      <Drawing
        layout={found}
        shape={shape}
        boxes={new Map(shown)}
        boxTypes={boxTypes}
        canvas={{
          ...{ fitViewOptions: { padding: "20px", maxZoom: 1 } },
          ...(isPart ? { zoomOnScroll: false, preventScrolling: false } : {}),
        }}
      />
    </section>
  );
}

function Box({ shown: { node, isRoot } }: { shown: Shown }) {
  const Icon = icons[node.kind];
  return (
    <div
      className="ty-node ty-lineage-node nopan"
      data-kind={node.kind}
      data-root={isRoot || undefined}
      data-known={node.known}
      style={shape.size}
    >
      <Icon size={18} stroke={1.8} aria-hidden />
      <span className="ty-node-text">
        <span className="ty-node-name" title={`${node.kind}: ${node.label}`}>
          {isRoot || !node.known ? node.label : <Subject path={pageOf(node.id)}>{node.label}</Subject>}
        </span>
        <span className="ty-node-note">{[node.kind, node.detail].filter(Boolean).join(" · ")}</span>
      </span>
    </div>
  );
}

/** A deployment is shown with its endpoint. */
const pageOf = (id: string): string => id.replace(/^deployment\/([^/]+)\/.*$/, "endpoint/$1");

const boxTypes = boxesDrawnBy(Box);
