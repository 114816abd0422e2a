/** A step, and those that it needs. */
interface Node {
  name: string;
  needs: string[];
}

/** Where a cell is, in cells. */
export interface Cell {
  name: string;
  x: number;
  y: number;
}

export interface Arrangement {
  cells: Cell[];
  width: number;
  height: number;
}

/** Steps by how many come before them: what needs nothing first. What needs itself in a circle is left out. */
export function layersOf(nodes: Node[]): string[][] {
  const known = new Set(nodes.map(({ name }) => name));
  const users = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const { name, needs } of nodes) {
    const own = needs.filter((need) => known.has(need));
    open.set(name, own.length);
    for (const need of own) {
      const others = users.get(need);
      if (others) others.push(name);
      else users.set(need, [name]);
    }
  }
  const layers: string[][] = [];
  for (let layer = nodes.map(({ name }) => name).filter((name) => open.get(name) === 0); layer.length > 0; ) {
    layers.push(layer);
    const next: string[] = [];
    for (const name of layer) {
      for (const user of users.get(name) ?? []) {
        const left = open.get(user)! - 1;
        open.set(user, left);
        if (left === 0) next.push(user);
      }
    }
    layer = next;
  }
  return layers;
}

/** Cells in a column of a layer. */
const tallest = 40;
const betweenLayers = 1;
const betweenBands = 2;

/**
 * Each layer is a block of cells, filled column by column; blocks follow one another from left to right, and go on
 * below like lines of text, so that a chain of thousands fits a place of the given aspect as well as thousands beside each other do.
 */
export function arrange(nodes: Node[], aspect: number): Arrangement {
  const blocks = layersOf(nodes).map((names) => {
    const height = Math.min(tallest, Math.max(1, Math.ceil(Math.sqrt(names.length))));
    return { names, height, width: Math.ceil(names.length / height) };
  });
  const area = blocks.reduce((sum, { width, height }) => sum + (width + betweenLayers) * (height + betweenBands), 0);
  const widest = Math.max(Math.sqrt(area * aspect), ...blocks.map(({ width }) => width));
  const cells: Cell[] = [];
  let [left, top, bandHeight, width] = [0, 0, 0, 0];
  for (const block of blocks) {
    if (left > 0 && left + block.width > widest) {
      top += bandHeight + betweenBands;
      [left, bandHeight] = [0, 0];
    }
    for (const [index, name] of block.names.entries()) {
      cells.push({ name, x: left + Math.floor(index / block.height), y: top + (index % block.height) });
    }
    bandHeight = Math.max(bandHeight, block.height);
    width = Math.max(width, left + block.width);
    left += block.width + betweenLayers;
  }
  return { cells, width, height: top + bandHeight };
}
