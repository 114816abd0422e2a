import type { z } from "zod";
import type { Card, CardFacts, CardSection, cardEditSchema } from "../../contract/card.ts";
import { Problem } from "../../contract/errors.ts";
import type { ModelVersion } from "../../contract/model.ts";
import type { CardSectionKey } from "../../contract/model-policy.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { getModel, getPolicy, lockModel, resolveModel } from "../model/index.ts";
import type { CardEditTable } from "./schema.ts";
import { gapsIn, sectionsOf } from "./sections.ts";

export interface VersionName {
  workspace: string;
  name: string;
  version: string;
}

export type FactsOf = (ctx: Ctx, workspace: string, model: ModelVersion) => Promise<CardFacts>;

export async function getCard(ctx: Ctx, factsOf: FactsOf, { workspace, name, version }: VersionName): Promise<Card> {
  const model = await resolveModel(ctx, workspace, name, { version });
  const policy = await getPolicy(ctx, workspace);
  const sections = await readSections(ctx, workspace, model);
  const missing = gapsIn(sections, model, policy);
  return { model, sections, facts: await factsOf(ctx, workspace, model), missing, complete: missing.length === 0 };
}

/** What the card of a version lacks: what the gate `card` asks for. */
export async function missingOf(ctx: Ctx, workspace: string, model: ModelVersion): Promise<string[]> {
  return gapsIn(await readSections(ctx, workspace, model), model, await getPolicy(ctx, workspace));
}

async function readSections(ctx: Ctx, workspace: string, model: ModelVersion): Promise<CardSection[]> {
  const edits = await ctx.db
    .selectFrom("model_card_edit")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", model.name)
    .where("version", "<=", Number(model.version))
    .execute();
  const { description: modelDescription } = await getModel(ctx, workspace, model.name);
  return sectionsOf(model, { edits, modelDescription, policy: await getPolicy(ctx, workspace) });
}

/** Writes a section. Somebody else's edit in the meantime is not lost: the second one is refused. */
export async function editSection(
  ctx: Ctx,
  wanted: VersionName & { section: CardSectionKey; text: string; replaces?: string | null },
): Promise<CardSection> {
  const { workspace, name, version, section, text } = wanted;
  return transaction(ctx, async (tx) => {
    await lockModel(tx.db, workspace, name);
    const model = await resolveModel(tx, workspace, name, { version });
    const before = await sectionNow(tx, workspace, model, section);
    if (wanted.replaces !== undefined && wanted.replaces !== before.edit) {
      throw new Problem("stale", `Section ${section} of the card of ${name} ${version} was edited in the meantime.`, {
        hint: before.by ? `${before.by.name} wrote it. Read it again, then write.` : "Read it again, then write.",
      });
    }
    if (before.source === "written" && before.text === text) return before;
    const row: CardEditTable = {
      ...{ id: tx.ids.next(), workspace, name, version: Number(model.version), section, text },
      ...{ at: tx.clock.now(), actor_id: tx.actor.id, actor_name: tx.actor.name },
    };
    await tx.db.insertInto("model_card_edit").values(row).execute();
    record(tx, {
      workspace,
      type: "model.card.edited",
      subject: `model/${name}/${model.version}`,
      data: { section, edit: row.id, characters: text.length },
    });
    return sectionNow(tx, workspace, model, section);
  });
}

const sectionNow = async (ctx: Ctx, workspace: string, model: ModelVersion, section: CardSectionKey) =>
  (await readSections(ctx, workspace, model)).find((one) => one.section === section)!;

/** Every edit of the card of a version, newest first. */
export async function cardHistory(
  ctx: Ctx,
  { workspace, name, version }: VersionName,
): Promise<z.output<typeof cardEditSchema>[]> {
  const model = await resolveModel(ctx, workspace, name, { version });
  const rows = await ctx.db
    .selectFrom("model_card_edit")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .where("version", "=", Number(model.version))
    .orderBy("id", "desc")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    section: row.section as CardSectionKey,
    text: row.text,
    at: row.at,
    by: { id: row.actor_id, name: row.actor_name },
  }));
}
