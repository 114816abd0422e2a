import type { Lineage, LineageNode } from "../../contract/lineage.ts";

const mostNodes = 200;

/** Collects nodes and edges, each once. When there are too many, it says so and takes no more. */
export class LineageGraph {
  readonly #nodes = new Map<string, LineageNode>();
  readonly #edges = new Map<string, Lineage["edges"][number]>();
  #cut = false;

  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  /** True when the node is new here: then what is around it is worth looking at. */
  add(node: LineageNode): boolean {
    if (this.#nodes.has(node.id)) return false;
    if (this.#nodes.size >= mostNodes) {
      this.#cut = true;
      return false;
    }
    this.#nodes.set(node.id, node);
    return true;
  }

  link(from: string, to: string, relation: string): void {
    if (from !== to) this.#edges.set(`${from}\n${to}`, { from, to, relation });
  }

  finish(root: string): Lineage {
    const edges = [...this.#edges.values()].filter(({ from, to }) => this.has(from) && this.has(to));
    return { root, nodes: [...this.#nodes.values()], edges, cut: this.#cut };
  }
}
