import { loggedModelOf, type SourceModel, type SourceOptions } from "./source.ts";
import { pairsOf, type SqlReader, text } from "./sql.ts";

/** A version that was deleted stays as a row in this stage, so that its number is not given again. */
const deletedStage = "Deleted_Internal";

export async function* readModels(db: SqlReader, options: SourceOptions): AsyncGenerator<SourceModel> {
  const columns = await db.columns("registered_models");
  if (columns.size === 0) return;
  const inWorkspace = columns.has("workspace") ? "and workspace = ?" : "";
  const workspace = columns.has("workspace") ? [options.workspace] : [];
  const models = await db.rows(
    `select * from registered_models where 1 = 1 ${inWorkspace} order by name`,
    ...workspace,
  );
  const hasAliases = (await db.columns("registered_model_aliases")).size > 0;
  for (const model of models) {
    const name = text(model.name);
    const of = async (table: string, order: string) =>
      db.rows(`select * from ${table} where name = ? ${inWorkspace} order by ${order}`, name, ...workspace);
    const tags = await of("registered_model_tags", "key");
    const aliases = hasAliases ? await of("registered_model_aliases", "alias") : [];
    const versions = (await of("model_versions", "version")).filter((row) => row.current_stage !== deletedStage);
    const versionTags = await of("model_version_tags", "version, key");
    yield {
      name,
      description: text(model.description),
      createdAt: Number(model.creation_time),
      updatedAt: Number(model.last_updated_time ?? model.creation_time),
      tags: pairsOf(tags),
      aliases: aliases.map((row) => [text(row.alias), Number(row.version)]),
      versions: versions.map((row) => {
        const [source, storage] = [text(row.source), text(row.storage_location)];
        return {
          ...{ version: Number(row.version), description: text(row.description), user: text(row.user_id) },
          createdAt: Number(row.creation_time),
          updatedAt: Number(row.last_updated_time ?? row.creation_time),
          stage: text(row.current_stage) || "None",
          ...{ source, storage, runId: text(row.run_id) || null, runLink: text(row.run_link) },
          loggedModelId: loggedModelOf(source, storage),
          tags: pairsOf(versionTags.filter((tag) => tag.version === row.version)),
        };
      }),
    };
  }
}
