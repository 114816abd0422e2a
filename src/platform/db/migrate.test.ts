import { expect, it } from "vitest";
import { migrate, type SchemaStep } from "./migrate.ts";
import { openSqlite } from "./sqlite.ts";

const step = (name: string): SchemaStep => ({
  name,
  up: (db) => db.schema.createTable(`t${name}`).addColumn("id", "integer").execute(),
});

it("gives a database that is there already a step between those that it has", async () => {
  const db = openSqlite(":memory:");
  await migrate(db, [step("0100"), step("0300")]);
  await migrate(db, [step("0100"), step("0200"), step("0300")]);
  const tables = (await db.introspection.getTables()).map((table) => table.name);
  expect(tables).toEqual(expect.arrayContaining(["t0100", "t0200", "t0300"]));
  await db.destroy();
});
