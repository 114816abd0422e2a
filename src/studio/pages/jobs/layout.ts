import type { ElkNode } from "elkjs/lib/elk-api.js";

export const nodeSize = { width: 218, height: 58 };

export interface Place {
  x: number;
  y: number;
}

/** Layered, top to bottom, in the order in which the steps were written. */
export async function layout(steps: { name: string; needs: string[] }[]): Promise<Map<string, Place>> {
  const { default: Elk } = await import("elkjs/lib/elk.bundled.js");
  const known = new Set(steps.map(({ name }) => name));
  const graph: ElkNode = {
    id: "pipeline",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "DOWN",
      "elk.spacing.nodeNode": "28",
      "elk.layered.spacing.nodeNodeBetweenLayers": "46",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
    },
    children: steps.map(({ name }) => ({ id: name, ...nodeSize })),
    edges: steps.flatMap(({ name, needs }) =>
      needs
        .filter((need) => known.has(need))
        .map((need) => ({ id: `${need}>${name}`, sources: [need], targets: [name] })),
    ),
  };
  const placed = await new Elk().layout(graph);
  return new Map((placed.children ?? []).map(({ id, x = 0, y = 0 }) => [id, { x, y }]));
}
