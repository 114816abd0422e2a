import type { CallOptions, Client } from "./client.ts";
import type { Job, StepView } from "./job.ts";

/** A job that is looked at again and again: after the first look only what changed is read. */
export interface JobWatch {
  /** How it stands now. `changed`: steps that may look different than at the last look; the first time, all. */
  look(options?: CallOptions): Promise<Seen>;
}

export interface Seen {
  job: Job;
  /** In the order of the job, as one list that is made anew when something changed. */
  steps: StepView[];
  changed: StepView[];
}

export function createJobWatch(client: Client, params: { workspace: string; id: string }): JobWatch {
  const known = new Map<string, StepView>();
  let steps: StepView[] = [];
  let revision: number | undefined;

  /** Every step, page by page; what changes meanwhile is found by the next look. */
  async function readAll(options?: CallOptions): Promise<Job> {
    let reached: number | undefined;
    for (let after: number | undefined = -1; ; ) {
      const page = await client.job.steps({ params, query: { after } }, options);
      for (const step of page.items) known.set(step.name, step);
      reached ??= page.revision;
      after = page.next;
      if (after !== undefined) continue;
      revision = reached;
      return page.job;
    }
  }

  async function readChanges(changed: Map<string, StepView>, options?: CallOptions): Promise<Job> {
    for (;;) {
      const page = await client.job.steps({ params, query: { since: revision } }, options);
      for (const step of page.items) {
        known.set(step.name, step);
        changed.set(step.name, step);
      }
      revision = page.revision;
      if (!page.more) return page.job;
    }
  }

  return {
    async look(options) {
      if (revision === undefined) {
        const job = await readAll(options);
        steps = [...known.values()];
        return { job, steps, changed: steps };
      }
      const changed = new Map<string, StepView>();
      const job = await readChanges(changed, options);
      if (changed.size > 0) steps = [...known.values()];
      return { job, steps, changed: [...changed.values()] };
    },
  };
}
