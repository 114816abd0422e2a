import {
  IconActivityHeartbeat,
  IconBinaryTree,
  IconBox,
  IconBrandStackshare,
  IconCalendarClock,
  IconChecklist,
  IconDatabase,
  IconFlask,
  IconFolders,
  IconHammer,
  IconKey,
  IconLayoutDashboard,
  IconPackage,
  IconPlugConnected,
  IconServer2,
  IconTrain,
  IconWebhook,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { Permission } from "../../contract/permissions.ts";
import { query, useWorkspace } from "../api.ts";
import { useMe } from "../me.ts";

interface Item {
  to: LinkProps["to"];
  label: string;
  icon: typeof IconBox;
  badge?: "approvals" | "alerts";
  /** Whoever lacks this permission has nothing to see there. */
  needs?: Permission;
}

const groups: { label: string | null; items: Item[] }[] = [
  { label: null, items: [{ to: "/", label: "Overview", icon: IconLayoutDashboard }] },
  {
    label: "Develop",
    items: [
      { to: "/jobs", label: "Jobs", icon: IconBrandStackshare },
      { to: "/pipelines", label: "Pipelines", icon: IconCalendarClock },
      { to: "/experiments", label: "Experiments", icon: IconFlask },
      { to: "/traces", label: "Traces", icon: IconBinaryTree },
      { to: "/data", label: "Data", icon: IconDatabase },
      { to: "/datastores", label: "Datastores", icon: IconFolders },
      { to: "/models", label: "Models", icon: IconBox },
      { to: "/environments", label: "Environments", icon: IconPackage },
      { to: "/computes", label: "Computes", icon: IconServer2 },
      { to: "/secrets", label: "Secrets", icon: IconKey, needs: "secret:read" },
    ],
  },
  {
    label: "Deliver",
    items: [
      { to: "/builds", label: "Builds", icon: IconHammer },
      { to: "/releases", label: "Releases", icon: IconTrain, badge: "approvals" },
      { to: "/endpoints", label: "Endpoints", icon: IconPlugConnected },
    ],
  },
  {
    label: "Operate",
    items: [
      { to: "/monitors", label: "Monitors", icon: IconActivityHeartbeat, badge: "alerts" },
      { to: "/webhooks", label: "Webhooks", icon: IconWebhook, needs: "webhook:read" },
      { to: "/audit", label: "Audit", icon: IconChecklist },
    ],
  },
];

/** The pages that the signed-in person may see. */
export function useGroups(): typeof groups {
  const permissions = useMe()?.permissions ?? [];
  const isShown = ({ needs }: Item) => needs === undefined || permissions.includes(needs);
  return groups.map((group) => ({ ...group, items: group.items.filter(isShown) }));
}

export function Nav() {
  const counts = useCounts();
  return (
    <nav aria-label="Main" className="ty-nav">
      {useGroups().map((group) => (
        <div key={group.label ?? "top"} className="ty-nav-group">
          {group.label && <div className="ty-nav-label ty-side-text">{group.label}</div>}
          {group.items.map((item) => {
            const number = item.badge ? counts[item.badge] : 0;
            return (
              <Link
                key={item.to}
                to={item.to}
                className="ty-nav-link"
                activeOptions={{ exact: item.to === "/", includeSearch: false }}
                title={item.label}
              >
                <item.icon size={17} stroke={1.7} aria-hidden />
                <span className="ty-side-text">{item.label}</span>
                {number > 0 && (
                  <span className="ty-nav-badge" data-kind={item.badge}>
                    {number}
                    <span className="ty-hidden">{item.badge === "approvals" ? " waiting" : " alerting"}</span>
                  </span>
                )}
              </Link>
            );
          })}
        </div>
      ))}
    </nav>
  );
}

function useCounts() {
  const params = { workspace: useWorkspace() };
  const releases = useQuery({ ...query("release", "list", { params, query: { limit: 50 } }), refetchInterval: 30_000 });
  const monitors = useQuery({ ...query("monitor", "list", { params }), refetchInterval: 60_000 });
  return {
    approvals: releases.data?.items.filter((release) => release.state === "waiting").length ?? 0,
    alerts: monitors.data?.items.filter((monitor) => monitor.lastRun?.verdict === "fail").length ?? 0,
  };
}
