import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { plural } from "../../parts/number.ts";
import { Page } from "../../parts/page.tsx";
import { Subject } from "../../parts/subject.tsx";

const LineageGraph = lazy(() => import("./graph.tsx").then((module) => ({ default: module.LineageGraph })));

/** Where any asset comes from, above it, and what came of it, below. */
export function LineagePage() {
  const { of } = useSearch({ from: "/shell/lineage" });
  return of === undefined ? <NothingChosen /> : <LineageOf subject={of} />;
}

const NothingChosen = () => (
  <Page title="Lineage" lead="Where something comes from, and what came of it.">
    <Empty title="Nothing is chosen">
      Open the page of a data asset, run, job, model version, build, release or endpoint, and choose “Lineage” there.{" "}
      <Link to="/models" className="ty-link">
        Models
      </Link>
    </Empty>
  </Page>
);

function LineageOf({ subject }: { subject: string }) {
  const params = { workspace: useWorkspace() };
  const lineage = useQuery(query("lineage", "get", { params, query: { of: subject } }));
  const found = lineage.data;
  return (
    <Page
      fill
      title="Lineage"
      tab={`Lineage of ${subject}`}
      lead={
        <>
          of <Subject path={found?.root ?? subject} />: where it comes from above it, what came of it below
          {found && ` · ${plural(found.nodes.length, "asset")}`}
          {found?.cut && ", and more than is shown"}
        </>
      }
    >
      <Loaded query={lineage}>
        {(loaded) => (
          <Suspense fallback={null}>
            <LineageGraph lineage={loaded} fill />
          </Suspense>
        )}
      </Loaded>
    </Page>
  );
}
