type Steps<S> = Record<string, S>;

/** Steps under the same names, each made into another one. */
export const mapSteps = <S>(steps: Steps<S>, make: (step: S) => S): Steps<S> =>
  Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, make(step)]));
