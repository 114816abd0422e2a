import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { query, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { Section } from "../../parts/page.tsx";

const LineageGraph = lazy(() => import("../lineage/graph.tsx").then((module) => ({ default: module.LineageGraph })));

/** Where the version comes from, above it, and what came of it, below. */
export function LineageSection({ name, version }: { name: string; version: string }) {
  const workspace = useWorkspace();
  const lineage = useQuery(query("model", "lineage", { params: { workspace, name, version } }));
  return (
    <Section title="Lineage" aside={lineage.data?.cut && "There is more than is shown."} flush>
      <Loaded query={lineage}>
        {(found) =>
          found.nodes.length === 1 ? (
            <p className="ty-quiet">Nothing is known of where it comes from, and nothing uses it yet.</p>
          ) : (
            <Suspense fallback={<div className="ty-lineage" />}>
              <LineageGraph lineage={found} />
            </Suspense>
          )
        }
      </Loaded>
    </Section>
  );
}
