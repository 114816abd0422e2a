import { z } from "zod";
import { inWorkspace } from "./common.ts";
import { operation } from "./operation.ts";

const one = inWorkspace.extend({ id: z.string().regex(/^\d{1,15}$/, "not the number of an experiment") });
const nameSchema = z.string().trim().min(1).max(500);

/** Changes of experiments; they are listed with `run.listExperiments`. */
export const experimentContract = {
  create: operation({
    method: "POST",
    path: "/workspaces/{workspace}/experiments",
    summary: "Create an experiment",
    permission: "run:write",
    params: inWorkspace,
    body: z.strictObject({ name: nameSchema }),
    response: z.object({ id: z.string() }),
  }),
  rename: operation({
    method: "PATCH",
    path: "/workspaces/{workspace}/experiments/{id}",
    summary: "Rename an experiment",
    permission: "run:write",
    params: one,
    body: z.strictObject({ name: nameSchema }),
  }),
  delete: operation({
    method: "DELETE",
    path: "/workspaces/{workspace}/experiments/{id}",
    summary: "Hide an experiment and its runs until it is restored",
    permission: "run:write",
    params: one,
  }),
  restore: operation({
    method: "POST",
    path: "/workspaces/{workspace}/experiments/{id}/restore",
    summary: "Restore an experiment and its runs",
    permission: "run:write",
    params: one,
  }),
};
