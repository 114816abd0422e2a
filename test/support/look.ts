import axe from "axe-core";
import type { Visitor } from "./studio.ts";

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
const bad = ["serious", "critical"];

interface Violation {
  id: string;
  impact: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** What keeps people from reading or using the page, by the rules of WCAG 2.1 AA: `rule: element: why`. */
export async function barriers({ page }: Visitor): Promise<string[]> {
  await page.evaluate(axe.source);
  const options = JSON.stringify({ runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] });
  const { violations } = (await page.evaluate(`axe.run(document, ${options})`)) as { violations: Violation[] };
  return violations
    .filter(({ impact }) => bad.includes(impact))
    .flatMap(({ id, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary.replaceAll(/\s+/g, " ")}`,
      ),
    );
}

/**
 * Opens pages one after the other, waits until nothing loads any more, and gives by path what is wrong with those that
 * have anything wrong: complaints of the browser, and barriers.
 */
export async function lookAt(visitor: Visitor, paths: string[]): Promise<Record<string, string[]>> {
  const { page, complaints, open } = visitor;
  const wrong: Record<string, string[]> = {};
  for (const path of paths) {
    complaints.length = 0;
    await open(path);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await page.getByRole("status", { name: "Loading" }).first().waitFor({ state: "detached" });
    const found = [...complaints, ...(await barriers(visitor))];
    if (found.length > 0) wrong[path] = found;
  }
  return wrong;
}
