import type { Ctx } from "../../platform/context.ts";

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
