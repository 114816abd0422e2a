import type { ExpressionBuilder } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import type { Tables } from "../../platform/db/tables.ts";

/** What queries over jobs and their parts are made with: it knows the table `family`. */
export type FamilyQueries = Pick<
  ExpressionBuilder<Tables & { family: { id: string; of: string } }, never>,
  "selectFrom"
>;

/** A query with the table `family`: jobs (`of`), and all that is part of each (`id`), itself and what is part of a part too. */
export const withFamily = ({ db }: Ctx, workspace: string, ids: string[]) =>
  db.withRecursive("family", (query) =>
    query
      .selectFrom("job")
      .select(["id", "id as of"])
      .where("workspace", "=", workspace)
      .where("id", "in", ids)
      .unionAll(
        query
          .selectFrom("family")
          .innerJoin("job", "job.parent_job_id", "family.id")
          .select(["job.id", "family.of"])
          .where("job.workspace", "=", workspace),
      ),
  );

/** How many a job and its parts are; counts no further than to `most`. */
export async function countFamily(ctx: Ctx, workspace: string, id: string, most: number): Promise<number> {
  const { count } = await withFamily(ctx, workspace, [id])
    .selectFrom((family) => family.selectFrom("family").select("id").limit(most).as("counted"))
    .select((counted) => counted.fn.countAll<number | string>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}
