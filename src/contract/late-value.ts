// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { didYouMean } from "./suggest.ts";
import type { Trigger } from "./trigger.ts";

/** A name in a value of a schedule, `${{ name }}`: what it stands for is known when the schedule starts its pipeline. */
const expression = /\$\{\{([^{}]*)\}\}/g;

const bodyPrefix = "creation_context.body.";
const ofAnyTrigger = ["creation_context.trigger_time", "name"];
const dataVersion = "creation_context.data_version";

export const lateNames = (text: string): string[] => [...text.matchAll(expression)].map(([, name]) => name!.trim());

/** The text with a value in the place of each name. What a value says is not looked at again: it is no expression. */
export const fillLate = (text: string, fill: (name: string) => string): string =>
  text.replace(expression, (_, name: string) => fill(name.trim()));

/** Where in the body of a call a name points: `creation_context.body.pull.0.ref` is `pull`, `0`, `ref`. */
export function bodyPathOf(name: string): string[] | undefined {
  const path = name.startsWith(bodyPrefix) ? name.slice(bodyPrefix.length).split(".") : [];
  return path.length > 0 && path.every((part) => /^[\w-]+$/.test(part)) ? path : undefined;
}

/** What is wrong with a name, where a trigger of a type starts the pipeline. */
export function problemOfLate(
  name: string,
  trigger: Trigger["type"],
): { message: string; hint: string | undefined } | undefined {
  if (ofAnyTrigger.includes(name)) return undefined;
  const source = `\${{${name}}}`;
  if (name === dataVersion) {
    if (trigger === "data") return undefined;
    return { message: `${source} is only known to a schedule that new data starts`, hint: undefined };
  }
  if (bodyPathOf(name)) {
    if (trigger === "webhook") return undefined;
    return { message: `${source} is only known to a schedule that a webhook starts`, hint: undefined };
  }
  const known = [...ofAnyTrigger, ...(trigger === "data" ? [dataVersion] : [])];
  const hint = didYouMean(name, known) ?? `There is ${known.map((one) => `\${{${one}}}`).join(" and ")}.`;
  return { message: `${source} is not known when a schedule starts its pipeline`, hint };
}
