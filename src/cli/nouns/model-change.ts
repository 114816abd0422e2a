import type { AliasChange, StageChange } from "../../contract/model.ts";
import { type Column, time } from "../output.ts";

/** The columns of a history: when something moved, what, from where to where, by whom and why. */
export const changeColumns = <T extends AliasChange | StageChange>(what: Column<T>): Column<T>[] => [
  { title: "when", of: (change) => time(change.at) },
  what,
  { title: "from", of: (change) => change.from ?? "–" },
  { title: "to", of: (change) => change.to ?? "–" },
  { title: "by", of: (change) => change.by.name },
  { title: "reason", of: (change) => change.reason },
];
