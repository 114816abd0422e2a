/** A file that is no table, or files that are not one: which, where, and why, for the person who made it. */
export class Unreadable extends Error {
  readonly rows: number[];

  constructor(message: string, rows: number[] = []) {
    super(message);
    this.name = "Unreadable";
    this.rows = rows;
  }
}
