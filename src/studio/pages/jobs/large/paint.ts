import type { StepView } from "../../../../contract/job.ts";
import { signOf, type Tone } from "../../../parts/state.tsx";
import type { Arrangement, Cell } from "./arrange.ts";

/** What part of the arrangement is seen: pixels of a cell, and where its corner is. */
export interface View {
  scale: number;
  left: number;
  top: number;
}

export interface Scene {
  arrangement: Arrangement;
  steps: ReadonlyMap<string, StepView>;
  /** Where each step is. */
  places: ReadonlyMap<string, Cell>;
  /** The step whose lines are drawn: the one under the pointer, or the chosen one. */
  shown: string | undefined;
  chosen: string | undefined;
}

const tones: Tone[] = ["good", "bad", "wait", "run", "idle"];
/** From this size of a cell on its name is written beside it. */
const nameFrom = 60;

/** The whole, with a margin. */
export function viewOfAll({ width, height }: Arrangement, place: { width: number; height: number }): View {
  const scale = Math.min((place.width - 24) / Math.max(width, 1), (place.height - 24) / Math.max(height, 1), 40);
  return { scale, left: (place.width - width * scale) / 2, top: (place.height - height * scale) / 2 };
}

export function cellAt(x: number, y: number, view: View): { x: number; y: number } {
  return { x: Math.floor((x - view.left) / view.scale), y: Math.floor((y - view.top) / view.scale) };
}

/** Draws what is seen of the scene; cells outside the canvas cost next to nothing. */
export function paint(canvas: HTMLCanvasElement, scene: Scene, view: View): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const style = getComputedStyle(canvas);
  const colours = new Map(tones.map((tone) => [tone, style.getPropertyValue(`--ty-${tone}`)]));
  const ratio = window.devicePixelRatio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  const gap = view.scale > 6 ? view.scale * 0.15 : 0;
  for (const { name, x, y } of scene.arrangement.cells) {
    const [at, to] = [view.left + x * view.scale, view.top + y * view.scale];
    if (at + view.scale < 0 || to + view.scale < 0 || at > canvas.clientWidth || to > canvas.clientHeight) continue;
    const step = scene.steps.get(name);
    const isPale = !step || ["pending", "queued", "skipped"].includes(step.state);
    context.globalAlpha = isPale ? 0.45 : 1;
    context.fillStyle = colours.get(signOf(step?.state ?? "pending").tone)!;
    context.fillRect(at, to, view.scale - gap, view.scale - gap);
    if (view.scale < nameFrom) continue;
    context.globalAlpha = 1;
    context.fillStyle = style.getPropertyValue(isPale ? "--ty-text" : "--ty-surface");
    context.font = "11px sans-serif";
    context.fillText(step?.displayName ?? name, at + 5, to + view.scale / 2, view.scale - gap - 10);
  }
  context.globalAlpha = 1;
  paintLines(context, scene, view, style.getPropertyValue("--ty-text"));
}

/** From what the shown step needs to it, and on to what needs it. */
function paintLines(
  context: CanvasRenderingContext2D,
  { places, steps, shown, chosen }: Scene,
  view: View,
  colour: string,
) {
  const middle = ({ x, y }: Cell) => [view.left + (x + 0.5) * view.scale, view.top + (y + 0.5) * view.scale] as const;
  context.strokeStyle = colour;
  const from = shown === undefined ? undefined : places.get(shown);
  if (shown !== undefined && from) {
    context.lineWidth = 1;
    context.beginPath();
    const needs = new Set(steps.get(shown)?.needs);
    for (const step of steps.values()) {
      const other = needs.has(step.name) || step.needs.includes(shown) ? places.get(step.name) : undefined;
      if (!other) continue;
      context.moveTo(...middle(from));
      context.lineTo(...middle(other));
    }
    context.stroke();
  }
  for (const name of new Set([shown, chosen])) {
    const cell = name === undefined ? undefined : places.get(name);
    if (!cell) continue;
    context.lineWidth = name === chosen ? 3 : 1.5;
    context.strokeRect(view.left + cell.x * view.scale, view.top + cell.y * view.scale, view.scale, view.scale);
  }
}
