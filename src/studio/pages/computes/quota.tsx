import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { query, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { plural } from "../../parts/number.ts";
import { Facts, Section } from "../../parts/page.tsx";
import { limitText } from "./limit-text.ts";

/** What this workspace runs on all computes together, and how much it may. */
export function QuotaSection() {
  const params = { workspace: useWorkspace() };
  const quota = useQuery({ ...query("compute", "quota", { params }), refetchInterval: 5000 });
  return (
    <Loaded query={quota}>
      {({ load, limit, weight, defaultCompute }) => (
        <Section title="This workspace">
          <Facts
            items={[
              ["Running", `${plural(load.steps, "step")}, ${plural(load.cpus, "CPU")}`],
              ["Quota", limitText(limit) || "none"],
              ["Weight", String(weight)],
              [
                "Default compute",
                <Link key="default" to="/computes/$name" params={{ name: defaultCompute }} className="ty-link">
                  {defaultCompute}
                </Link>,
              ],
            ]}
          />
        </Section>
      )}
    </Loaded>
  );
}
