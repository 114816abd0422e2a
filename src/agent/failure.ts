export class LeaseLost extends Error {
  override message = "The task was given to another agent.";
}
export class Cancelled extends Error {
  override message = "The job was cancelled.";
}
export class TimedOut extends Error {}

/** A failure of the command that the user wrote, as opposed to one of the machine. */
export class StepFailed extends Error {
  readonly retryable: boolean;
  constructor(message: string, options: { retryable?: boolean } = {}) {
    super(message);
    this.retryable = options.retryable ?? true;
  }
}

/** Exit codes of sysexits.h that say: the same would fail again (usage, data, no input, no permission, configuration). */
export const finalExitCodes: ReadonlySet<number | null> = new Set([64, 65, 66, 77, 78]);
