import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { query, useWorkspace } from "../../api.ts";
import { Command } from "../../parts/copy.tsx";
import { Page, Section } from "../../parts/page.tsx";
import { EndpointFigures } from "./endpoints.tsx";
import { Installation } from "./installation.tsx";
import { Line } from "./line.tsx";
import { NeedsYou } from "./needs-you.tsx";
import { RecentJobs } from "./recent-jobs.tsx";

/** What is live, what waits for a person, what has gone wrong, what is running. */
export function OverviewPage() {
  const workspace = useWorkspace();
  const params = { workspace };
  const stages = useQuery({ ...query("stage", "list", { params }), refetchInterval: 30_000 });
  const jobs = useQuery({ ...query("job", "list", { params, query: { limit: 8 } }), refetchInterval: 15_000 });
  const nothingYet = jobs.data?.items.length === 0 && stages.data?.items.every((stage) => stage.release === null);
  return (
    <Page title="Overview" meta={<span className="ty-dim">{workspace}</span>}>
      {nothingYet && <Welcome />}
      <Line stages={stages} />
      <div className="ty-overview">
        <div className="ty-stack">
          <NeedsYou />
          <Section
            title="Recent jobs"
            flush
            aside={
              <Link to="/jobs" className="ty-link">
                All jobs
              </Link>
            }
          >
            <RecentJobs jobs={jobs} />
          </Section>
        </div>
        <div className="ty-stack">
          <Section title="Endpoints" flush>
            <EndpointFigures />
          </Section>
          <Section title="This installation">
            <Installation />
          </Section>
        </div>
      </div>
    </Page>
  );
}

const Welcome = () => (
  <section className="ty-welcome">
    <h2>Nothing has run here yet</h2>
    <p>
      See the whole loop once, from data to an approved endpoint, drift and retraining. Or submit a pipeline of your own
      (Azure ML YAML).
    </p>
    <Command>trainyard demo</Command>
    <Command>trainyard job create -f pipeline.yml</Command>
  </section>
);
