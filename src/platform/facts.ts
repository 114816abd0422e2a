/** A place for values under keys that people choose: `__proto__` is a key like any other in it. */
export const emptyFacts = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;
