import { createToken, createUser, findUserByName } from "../features/access/index.ts";
import { createWorkspace } from "../features/workspace/index.ts";
import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";

const defaultWorkspace = "default";

/** The workspace, the owner, and the users of our own processes exist after this; safe to repeat. */
export async function ensureFirstObjects(ctx: Ctx): Promise<void> {
  await transaction(ctx, async (tx) => {
    const rows = await tx.db.selectFrom("workspace").select("name").limit(1).execute();
    if (rows.length > 0) return;
    await createWorkspace(tx, { name: defaultWorkspace, description: "The workspace of the first start" });
    await createUser(tx, { name: "owner", kind: "person", role: "owner", workspace: "*" });
    await createUser(tx, { name: "agent", kind: "service", role: "agent", workspace: "*" });
    await createUser(tx, { name: "serving", kind: "service", role: "serving", workspace: "*" });
  });
}

/**
 * A fresh token for one of the users that every installation has. Of our own processes the one before ends, of which
 * `description` tells the one of this home.
 */
export async function tokenFor(ctx: Ctx, name: "owner" | "agent" | "serving", description: string): Promise<string> {
  const user = await findUserByName(ctx, name);
  if (!user) throw new Error(`There is no user ${name}; the database was not set up by this program.`);
  return (await createToken(ctx, user.id, { description, days: 365, replaces: name !== "owner" })).token;
}
