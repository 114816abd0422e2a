import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, emptyDatabase } from "../../../test/support/app.ts";
import { migrate, type SchemaStep } from "./migrate.ts";

const step = (name: string): SchemaStep => ({
  name,
  up: (db) => db.schema.createTable(`t${name}`).addColumn("id", "integer").execute(),
});

describe.each(databases)("the schema on %s", (database) => {
  let { db, drop } = {} as Awaited<ReturnType<typeof emptyDatabase>>;
  beforeEach(async () => {
    ({ db, drop } = await emptyDatabase(database));
  });
  afterEach(() => drop());
  const tables = async () => (await db.introspection.getTables()).map(({ name }) => name);

  it("gives a database that is there already a step between those that it has", async () => {
    await migrate(db, [step("0100"), step("0300")]);
    await migrate(db, [step("0100"), step("0200"), step("0300")]);
    expect(await tables()).toEqual(expect.arrayContaining(["t0100", "t0200", "t0300"]));
  });

  it("has nothing of steps that were not all taken, and takes them the next time", async () => {
    const broken: SchemaStep = {
      name: "0300",
      async up(db) {
        await step("0300").up(db);
        throw new Error("killed");
      },
    };
    await migrate(db, [step("0100")]);
    await expect(migrate(db, [step("0100"), step("0200"), broken])).rejects.toThrow(/\(step 0300\)/);
    expect(await tables()).toEqual(["t0100"]);
    await migrate(db, [step("0100"), step("0200"), step("0300")]);
    expect(await tables()).toEqual(["t0100", "t0200", "t0300"]);
  });
});
