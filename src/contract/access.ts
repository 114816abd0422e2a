import { z } from "zod";
import { idSchema, nameSchema, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";
import { permissions, roleNames } from "./permissions.ts";

export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  /** `person`, or `service` for a program (agent, serving node, CI system). */
  kind: z.enum(["person", "service"]),
  createdAt: timeSchema,
  /** Role per workspace; `*` is every workspace. */
  roles: z.array(z.object({ workspace: z.string(), role: z.enum(roleNames) })),
});

export const accessContract = {
  me: operation({
    method: "GET",
    path: "/me",
    summary: "Who am I, and what may I do",
    permission: "signed-in",
    query: z.object({ workspace: nameSchema.default("default") }),
    response: userSchema.extend({ permissions: z.array(z.enum(permissions)) }),
  }),
  signIn: operation({
    method: "POST",
    path: "/sign-in",
    summary: "Exchange a one-time sign-in code, or a token, for a browser session",
    permission: "public",
    body: z.strictObject({ code: z.string().max(200) }),
    response: userSchema,
  }),
  signOut: operation({
    method: "POST",
    path: "/sign-out",
    summary: "End the browser session",
    permission: "signed-in",
  }),
  createSignInLink: operation({
    method: "POST",
    path: "/sign-in-links",
    summary: "Make a one-time sign-in link for yourself",
    permission: "signed-in",
    response: z.object({ url: z.string(), expiresAt: timeSchema }),
  }),
  listUsers: operation({
    method: "GET",
    path: "/users",
    summary: "List users and their roles",
    permission: "access:read",
    response: z.object({ items: z.array(userSchema) }),
  }),
  createUser: operation({
    method: "POST",
    path: "/users",
    summary: "Create a user with a role",
    permission: "access:manage",
    body: z.strictObject({
      name: nameSchema,
      email: z.email().optional(),
      kind: z.enum(["person", "service"]).default("person"),
      role: z.enum(roleNames),
      workspace: z.union([nameSchema, z.literal("*")]).default("*"),
    }),
    response: userSchema,
  }),
  createToken: operation({
    method: "POST",
    path: "/users/{id}/tokens",
    summary: "Make a token for a user; it is shown once",
    permission: "access:manage",
    params: z.object({ id: idSchema }),
    body: z.strictObject({
      description: z.string().max(200),
      /** Days until the token ends. */
      days: z.number().int().min(1).max(365).default(90),
    }),
    response: z.object({ token: z.string(), expiresAt: timeSchema }),
  }),
};
