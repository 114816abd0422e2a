import { sql } from "kysely";
import type { z } from "zod";
import type { userSchema } from "../../contract/access.ts";
import { conflict, notFound, Problem } from "../../contract/errors.ts";
import { type Permission, permissions, type Role, roles } from "../../contract/permissions.ts";
import { isRunning } from "../../engine/index.ts";
import { type Ctx, systemActor } from "../../platform/context.ts";
import { removeRows } from "../../platform/db/delete-some.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { sha256 } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import type { Principal } from "../../platform/http/bind.ts";
import { requireWorkspace } from "../workspace/index.ts";
import type { CredentialTable } from "./schema.ts";
import * as store from "./store.ts";

type User = z.output<typeof userSchema>;

const day = 86_400_000;
const sessionMs = 12 * 3_600_000;
const codeMs = 15 * 60_000;

export async function createUser(
  ctx: Ctx,
  user: { name: string; email?: string; kind: "person" | "service"; role: Role; workspace: string },
): Promise<User> {
  return transaction(ctx, async (tx) => {
    if (user.workspace !== "*") await requireWorkspace(tx, user.workspace);
    if (await store.findUserByName(tx.db, user.name)) throw conflict(`There is already a user "${user.name}".`);
    const id = tx.ids.next();
    await store.insertUser(tx.db, {
      id,
      name: user.name,
      email: user.email ?? null,
      kind: user.kind,
      created_at: tx.clock.now(),
    });
    await store.insertRole(tx.db, { user_id: id, workspace: user.workspace, role: user.role });
    record(tx, {
      workspace: user.workspace,
      type: "user.created",
      subject: `user/${user.name}`,
      data: { kind: user.kind, role: user.role },
    });
    return getUser(tx, id);
  });
}

export async function getUser(ctx: Ctx, id: string): Promise<User> {
  const row = await store.findUser(ctx.db, id);
  if (!row) throw notFound("user", id);
  return userOf(row, await store.listRoles(ctx.db, id));
}

export async function findUserByName(ctx: Ctx, name: string): Promise<User | undefined> {
  const row = await store.findUserByName(ctx.db, name);
  return row && userOf(row, await store.listRoles(ctx.db, row.id));
}

export async function listUsers(ctx: Ctx): Promise<User[]> {
  const [rows, assigned] = await Promise.all([store.listUserRows(ctx.db), store.listRoles(ctx.db)]);
  return rows.map((row) =>
    userOf(
      row,
      assigned.filter((role) => role.userId === row.id),
    ),
  );
}

function userOf(row: store.UserRow, assigned: { workspace: string; role: Role }[]): User {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    kind: row.kind,
    createdAt: row.created_at,
    roles: assigned.map(({ workspace, role }) => ({ workspace, role })),
  };
}

/**
 * Makes a token for a user. The token itself is given once and not kept. With `replaces`, the user's earlier ones of the
 * same description end.
 */
export async function createToken(
  ctx: Ctx,
  userId: string,
  options: { description: string; days: number; replaces?: boolean },
): Promise<{ token: string; expiresAt: number }> {
  return transaction(ctx, async (tx) => {
    const user = await getUser(tx, userId);
    if (options.replaces) await store.deleteTokens(tx.db, userId, options.description);
    const issued = await issue(tx, {
      kind: "token",
      user_id: userId,
      workspace: null,
      description: options.description,
      lifeMs: options.days * day,
    });
    record(tx, {
      workspace: "*",
      type: "token.created",
      subject: `user/${user.name}`,
      data: {
        ...{ id: issued.id, description: options.description, expiresAt: issued.expiresAt },
        ...(options.replaces ? { replaces: true } : {}),
      },
    });
    return { token: issued.secret, expiresAt: issued.expiresAt };
  });
}

/**
 * A token for the calls that one task makes: the rights of `step` in its workspace, while it runs and at most until its
 * deadline. `task` names it among all there are: `execution/task`.
 */
export async function createTaskToken(tx: Ctx, workspace: string, task: string, lifeMs: number): Promise<string> {
  const issued = await issue(tx, { kind: "task", user_id: "step", workspace, description: task, lifeMs });
  return issued.secret;
}

/** Withdraws the tokens of a task's earlier attempts, which may go on where nobody can end them. */
export const endTaskTokens = (tx: Ctx, task: string) => store.deleteTaskCredentials(tx.db, task);

/** Withdraws the tokens of all tasks of an execution. */
export const endExecutionTokens = (ctx: Ctx, execution: string) => store.deleteExecutionCredentials(ctx.db, execution);

/** Removes the tokens of tasks that nobody can use any more; gives how many. */
export function removeEndedTaskTokens(
  ctx: Ctx,
  { workspace, dryRun }: { workspace: string; dryRun: boolean },
): Promise<number> {
  const where = sql`kind = 'task' and workspace = ${workspace} and expires_at <= ${ctx.clock.now()}`;
  return removeRows(ctx, { table: "credential", key: ["hash"], where }, dryRun);
}

/** The clock was set: tokens of running tasks end no earlier than they would have. */
export async function prolongTaskTokens(tx: Ctx, jumpedMs: number): Promise<void> {
  if (jumpedMs > 0) await store.prolongTaskCredentials(tx.db, tx.clock.now(), jumpedMs);
}

/** A code that signs its user in to Studio, once, within 15 minutes. */
export async function createSignInCode(ctx: Ctx, userId: string): Promise<{ code: string; expiresAt: number }> {
  const issued = await issue(ctx, {
    kind: "code",
    user_id: userId,
    workspace: null,
    description: "sign-in link",
    lifeMs: codeMs,
  });
  return { code: issued.secret, expiresAt: issued.expiresAt };
}

/** Exchanges a one-time code, or a token, for a browser session. */
export async function signIn(ctx: Ctx, code: string): Promise<{ user: User; session: string; expiresAt: number }> {
  return transaction(ctx, async (tx) => {
    const hash = sha256(code);
    const credential = await store.findCredential(tx.db, hash, tx.clock.now());
    const usable =
      credential?.kind === "token" || (credential?.kind === "code" && (await store.deleteCredential(tx.db, hash)));
    if (!credential || !usable) {
      throw new Problem("unauthenticated", "This sign-in link was used already or has ended.", {
        hint: "Run `trainyard sign-in` for a new one.",
      });
    }
    const issued = await issue(tx, {
      kind: "session",
      user_id: credential.user_id,
      workspace: null,
      description: "Studio",
      lifeMs: sessionMs,
    });
    const user = await getUser(tx, credential.user_id);
    record(tx, {
      workspace: "*",
      type: "user.signed-in",
      subject: `user/${user.name}`,
      actor: { id: user.id, name: user.name },
    });
    return { user, session: issued.secret, expiresAt: issued.expiresAt };
  });
}

export const endCredential = (ctx: Ctx, secret: string) => store.deleteCredential(ctx.db, sha256(secret));

/** Who holds this credential, and what they may do. */
export async function principalOf(ctx: Ctx, secret: string): Promise<Principal> {
  const credential = await store.findCredential(ctx.db, sha256(secret), ctx.clock.now());
  if (!credential || credential.kind === "code" || !(await isOfNow(ctx, credential))) {
    throw new Problem("unauthenticated", "This credential is not known, was withdrawn, or has ended.", {
      hint: "Sign in again with `trainyard sign-in`; an owner makes tokens with `trainyard user create`.",
    });
  }
  if (credential.kind === "task") return taskPrincipal(credential);
  const user = await getUser(ctx, credential.user_id);
  return {
    actor: { id: user.id, name: user.name },
    may: (permission, workspace) => allows(user.roles, permission, workspace),
  };
}

/** The token of a task ends with it, however it ends. */
async function isOfNow(ctx: Ctx, { kind, description }: CredentialTable): Promise<boolean> {
  if (kind !== "task") return true;
  const slash = description.indexOf("/");
  return isRunning(ctx, { executionId: description.slice(0, slash), name: description.slice(slash + 1) });
}

function taskPrincipal(credential: CredentialTable): Principal {
  const workspace = credential.workspace!;
  return {
    actor: { id: "step", name: "step" },
    workspace,
    may: (permission, asked) => asked === workspace && (roles.step as readonly Permission[]).includes(permission),
  };
}

/** A role counts in its workspace; one given for `*` counts everywhere. Asking about `*` takes a role for `*`. */
export function allows(
  assigned: { workspace: string; role: Role }[],
  permission: Permission,
  workspace: string,
): boolean {
  return assigned.some(
    (assignment) =>
      (assignment.workspace === "*" || assignment.workspace === workspace) &&
      (roles[assignment.role] as readonly Permission[]).includes(permission),
  );
}

/** Whether somebody who does not call now, but on whose behalf something happens, may do it. The server itself may. */
export async function actorMay(ctx: Ctx, permission: Permission, workspace: string): Promise<boolean> {
  if (ctx.actor.id === systemActor.id) return true;
  return allows(await store.listRoles(ctx.db, ctx.actor.id), permission, workspace);
}

export const permissionsOf = (principal: Principal, workspace: string): Permission[] =>
  permissions.filter((permission) => principal.may(permission, workspace));

async function issue(
  ctx: Ctx,
  wanted: Pick<CredentialTable, "kind" | "user_id" | "workspace" | "description"> & { lifeMs: number },
): Promise<{ id: string; secret: string; expiresAt: number }> {
  const { lifeMs, ...row } = wanted;
  const now = ctx.clock.now();
  const secret = `ty_${row.kind}_${ctx.ids.secret(32)}`;
  const id = ctx.ids.next();
  await store.insertCredential(ctx.db, {
    ...row,
    id,
    hash: sha256(secret),
    created_at: now,
    expires_at: now + lifeMs,
  });
  return { id, secret, expiresAt: now + lifeMs };
}
