/** Every permission there is: `noun:verb`. An operation names exactly one; a role is a set of them. */
export const permissions = [
  "workspace:read",
  "workspace:create",
  "workspace:import",
  "access:read",
  "access:manage",
  "audit:read",
  "data:read",
  "data:write",
  "datastore:write",
  "datastore:local",
  "environment:read",
  "environment:write",
  "component:read",
  "component:write",
  "compute:read",
  "compute:manage",
  "job:read",
  "job:write",
  "job:approve",
  "run:read",
  "run:write",
  "view:read",
  "view:write",
  "model:read",
  "model:write",
  "model:alias",
  "model:promote",
  "model:release",
  "build:read",
  "build:write",
  "release:read",
  "release:write",
  "release:approve",
  "stage:read",
  "stage:write",
  "endpoint:read",
  "endpoint:write",
  "endpoint:invoke",
  "endpoint:keys",
  "monitor:read",
  "monitor:write",
  "webhook:read",
  "webhook:write",
  "storage:collect",
  "agent:work",
  "serving:work",
] as const;

export type Permission = (typeof permissions)[number];

/** The address of a webhook may be a secret itself: only who manages webhooks sees it. */
const guarded: Permission[] = ["access:read", "webhook:read"];
const reading = permissions.filter((permission) => permission.endsWith(":read") && !guarded.includes(permission));
const dataScience: Permission[] = [
  "data:write",
  "datastore:write",
  "environment:write",
  "component:write",
  "job:write",
  "job:approve",
  "run:write",
  "view:write",
  "model:write",
  "model:alias",
  "endpoint:invoke",
];

/** The built-in roles. `agent` and `serving` are for Trainyard's own processes. */
export const roles = {
  owner: permissions.filter((permission) => permission !== "agent:work" && permission !== "serving:work"),
  contributor: [
    ...reading,
    ...dataScience,
    "workspace:import",
    "build:write",
    "release:write",
    "stage:write",
    "endpoint:write",
    "endpoint:keys",
    "monitor:write",
    "webhook:read",
    "webhook:write",
  ],
  "data-scientist": [...reading, ...dataScience],
  "ml-engineer": [...reading, ...dataScience, "build:write", "release:write", "endpoint:write", "monitor:write"],
  "release-manager": [
    ...reading,
    "view:write",
    "release:write",
    "release:approve",
    "job:approve",
    "stage:write",
    "endpoint:write",
    "model:alias",
    "model:promote",
    "model:release",
  ],
  approver: [...reading, "release:approve", "job:approve"],
  reader: [...reading],
  agent: ["agent:work", "run:read", "run:write", "model:read", "data:read"],
  serving: ["serving:work"],
  /** What a step's own token may do: track its run, read and register models, read data. */
  step: ["run:read", "run:write", "model:read", "model:write", "data:read"],
} as const satisfies Record<string, readonly Permission[]>;

export type Role = keyof typeof roles;
export const roleNames = Object.keys(roles) as [Role, ...Role[]];
