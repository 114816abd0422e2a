import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    user_account: {
      id: string;
      name: string;
      email: string | null;
      kind: "person" | "service";
      created_at: number;
    };
    role_assignment: { user_id: string; workspace: string; role: string };
    credential: CredentialTable;
  }
}

/** Tokens, browser sessions and one-time codes: only a sha256 of each is kept. */
export interface CredentialTable {
  hash: string;
  id: string;
  kind: "token" | "session" | "code" | "task";
  user_id: string;
  /** For the token of a task: its workspace. */
  workspace: string | null;
  description: string;
  created_at: number;
  expires_at: number;
}

export const accessSchema: SchemaStep = {
  name: "0020-access",
  async up(db) {
    await db.schema
      .createTable("user_account")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull().unique())
      .addColumn("email", "text")
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("role_assignment")
      .addColumn("user_id", "text", (column) => column.notNull().references("user_account.id").onDelete("cascade"))
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("role", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("role_assignment_key", ["user_id", "workspace", "role"])
      .execute();
    await db.schema
      .createTable("credential")
      .addColumn("hash", "text", (column) => column.primaryKey())
      .addColumn("id", "text", (column) => column.notNull().unique())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("user_id", "text", (column) => column.notNull())
      .addColumn("workspace", "text")
      .addColumn("description", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("expires_at", "bigint", (column) => column.notNull())
      .execute();
  },
};

/** What a credential is for leads to those of a task: they end when it is given to somebody else. */
export const credentialTaskSchema: SchemaStep = {
  name: "0670-credential-task",
  async up(db) {
    await db.schema.createIndex("credential_by_description").on("credential").column("description").execute();
  },
};
