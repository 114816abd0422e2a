import type { Datastore } from "../../../contract/datastore.ts";

/** Is it read from where it is itself, over the internet? */
export const isReadThere = ({ folder, url }: Datastore): boolean => folder === null && !!url?.startsWith("http");

/** From where the server takes what lies there. */
export function ReadFrom({ datastore }: { datastore: Datastore }) {
  if (datastore.folder) return <code>{datastore.folder}</code>;
  if (!isReadThere(datastore)) return <span className="ty-bad">nowhere: no folder is named for it</span>;
  return (
    <>
      <code>{datastore.url}</code>
      <span className="ty-cell-note">if it is public: no folder is named for it</span>
    </>
  );
}
