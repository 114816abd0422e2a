import type { cardContract } from "../../contract/card.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { cardMarkdown } from "./markdown.ts";
import { cardHistory, editSection, type FactsOf, getCard } from "./service.ts";

/** What is known of a version comes from features above this one. */
export const createCardHandlers = (factsOf: FactsOf): Handlers<typeof cardContract> => ({
  get: ({ params }, ctx) => getCard(ctx, factsOf, params),
  edit: ({ params, body }, ctx) => editSection(ctx, { ...params, ...body }),
  history: async ({ params }, ctx) => ({ items: await cardHistory(ctx, params) }),
  export: async ({ params }, ctx) => fileOf(params, cardMarkdown(await getCard(ctx, factsOf, params))),
});

function fileOf({ name, version }: { name: string; version: string }, markdown: string) {
  const content = Buffer.from(markdown);
  return {
    bytes: (async function* () {
      yield content;
    })(),
    size: content.length,
    contentType: "text/markdown; charset=utf-8",
    fileName: `${name}-${version}.md`,
  };
}
