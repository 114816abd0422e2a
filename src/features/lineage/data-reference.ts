/** A data set as a tracking client described it. */
export interface DescribedDataset {
  name: string;
  digest: string;
  source: string;
  /** MLflow's `mlflow.data.context`: `training`, `train`, `eval`, or nothing. */
  context?: string;
}

/** What a description can mean: a data version by name, or content by the beginning of its digest. */
export type DataReference = { name: string; version: string } | { digest: string };

const named = "([A-Za-z0-9][A-Za-z0-9_.-]*)";
const forms = [
  // data/churn/2, the subject of audit events; also as the end of an address of the API
  new RegExp(`(?:^|[/:])data/${named}/(?:versions/)?${named}/?$`),
  new RegExp(`^azureml:${named}:${named}$`),
  new RegExp(`^azureml://.*/data/${named}/versions/${named}/?$`),
];

/** Only data for training counts: what a model was evaluated with did not make it. */
export const isForTraining = ({ context = "" }: DescribedDataset): boolean => context === "" || /^train/i.test(context);

/**
 * What a description may mean, most certain first: a source that names a data version, a name like `churn:2`, a
 * digest that is the beginning (16 digits or more) of a sha256. A name alone says nothing of the version.
 */
export function referencesIn(dataset: DescribedDataset): DataReference[] {
  const found: DataReference[] = [];
  for (const text of [...textsOf(dataset.source), dataset.name]) {
    for (const form of forms) {
      const [, name, version] = form.exec(text) ?? [];
      if (name && version) found.push({ name, version });
    }
  }
  const [, name, version] = new RegExp(`^${named}:${named}$`).exec(dataset.name) ?? [];
  if (name && version) found.push({ name, version });
  const digest = /^(?:sha256:)?([0-9a-f]{16,64})$/i.exec(dataset.digest)?.[1];
  if (digest) found.push({ digest: digest.toLowerCase() });
  return found;
}

/** The source itself, and the texts in it when it is JSON, as MLflow writes it: `{"uri": "…"}`. */
function textsOf(source: string): string[] {
  try {
    const parsed = JSON.parse(source) as unknown;
    if (typeof parsed === "string") return [parsed];
    if (parsed !== null && typeof parsed === "object")
      return Object.values(parsed).filter((value): value is string => typeof value === "string");
  } catch {
    // Not JSON: the text as it is.
  }
  return [source];
}
