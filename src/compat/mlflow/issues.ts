import {
  createIssue,
  getIssue,
  type IssueTable,
  issueSeverities,
  issueStatuses,
  searchIssues,
  updateIssue,
} from "../../features/evaluation/index.ts";
import { wrongValue } from "./error.ts";
import type { Input } from "./input.ts";
import { checkLength } from "./limits.ts";
import { pagesOf } from "./page.ts";
import type { Call, Route } from "./route.ts";
import { issueFilter } from "./search/datasets.ts";

const read = { permission: "run:read", versions: ["3.0"] } as const;
const write = { permission: "run:write", versions: ["3.0"] } as const;

/** Issues of experiments. Looking for them with a model is not served. */
export const issueRoutes: Route[] = [
  { method: "POST", path: "/issues", ...write, handler: create },
  { method: "POST", path: "/issues/search", ...read, handler: search },
  { method: "GET", path: "/issues/{issue_id}", ...read, handler: get },
  { method: "PATCH", path: "/issues/{issue_id}", ...write, handler: update },
];

const issueJson = (row: IssueTable) => ({
  issue_id: row.id,
  experiment_id: String(row.experiment_id),
  name: row.name,
  description: row.description,
  status: row.status,
  severity: row.severity,
  root_causes: JSON.parse(row.root_causes) as string[],
  categories: JSON.parse(row.categories) as string[],
  source_run_id: row.source_run_id,
  created_by: row.created_by,
  created_timestamp: row.created_at,
  last_updated_timestamp: row.updated_at,
});

function chosen<T extends string>(input: Input, name: string, known: readonly T[]): T | undefined {
  const value = input.plainText(name);
  if (value === "") return undefined;
  const found = known.find((one) => one === value);
  if (found) return found;
  throw wrongValue(name, value, `It is one of ${known.join(", ")}.`);
}

const textOf = (input: Input, name: string, limit: number): string => checkLength(name, input.plainText(name), limit);

async function create({ ctx, workspace, input }: Call) {
  const issue = await createIssue(ctx, {
    workspace,
    experimentId: input.text("experiment_id"),
    name: checkLength("name", input.text("name"), 250),
    description: checkLength("description", input.text("description"), 50_000),
    status: chosen(input, "status", issueStatuses) ?? "pending",
    severity: chosen(input, "severity", issueSeverities) ?? null,
    rootCauses: input.texts("root_causes"),
    categories: input.texts("categories"),
    sourceRunId: input.plainText("source_run_id") || null,
    createdBy: textOf(input, "created_by", 255),
  });
  return { issue: issueJson(issue) };
}

async function get({ ctx, workspace, params }: Call) {
  return { issue: issueJson(await getIssue(ctx, workspace, params.issue_id!)) };
}

async function update({ ctx, workspace, input, params }: Call) {
  const issue = await updateIssue(ctx, workspace, params.issue_id!, {
    name: textOf(input, "name", 250) || undefined,
    description: textOf(input, "description", 50_000) || undefined,
    status: chosen(input, "status", issueStatuses),
    severity: chosen(input, "severity", issueSeverities),
  });
  return { issue: issueJson(issue) };
}

async function search({ ctx, workspace, input }: Call) {
  const asked = {
    workspace,
    experimentId: input.plainText("experiment_id") || undefined,
    where: issueFilter(input.plainText("filter_string")),
  };
  const { items, next } = await pagesOf(input, { least: 1, most: 50_000, usual: 100 }, asked, (page) =>
    searchIssues(ctx, { ...asked, ...page }),
  );
  return { issues: items.map(issueJson), next_page_token: next ?? "" };
}
