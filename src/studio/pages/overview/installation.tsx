import { useQuery } from "@tanstack/react-query";
import { query } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { bytes, plural } from "../../parts/number.ts";
import { Facts } from "../../parts/page.tsx";
import { State } from "../../parts/state.tsx";
import { Ago, For } from "../../parts/time.tsx";

const aliveMs = 60_000;

/** The server, and the agents that run steps. */
export function Installation() {
  const status = useQuery({ ...query("system", "status"), refetchInterval: 15_000 });
  return (
    <Loaded query={status}>
      {(system) => (
        <>
          <ul className="ty-agents">
            {system.agents.length === 0 && (
              <li>
                <State value="failed" label="No agent" /> <span className="ty-dim">nothing can run a step</span>
              </li>
            )}
            {system.agents.map((agent) => {
              const alive = Date.now() - agent.lastSeenAt < aliveMs;
              return (
                <li key={agent.id}>
                  <State
                    value={!alive ? "failed" : agent.runningTasks > 0 ? "running" : "ready"}
                    label={!alive ? "away" : agent.runningTasks > 0 ? plural(agent.runningTasks, "task") : "idle"}
                  />
                  <code>{agent.id}</code>
                  <span className="ty-dim">
                    <Ago at={agent.lastSeenAt} />
                  </span>
                </li>
              );
            })}
          </ul>
          <Facts
            items={[
              ["Queued tasks", String(system.queuedTasks)],
              ["Version", system.version],
              ["Up", <For key="at" at={system.startedAt} />],
              ["Database", system.database === "sqlite" ? "SQLite" : "PostgreSQL"],
              ["Memory", bytes(system.memory)],
              ["Home", <code key="home">{system.home}</code>],
              ["Serving", system.servingUrl ? <code key="url">{system.servingUrl}</code> : "no serving node"],
            ]}
          />
        </>
      )}
    </Loaded>
  );
}
