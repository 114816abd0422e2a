import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
  stripSearchParams,
} from "@tanstack/react-router";
import { compareSearch } from "./pages/runs/compare/search.ts";
import { tableSearch } from "./pages/runs/table/search.ts";
import { NotFound, RouteProblem } from "./parts/problem.tsx";
import { Shell } from "./shell/shell.tsx";

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

interface JobSearch {
  /** Jobs that are in no other list. */
  shelf?: "archived" | "deleted";
  state?: string;
  experiment?: string;
  /** `team=fraud` */
  tag?: string;
  q?: string;
}

interface TraceSearch {
  experiment?: string;
  run?: string;
  state?: string;
  filter?: string;
}

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  validateSearch: (search: Record<string, unknown>): { workspace?: string } => ({ workspace: text(search.workspace) }),
  search: { middlewares: [retainSearchParams(["workspace"]), stripSearchParams({ workspace: "default" })] },
  notFoundComponent: NotFound,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { code?: string; next?: string } => ({
    code: text(search.code),
    next: text(search.next),
  }),
  component: lazyRouteComponent(() => import("./pages/sign-in/sign-in.tsx"), "SignInPage"),
});

const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });
const getParentRoute = () => shell;

const overview = createRoute({
  getParentRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/overview/overview.tsx"), "OverviewPage"),
});
const jobs = createRoute({
  getParentRoute,
  path: "/jobs",
  validateSearch: (search: Record<string, unknown>): JobSearch => ({
    shelf: search.shelf === "archived" || search.shelf === "deleted" ? search.shelf : undefined,
    state: text(search.state),
    experiment: text(search.experiment),
    tag: text(search.tag),
    q: text(search.q),
  }),
  component: lazyRouteComponent(() => import("./pages/jobs/list.tsx"), "JobsPage"),
});
const job = createRoute({
  getParentRoute,
  path: "/jobs/$id",
  validateSearch: (search: Record<string, unknown>): { step?: string; tab?: string } => ({
    step: text(search.step),
    tab: text(search.tab),
  }),
  component: lazyRouteComponent(() => import("./pages/jobs/job.tsx"), "JobPage"),
});
const experiments = createRoute({
  getParentRoute,
  path: "/experiments",
  validateSearch: (search: Record<string, unknown>): { q?: string; stage?: string } => ({
    q: text(search.q),
    stage: text(search.stage),
  }),
  component: lazyRouteComponent(() => import("./pages/runs/experiments.tsx"), "ExperimentsPage"),
});
const experiment = createRoute({
  getParentRoute,
  path: "/experiments/$id",
  validateSearch: tableSearch,
  component: lazyRouteComponent(() => import("./pages/runs/experiment.tsx"), "ExperimentPage"),
});
const compare = createRoute({
  getParentRoute,
  path: "/compare",
  validateSearch: compareSearch,
  component: lazyRouteComponent(() => import("./pages/runs/compare/compare.tsx"), "ComparePage"),
});
const run = createRoute({
  getParentRoute,
  path: "/runs/$id",
  component: lazyRouteComponent(() => import("./pages/runs/run.tsx"), "RunPage"),
});
const traces = createRoute({
  getParentRoute,
  path: "/traces",
  validateSearch: (search: Record<string, unknown>): TraceSearch => ({
    experiment: text(search.experiment),
    run: text(search.run),
    state: text(search.state),
    filter: text(search.filter),
  }),
  component: lazyRouteComponent(() => import("./pages/traces/list.tsx"), "TracesPage"),
});
const trace = createRoute({
  getParentRoute,
  path: "/traces/$id",
  validateSearch: (search: Record<string, unknown>): { span?: string } => ({ span: text(search.span) }),
  component: lazyRouteComponent(() => import("./pages/traces/trace.tsx"), "TracePage"),
});
const data = createRoute({
  getParentRoute,
  path: "/data",
  component: lazyRouteComponent(() => import("./pages/data/list.tsx"), "DataPage"),
});
const dataAsset = createRoute({
  getParentRoute,
  path: "/data/$name",
  validateSearch: (search: Record<string, unknown>): { version?: string } => ({ version: text(search.version) }),
  component: lazyRouteComponent(() => import("./pages/data/asset.tsx"), "DataAssetPage"),
});
const models = createRoute({
  getParentRoute,
  path: "/models",
  component: lazyRouteComponent(() => import("./pages/models/list.tsx"), "ModelsPage"),
});
const model = createRoute({
  getParentRoute,
  path: "/models/$name",
  component: lazyRouteComponent(() => import("./pages/models/model.tsx"), "ModelPage"),
});
const modelCompare = createRoute({
  getParentRoute,
  path: "/models/$name/compare",
  validateSearch: (search: Record<string, unknown>): { left?: string; right?: string } => ({
    left: text(String(search.left ?? "")),
    right: text(String(search.right ?? "")),
  }),
  component: lazyRouteComponent(() => import("./pages/models/compare.tsx"), "ComparePage"),
});
const modelVersion = createRoute({
  getParentRoute,
  path: "/models/$name/$version",
  component: lazyRouteComponent(() => import("./pages/models/version.tsx"), "ModelVersionPage"),
});
const lineage = createRoute({
  getParentRoute,
  path: "/lineage",
  validateSearch: (search: Record<string, unknown>): { of?: string } => ({ of: text(search.of) }),
  component: lazyRouteComponent(() => import("./pages/lineage/lineage.tsx"), "LineagePage"),
});
const environments = createRoute({
  getParentRoute,
  path: "/environments",
  component: lazyRouteComponent(() => import("./pages/environments/list.tsx"), "EnvironmentsPage"),
});
const environment = createRoute({
  getParentRoute,
  path: "/environments/$name",
  component: lazyRouteComponent(() => import("./pages/environments/environment.tsx"), "EnvironmentPage"),
});
const computes = createRoute({
  getParentRoute,
  path: "/computes",
  component: lazyRouteComponent(() => import("./pages/computes/list.tsx"), "ComputesPage"),
});
const compute = createRoute({
  getParentRoute,
  path: "/computes/$name",
  component: lazyRouteComponent(() => import("./pages/computes/compute.tsx"), "ComputePage"),
});
const datastores = createRoute({
  getParentRoute,
  path: "/datastores",
  component: lazyRouteComponent(() => import("./pages/datastores/list.tsx"), "DatastoresPage"),
});
const datastore = createRoute({
  getParentRoute,
  path: "/datastores/$name",
  component: lazyRouteComponent(() => import("./pages/datastores/datastore.tsx"), "DatastorePage"),
});
const secrets = createRoute({
  getParentRoute,
  path: "/secrets",
  component: lazyRouteComponent(() => import("./pages/secrets/list.tsx"), "SecretsPage"),
});
const builds = createRoute({
  getParentRoute,
  path: "/builds",
  component: lazyRouteComponent(() => import("./pages/builds/list.tsx"), "BuildsPage"),
});
const build = createRoute({
  getParentRoute,
  path: "/builds/$number",
  component: lazyRouteComponent(() => import("./pages/builds/build.tsx"), "BuildPage"),
});
const releases = createRoute({
  getParentRoute,
  path: "/releases",
  component: lazyRouteComponent(() => import("./pages/releases/list.tsx"), "ReleasesPage"),
});
const release = createRoute({
  getParentRoute,
  path: "/releases/$number",
  component: lazyRouteComponent(() => import("./pages/releases/release.tsx"), "ReleasePage"),
});
const endpoints = createRoute({
  getParentRoute,
  path: "/endpoints",
  component: lazyRouteComponent(() => import("./pages/endpoints/list.tsx"), "EndpointsPage"),
});
const endpoint = createRoute({
  getParentRoute,
  path: "/endpoints/$name",
  component: lazyRouteComponent(() => import("./pages/endpoints/endpoint.tsx"), "EndpointPage"),
});
const pipelines = createRoute({
  getParentRoute,
  path: "/pipelines",
  component: lazyRouteComponent(() => import("./pages/pipelines/list.tsx"), "PipelinesPage"),
});
const pipeline = createRoute({
  getParentRoute,
  path: "/pipelines/$name",
  component: lazyRouteComponent(() => import("./pages/pipelines/pipeline.tsx"), "PipelinePage"),
});
const schedule = createRoute({
  getParentRoute,
  path: "/schedules/$name",
  component: lazyRouteComponent(() => import("./pages/pipelines/schedule.tsx"), "SchedulePage"),
});
const webhooks = createRoute({
  getParentRoute,
  path: "/webhooks",
  component: lazyRouteComponent(() => import("./pages/webhooks/list.tsx"), "WebhooksPage"),
});
const webhook = createRoute({
  getParentRoute,
  path: "/webhooks/$id",
  component: lazyRouteComponent(() => import("./pages/webhooks/webhook.tsx"), "WebhookPage"),
});
const monitors = createRoute({
  getParentRoute,
  path: "/monitors",
  component: lazyRouteComponent(() => import("./pages/monitors/list.tsx"), "MonitorsPage"),
});
const monitor = createRoute({
  getParentRoute,
  path: "/monitors/$name",
  validateSearch: (search: Record<string, unknown>): { run?: string; feature?: string } => ({
    run: text(search.run),
    feature: text(search.feature),
  }),
  component: lazyRouteComponent(() => import("./pages/monitors/monitor.tsx"), "MonitorPage"),
});
const audit = createRoute({
  getParentRoute,
  path: "/audit",
  validateSearch: (search: Record<string, unknown>): { subject?: string } => ({ subject: text(search.subject) }),
  component: lazyRouteComponent(() => import("./pages/audit/audit.tsx"), "AuditPage"),
});

const routeTree = root.addChildren([
  signIn,
  shell.addChildren([
    overview,
    jobs,
    job,
    experiments,
    experiment,
    compare,
    run,
    traces,
    trace,
    data,
    dataAsset,
    models,
    modelCompare,
    model,
    modelVersion,
    lineage,
    environments,
    environment,
    computes,
    compute,
    datastores,
    datastore,
    secrets,
    builds,
    build,
    releases,
    release,
    endpoints,
    endpoint,
    monitors,
    monitor,
    pipelines,
    pipeline,
    schedule,
    webhooks,
    webhook,
    audit,
  ]),
]);

export function createStudioRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    defaultPreload: "intent",
    // Plain text both ways: the default would turn a sign-in code such as `12e5` into a number.
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: (search) => {
      const filled = Object.entries(search).filter(([, value]) => value !== undefined && value !== "");
      const query = new URLSearchParams(filled.map(([key, value]) => [key, String(value)]));
      return query.size > 0 ? `?${query}` : "";
    },
    scrollRestoration: true,
    defaultErrorComponent: RouteProblem,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createStudioRouter>;
  }
}
