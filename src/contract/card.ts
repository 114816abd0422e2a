import { z } from "zod";
import { actorSchema, timeSchema, versioned } from "./common.ts";
import { lineageSchema } from "./lineage.ts";
import { modelVersionSchema } from "./model.ts";
import { cardSectionKeys } from "./model-policy.ts";
import { operation } from "./operation.ts";

export const cardSectionSchema = z.object({
  section: z.enum(cardSectionKeys),
  title: z.string(),
  /** Markdown; empty until somebody writes it. */
  text: z.string(),
  required: z.boolean(),
  /** Where the text comes from: written for this version, for an earlier one, or the description of version or model. */
  source: z.enum(["written", "inherited", "description"]).nullable(),
  /** The version that it was written for. */
  from: z.string().nullable(),
  /** The edit that is shown; an edit that names another one is refused. */
  edit: z.string().nullable(),
  at: timeSchema.nullable(),
  by: actorSchema.nullable(),
});
export type CardSection = z.infer<typeof cardSectionSchema>;

const columnSchema = z.object({ name: z.string(), type: z.string(), required: z.boolean() });

/** What the registry knows by itself. */
export const cardFactsSchema = z.object({
  params: z.record(z.string(), z.string()),
  /** As the model's own MLmodel file says. */
  signature: z.object({ inputs: z.array(columnSchema), outputs: z.array(columnSchema) }).nullable(),
  lineage: lineageSchema,
});
export type CardFacts = z.infer<typeof cardFactsSchema>;

export const cardSchema = z.object({
  model: modelVersionSchema,
  sections: z.array(cardSectionSchema),
  facts: cardFactsSchema,
  /** Required sections that are empty, and required facts that are not known. */
  missing: z.array(z.string()),
  complete: z.boolean(),
});
export type Card = z.infer<typeof cardSchema>;

export const cardEditSchema = z.object({
  id: z.string(),
  section: z.enum(cardSectionKeys),
  text: z.string(),
  at: timeSchema,
  by: actorSchema,
});

export const cardContract = {
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/models/{name}/versions/{version}/card",
    summary: "The card of a model version: what people wrote, what is known, and what is missing",
    permission: "model:read",
    params: versioned,
    response: cardSchema,
  }),
  edit: operation({
    method: "PUT",
    path: "/workspaces/{workspace}/models/{name}/versions/{version}/card/{section}",
    summary: "Write a section of a card, in Markdown; empty text takes it back",
    permission: "model:write",
    params: versioned.extend({ section: z.enum(cardSectionKeys) }),
    body: z.strictObject({
      text: z.string().max(50_000),
      /** The `edit` that was read; another one in the meantime is a conflict. Without it, the newest is replaced. */
      replaces: z.string().nullable().optional(),
    }),
    response: cardSectionSchema,
  }),
  history: operation({
    method: "GET",
    path: "/workspaces/{workspace}/models/{name}/versions/{version}/card-history",
    summary: "Who wrote what in the card of a version, newest first",
    permission: "model:read",
    params: versioned,
    response: z.object({ items: z.array(cardEditSchema) }),
  }),
  export: operation({
    method: "GET",
    path: "/workspaces/{workspace}/models/{name}/versions/{version}/card.md",
    summary: "The card as a Markdown file",
    permission: "model:read",
    params: versioned,
    response: "bytes",
  }),
};
