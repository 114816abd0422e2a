/** A line of a task's log. */
export interface Line {
  at: number;
  stream: "stdout" | "stderr" | "system";
  text: string;
}

/** What a line takes besides its characters: in memory, in a request and in the database. A blank one is not free. */
const frame = 64;

export const weightOf = ({ text }: Line): number => text.length + frame;
