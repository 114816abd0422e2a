import { plan } from "../../src/engine/plan.fixture.ts";
import type { TaskTable } from "../../src/engine/schema.ts";
import { endedTaskStates, isDone, type TaskState } from "../../src/engine/types.ts";
import { isLegal } from "../support/task-path.ts";
import { Broken } from "./actions.ts";
import type { World } from "./world.ts";

/** What was seen of a task that has a result: none of it changes any more. */
export type Results = Map<string, string>;

const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Broken(what);
};

/** What holds at every moment. Reads everything; nothing else runs meanwhile. */
export async function checkAlways(world: World, results: Results): Promise<void> {
  const executions = await world.db.selectFrom("execution").selectAll().execute();
  const tasks = await world.db.selectFrom("task").selectAll().orderBy("position").execute();
  const events = await world.db.selectFrom("execution_event").selectAll().orderBy("seq").execute();
  const effects = await world.db.selectFrom("sim_effect").selectAll().execute();
  const tasksOf = Map.groupBy(tasks, (task) => task.execution_id);
  const eventsOf = Map.groupBy(events, (event) => event.execution_id);
  for (const id of world.acknowledged.created)
    must(tasksOf.has(id), `execution ${id} was acknowledged and is not there`);
  for (const execution of executions) {
    const { id } = execution;
    const own = tasksOf.get(id) ?? [];
    const told = eventsOf.get(id) ?? [];
    must(told.length === execution.seq && told.every(({ seq }, index) => seq === index + 1), `${id}: events have gaps`);
    if (world.acknowledged.cancelled.has(id)) {
      must(execution.cancel_reason !== null || execution.state !== "running", `${id}: an acknowledged cancel is lost`);
    }
    if (execution.state !== "running") {
      must(
        own.every(({ state }) => endedTaskStates.has(state as TaskState)),
        `${id} has ended before its tasks`,
      );
    }
    const ends = effects.filter(({ execution_id, kind }) => execution_id === id && kind === "execution").length;
    must(ends === (execution.state === "running" ? 0 : 1), `${id}: its feature was told ${ends} times that it ended`);
    const active = own.filter(({ state }) => state === "queued" || state === "running").length;
    must(
      active <= (execution.max_parallel ?? active),
      `${id}: ${active} tasks at once, ${execution.max_parallel} allowed`,
    );
    const byTask = Map.groupBy(told, ({ task }) => task);
    for (const task of own) {
      const path = (byTask.get(task.name) ?? []).map(({ type, data }) => ({ type, data }));
      checkTask(task, own, path, results);
      const of = effects.filter((effect) => effect.execution_id === id && effect.task === task.name);
      const kept = of.filter(({ kind }) => kind === "result");
      must(kept.length <= 1, `${id}/${task.name}: ${kept.length} results had an effect`);
      if (kept[0])
        must(
          task.state === "succeeded" && kept[0].epoch === task.epoch,
          `${id}/${task.name}: an effect without its result`,
        );
      must(
        of.every(({ kind }) => kind !== "begun"),
        `${id}/${task.name}: what it wrote before it was refused is still there`,
      );
      must(
        of.filter(({ kind }) => kind === "task").length <= 1,
        `${id}/${task.name}: its feature was told twice that it ended`,
      );
    }
  }
  for (const [name, epoch] of world.acknowledged.completed) {
    const task = tasks.find((task) => `${task.execution_id}/${task.name}` === name);
    must(task?.state === "succeeded" && task.epoch === epoch, `${name}: an acknowledged result is lost`);
  }
}

function checkTask(
  task: TaskTable,
  others: TaskTable[],
  path: { type: string; data: string }[],
  results: Results,
): void {
  const name = `${task.execution_id}/${task.name}`;
  const types = path.map(({ type }) => type);
  must(isLegal(types), `${name} went ${types.join(" → ")}`);
  const epochs = path.filter(({ type }) => type === "task.claimed").map(({ data }) => JSON.parse(data).epoch as number);
  must(
    epochs.every((epoch, index) => epoch === index + 1) && epochs.length === task.epoch,
    `${name}: epochs ${epochs}`,
  );
  if (["queued", "running", "succeeded", "waiting"].includes(task.state)) {
    const unmet = (JSON.parse(task.needs) as string[]).filter(
      (need) => !isDone(others.find((other) => other.name === need)?.state as TaskState),
    );
    must(unmet.length === 0, `${name} is ${task.state} before ${unmet.join(", ")}`);
  }
  if (task.deadline_at !== null) {
    const begins = task.state === "queued" ? task.available_at : (task.started_at ?? 0);
    must(begins < task.deadline_at, `${name} begins at ${begins}, after its deadline ${task.deadline_at}`);
  }
  const failures = path.filter(
    ({ type, data }) => /task.(retried|failed)/.test(type) && JSON.parse(data).fault === "user",
  );
  must(
    failures.length <= task.max_attempts,
    `${name} was tried ${failures.length} times, ${task.max_attempts} allowed`,
  );
  if (isDone(task.state as TaskState)) {
    const result = `${task.state} ${task.result} ${task.epoch}`;
    const before = results.get(name);
    must(before === undefined || before === result, `${name}: its result changed from ${before} to ${result}`);
    results.set(name, result);
  } else must(!results.has(name), `${name} had a result and is ${task.state} now`);
}

/** Where nothing is left to plan, the reference finds nothing to do either. */
export async function checkPlanned(world: World): Promise<void> {
  const executions = await world.db.selectFrom("execution").selectAll().where("state", "=", "running").execute();
  for (const { id, cancel_reason, continue_on_failure, max_parallel, sealed } of executions) {
    const rows = await world.db
      .selectFrom("task")
      .selectAll()
      .where("execution_id", "=", id)
      .orderBy("position")
      .execute();
    const tasks = rows.map((row) => ({ name: row.name, needs: JSON.parse(row.needs), state: row.state as TaskState }));
    const wanted = plan({
      cancelRequested: cancel_reason !== null,
      continueOnFailure: continue_on_failure === 1,
      tasks,
    });
    const active = rows.filter(({ state }) => state === "queued" || state === "running").length;
    const isFull = max_parallel !== null && active >= max_parallel;
    const isPutOff = (name: string) => rows.find((row) => row.name === name)!.available_at > world.now;
    const missed = wanted.filter((action) => {
      if (action.type === "prepare") return !isFull && !isPutOff(action.task);
      return action.type !== "finish" || sealed === 1;
    });
    must(missed.length === 0, `${id}: planning missed ${JSON.stringify(missed)}`);
  }
}
