import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { invalid } from "../../contract/errors.ts";
import type { Ctx } from "../context.ts";
import type { GroupedWrite } from "./groups.ts";
import { transaction } from "./transaction.ts";

/** Makes workspaces: a table that is there anyway. */
function naming(groups: string[][]): GroupedWrite<string, string> {
  return {
    weightOf: (name) => name.length,
    async write(tx: Ctx, names) {
      groups.push(names);
      for (const name of names) {
        if (name === "broken") throw new Error("the statement failed");
        const row = { name, description: "", created_at: 0 };
        if (name !== "refused") await tx.db.insertInto("workspace").values(row).execute();
      }
      return names.map((name) => (name === "refused" ? { refused: invalid("No.") } : { value: name }));
    },
  };
}

describe.each(databases)("groups of writes on %s", (database) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ database });
  });
  afterAll(() => app.stop());

  const there = async (name: string) =>
    (await app.ctx.db.selectFrom("workspace").select("name").where("name", "=", name).execute()).length;

  it("commits what arrives together together, in order", async () => {
    const groups: string[][] = [];
    const definition = naming(groups);
    const names = ["a1", "a2", "a3"];
    expect(await Promise.all(names.map((name) => app.ctx.groups.write(app.ctx, definition, name)))).toEqual(names);
    expect(groups).toEqual([names]);
    expect(await there("a3")).toBe(1);
  });

  it("tells only the one that is refused, or breaks the transaction", async () => {
    for (const bad of ["refused", "broken"]) {
      const definition = naming([]);
      const write = (name: string) => app.ctx.groups.write(app.ctx, definition, name);
      const outcomes = await Promise.allSettled([write(`${bad}-before`), write(bad), write(`${bad}-after`)]);
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(await there(`${bad}-before`)).toBe(1);
      expect(await there(`${bad}-after`)).toBe(1);
      expect(await there(bad)).toBe(0);
    }
  });

  it("bounds what one transaction writes", async () => {
    const groups: string[][] = [];
    const definition = naming(groups);
    const names = ["x", "y", "z"].map((letter) => letter.repeat(2500));
    await Promise.all(names.map((name) => app.ctx.groups.write(app.ctx, definition, name)));
    expect(groups.map((group) => group.length)).toEqual([1, 1, 1]);
  });

  it("belongs to the transaction that it is called in", async () => {
    const work = transaction(app.ctx, async (tx) => {
      await tx.groups.write(tx, naming([]), "inside");
      throw new Error("changed my mind");
    });
    await expect(work).rejects.toThrow("changed my mind");
    expect(await there("inside")).toBe(0);
  });
});
