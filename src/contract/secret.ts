import { z } from "zod";
import { actorSchema, inWorkspace, named, nameSchema, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

/** What is shorter stands in words that are no secrets: it could not be masked in what a step prints. */
export const shortestSecret = 6;

/** What anybody gets to know of a secret. Its value is told to nobody but the agent that runs a step with it. */
export const secretSchema = z.object({
  name: nameSchema,
  description: z.string(),
  /** Counts the values that meant something else than the one before; reuse keys have it. */
  version: z.number().int(),
  setAt: timeSchema,
  setBy: actorSchema,
});
export type Secret = z.infer<typeof secretSchema>;

export const secretContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/secrets",
    summary: "List secrets by name, without their values",
    permission: "secret:read",
    params: inWorkspace,
    response: z.object({ items: z.array(secretSchema) }),
  }),
  set: operation({
    method: "PUT",
    path: "/workspaces/{workspace}/secrets/{name}",
    summary: "Keep a secret, or give it another value",
    permission: "secret:write",
    params: named,
    body: z.strictObject({
      value: z
        .string()
        .min(
          shortestSecret,
          `a secret has at least ${shortestSecret} characters: a shorter one cannot be masked in logs`,
        )
        .max(65_536, "a secret has at most 65,536 characters")
        .refine((value) => !value.includes("\0"), "a secret has no NUL in it: no variable can hold that")
        .refine(
          (value) => value.split("\n").some((line) => line.trim().length >= shortestSecret),
          `a secret has a line of at least ${shortestSecret} characters, spaces at its ends not counted: others cannot be masked in logs`,
        ),
      /** Without it, it stays as it is. */
      description: z.string().max(2000).optional(),
      /** The value is new, and opens what the one before opened: earlier results of steps are still reused. */
      rotated: z.boolean().default(false),
    }),
    response: secretSchema,
  }),
  delete: operation({
    method: "DELETE",
    path: "/workspaces/{workspace}/secrets/{name}",
    summary: "Forget the value of a secret; steps that need it fail",
    permission: "secret:write",
    params: named,
  }),
};
