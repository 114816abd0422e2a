/**
 * Where a table names blobs. What is collected as garbage is what no such column names, so a feature that keeps
 * digests and does not declare them here loses its blobs.
 */
export interface BlobReferences {
  table: string;
  /** The columns of its primary key: the table is read in their order. */
  key: string[];
  /** Columns in which digests are, alone or within a text. */
  columns: string[];
  /** May the digests be those of trees? Then what is in the trees is needed as well. */
  trees: boolean;
}
