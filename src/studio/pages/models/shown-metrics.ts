/** What the machine did while the model was trained says nothing of the model; the run has it. */
export const isOfModel = (metric: string): boolean => !metric.startsWith("system/");
