import type { Connection } from "../connection.ts";

/** Rows of numbers by column name. */
export type Row = Record<string, number>;

/** The one file whose name ends so, out of a stored tree, as text. */
export async function readStored(connection: Connection, tree: string, ending: string): Promise<string> {
  const { client, params } = connection;
  const { files } = await client.blob.getTree({ params: { ...params, digest: tree } });
  const file = files.find((candidate) => candidate.path.endsWith(ending));
  if (!file) throw new Error(`There is no ${ending} in tree ${tree}.`);
  return (await client.blob.get({ params: { ...params, digest: file.digest } })).text();
}

export function parseRows(csv: string): Row[] {
  const [header = "", ...lines] = csv.trim().split(/\r?\n/);
  const names = header.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, index) => [names[index]!, Number(cell)])));
}
