import { describe, expect, test } from "vitest";
import { type Choosable, choose } from "./traffic.ts";

const route = (name: string, traffic: number, version = "1", accepting = true): Choosable => ({
  deployment: { name, traffic, model: { name: "diabetes", version, digest: "0".repeat(64) } },
  instance: { accepting },
});
const nameOf = (routes: Choosable[], wish = {}, random = 0) => choose("house", routes, wish, random).deployment.name;

describe("choice of a deployment", () => {
  test("follows the shares of traffic", () => {
    const routes = [route("blue", 90), route("green", 10), route("idle", 0)];
    const counts = { blue: 0, green: 0, idle: 0 } as Record<string, number>;
    for (let i = 0; i < 1000; i++) counts[nameOf(routes, {}, i / 1000)]!++;
    expect(counts).toEqual({ blue: 900, green: 100, idle: 0 });
  });

  test("leaves out what is not ready", () => {
    const routes = [route("blue", 90, "1", false), route("green", 10)];
    expect(nameOf(routes, {}, 0)).toBe("green");
    expect(() => nameOf([route("blue", 100, "1", false)])).toThrow(/ready/);
    expect(() => nameOf([route("idle", 0)])).toThrow(/ready/);
  });

  test.each([
    [{ deployment: "idle" }, "idle"],
    [{ model: "house" }, "blue"],
    [{ model: "diabetes" }, "blue"],
    [{ model: "idle" }, "idle"],
    [{ model: "diabetes", version: "2" }, "idle"],
    [{ model: "house", version: "2" }, "idle"],
  ])("wish %j is answered by %s", (wish, name) => {
    expect(nameOf([route("blue", 100), route("idle", 0, "2")], wish)).toBe(name);
  });

  test.each([[{ deployment: "red" }], [{ model: "cars" }], [{ model: "house", version: "3" }]])(
    "wish %j is not found",
    (wish) => {
      expect(() => nameOf([route("blue", 100)], wish)).toThrow(expect.objectContaining({ code: "not_found" }));
    },
  );
});
