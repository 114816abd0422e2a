import type { ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api.js";

export interface Point {
  x: number;
  y: number;
}

/** A box to place, and the names of the boxes from which lines lead to it. */
export interface Placeable {
  name: string;
  needs: string[];
}

/** Where every box is, and along which points every line goes. */
export interface Layout {
  places: Map<string, Point>;
  lines: { from: string; to: string; points: Point[] }[];
}

export interface Shape {
  /** Of a box. */
  size: { width: number; height: number };
  betweenLayers: number;
}

/** Layered, top to bottom, in the order in which they were given; edges go around the boxes. */
export async function layout(boxes: Placeable[], { size, betweenLayers }: Shape): Promise<Layout> {
  const { default: Elk } = await import("elkjs/lib/elk.bundled.js");
  const known = new Set(boxes.map(({ name }) => name));
  const graph: ElkNode = {
    id: "graph",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "DOWN",
      "elk.edgeRouting": "ORTHOGONAL",
      "elk.spacing.nodeNode": "28",
      "elk.spacing.edgeNode": "18",
      "elk.layered.spacing.nodeNodeBetweenLayers": String(betweenLayers),
      "elk.layered.spacing.edgeNodeBetweenLayers": "16",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
    },
    children: boxes.map(({ name }) => ({ id: name, ...size })),
    edges: boxes.flatMap(({ name, needs }) =>
      needs
        .filter((need) => known.has(need))
        .map((need): ElkExtendedEdge => ({ id: `${need}>${name}`, sources: [need], targets: [name] })),
    ),
  };
  const placed = await new Elk().layout(graph);
  return {
    places: new Map((placed.children ?? []).map(({ id, x = 0, y = 0 }) => [id, { x, y }])),
    lines: (placed.edges ?? []).map(({ sources, targets, sections }) => ({
      from: sources[0]!,
      to: targets[0]!,
      points: (sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [
        startPoint,
        ...bendPoints,
        endPoint,
      ]),
    })),
  };
}

const radius = 7;

/** An SVG path along the points, with round corners. */
export function pathOf(points: Point[]): string {
  return points
    .map((point, at) => {
      const before = points[at - 1];
      const after = points[at + 1];
      if (!before) return `M${point.x} ${point.y}`;
      if (!after) return `L${point.x} ${point.y}`;
      const entry = towards(point, before);
      const exit = towards(point, after);
      return `L${entry.x} ${entry.y}Q${point.x} ${point.y} ${exit.x} ${exit.y}`;
    })
    .join("");
}

/** The point at most a corner's radius away from `from`, on the way to `to`. */
function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length === 0 ? 0 : Math.min(radius, length / 2) / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}
