import type { accessContract } from "../../contract/access.ts";
import type { Ctx } from "../../platform/context.ts";
import type { HandlerCall, Handlers } from "../../platform/http/bind.ts";
import * as service from "./service.ts";
import { sessionOf, setSession } from "./session.ts";

export const accessHandlers: Handlers<typeof accessContract> = {
  me: ({ query }, ctx, call) => me(ctx, call, query.workspace),
  signIn: ({ body }, ctx, call) => startSession(ctx, call, body.code),
  signOut: (_, ctx, call) => endSession(ctx, call),
  createSignInLink: (_, ctx, call) => signInLink(ctx, call),
  listUsers: async (_, ctx) => ({ items: await service.listUsers(ctx) }),
  createUser: ({ body }, ctx) => service.createUser(ctx, body),
  createToken: ({ params, body }, ctx) => service.createToken(ctx, params.id, body),
};

async function me(ctx: Ctx, call: HandlerCall, workspace: string) {
  const user = await service.getUser(ctx, ctx.actor.id);
  return { ...user, permissions: service.permissionsOf(call.principal!, workspace) };
}

async function startSession(ctx: Ctx, call: HandlerCall, code: string) {
  const { user, session, expiresAt } = await service.signIn(ctx, code);
  setSession(call.request, call.reply, session, expiresAt - ctx.clock.now());
  return user;
}

async function endSession(ctx: Ctx, call: HandlerCall): Promise<undefined> {
  await service.endCredential(ctx, sessionOf(call.request) ?? "");
  setSession(call.request, call.reply, "", 0);
}

async function signInLink(ctx: Ctx, call: HandlerCall) {
  const { code, expiresAt } = await service.createSignInCode(ctx, ctx.actor.id);
  const base = ctx.config.publicUrl ?? `${call.request.protocol}://${call.request.host}`;
  return { url: `${base}/sign-in?code=${code}`, expiresAt };
}
