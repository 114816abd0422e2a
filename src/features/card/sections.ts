import type { CardSection } from "../../contract/card.ts";
import type { ModelVersion } from "../../contract/model.ts";
import { type CardSectionKey, cardSectionKeys, type ModelPolicy } from "../../contract/model-policy.ts";
import type { CardEditTable } from "./schema.ts";

export const sectionTitles: Record<CardSectionKey, string> = {
  summary: "What it is",
  "intended-use": "Intended use",
  limitations: "Limitations",
  fairness: "Fairness and risks",
  contact: "Contact",
};

type Policy = Pick<ModelPolicy, "requiredCard">;

/**
 * The sections of a version. What was written for an earlier version holds until somebody writes it anew: a retrained
 * model is used as the one before. Writing an empty text takes a section back, also an inherited one.
 */
export function sectionsOf(
  version: Pick<ModelVersion, "version" | "description">,
  described: { edits: CardEditTable[]; modelDescription: string; policy: Policy },
): CardSection[] {
  const { edits, modelDescription, policy } = described;
  const number = Number(version.version);
  return cardSectionKeys.map((section) => {
    const base = { section, title: sectionTitles[section], required: policy.requiredCard.includes(section) };
    const nothing = { source: null, from: null, edit: null, at: null, by: null, text: "" };
    const newest = newestOf(edits.filter((edit) => edit.section === section && edit.version <= number));
    if (newest) {
      const { id, at, text } = newest;
      const by = { id: newest.actor_id, name: newest.actor_name };
      const edit = newest.version === number ? id : null;
      if (text.trim() === "") return { ...base, ...nothing, edit, at, by };
      const source = newest.version === number ? "written" : "inherited";
      return { ...base, text, source, from: String(newest.version), edit, at, by };
    }
    const description = version.description || modelDescription;
    if (section !== "summary" || description.trim() === "") return { ...base, ...nothing };
    return { ...base, ...nothing, text: description, source: "description" };
  });
}

/** Of the newest version that has any, the last edit. */
function newestOf(edits: CardEditTable[]): CardEditTable | undefined {
  return edits.sort((a, b) => b.version - a.version || (a.id < b.id ? 1 : -1))[0];
}

/** What a card lacks of what the workspace requires. */
export function gapsIn(
  sections: CardSection[],
  model: Pick<ModelVersion, "trainingData" | "metrics">,
  { requiredCard }: Policy,
): string[] {
  const has = (part: string): boolean => {
    if (part === "training-data") return model.trainingData.length > 0;
    if (part === "metrics") return Object.keys(model.metrics).length > 0;
    return sections.some((section) => section.section === part && section.text !== "");
  };
  return requiredCard.filter((part) => !has(part));
}
