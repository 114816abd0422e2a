/**
 * A table that is looked up by what somebody wrote. It has the names that are given and no others: what every object
 * inherits (`constructor`, `toString`) is not found in it.
 */
export const byName = <T>(table: Record<string, T>): Readonly<Record<string, T>> =>
  Object.assign(Object.create(null) as Record<string, T>, table);
