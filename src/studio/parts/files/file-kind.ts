const texts =
  /\.(txt|md|json|ya?ml|csv|tsv|log|py|toml|ini|cfg|xml|html?|svg|sql|sh|r|jsonl)$|(^|\/)(MLmodel|LICENSE|Dockerfile)$/i;

/** Is it text by its name? What could run in a browser counts as text too and is only ever shown as such. */
export const isText = (path: string): boolean => texts.test(path);

export const largestText = 512 * 1024;
export const largestImage = 8 * 1024 * 1024;
