import { inWorkspace, nameSchema } from "./common.ts";

/** A job, by its id; or by its name, which means the newest job that has it. */
export const namedJob = inWorkspace.extend({ id: nameSchema });
