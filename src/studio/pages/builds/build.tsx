import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { Build } from "../../../contract/build.ts";
import { query, useWorkspace } from "../../api.ts";
import { Command, Digest } from "../../parts/copy.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { ProblemBox } from "../../parts/problem.tsx";
import { isMoving, State } from "../../parts/state.tsx";
import { ModelLink, Subject, Trigger } from "../../parts/subject.tsx";
import { Ago, Duration, durationText } from "../../parts/time.tsx";
import { TestCount, TestTable } from "./tests.tsx";

export function BuildPage() {
  const { number } = useParams({ from: "/shell/builds/$number" });
  const build = useQuery({
    ...query("build", "get", { params: { workspace: useWorkspace(), number } }),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data.state) ? 2000 : false),
  });
  const data = build.data;
  return (
    <Page
      crumbs={[
        <Link key="builds" to="/builds">
          Builds
        </Link>,
      ]}
      title={data ? `${data.name} ${data.number}` : `Build ${number}`}
      subject={`build/${number}`}
      meta={data && <State value={data.state} />}
      lead={
        data && (
          <span className="ty-leadline">
            <Duration from={data.createdAt} to={data.endedAt} />
            <span>
              created <Ago at={data.createdAt} /> by {data.createdBy.name}
            </span>
          </span>
        )
      }
    >
      <Loaded query={build}>{(loaded) => <Body build={loaded} />}</Loaded>
    </Page>
  );
}

function Body({ build }: { build: Build }) {
  const workspace = useWorkspace();
  const releases = useQuery(query("release", "list", { params: { workspace }, query: { limit: 200 } }));
  const of = releases.data?.items.filter((release) => release.build === build.number) ?? [];
  return (
    <>
      {build.error && <ProblemBox error={new Error(build.error)} title="The build failed." />}
      <div className="ty-columns">
        <Section title="What it packages">
          <Facts
            items={[
              [
                "Models",
                build.models.map((model) => (
                  <div key={model.name}>
                    <ModelLink {...model} /> <Digest value={model.digest} chars={8} />
                  </div>
                )),
              ],
              ["Code", <Digest key="code" value={build.code} />],
              ["Trigger", <Trigger key="trigger" value={build.trigger} />],
              ["Job", build.jobId && <Subject path={`job/${build.jobId}`} />],
              [
                "Releases",
                of.length > 0 &&
                  of.map((release) => (
                    <div key={release.number}>
                      <Subject path={`release/${release.number}`}>release {release.number}</Subject>{" "}
                      <State value={release.state} />
                    </div>
                  )),
              ],
            ]}
          />
          {build.state === "succeeded" && of.length === 0 && (
            <>
              <p className="ty-dim">Not released yet:</p>
              <Command>{`trainyard release create --build ${build.number}`}</Command>
            </>
          )}
        </Section>
        <Section title="Evidence" flush>
          {build.evidence.length === 0 ? (
            <p className="ty-quiet">None was recorded.</p>
          ) : (
            <ul className="ty-evidence">
              {build.evidence.map((fact) => (
                <li key={fact.name}>
                  <div>
                    <b>{fact.name}</b>
                    <div className="ty-dim">{fact.summary}</div>
                  </div>
                  <Digest value={fact.digest} chars={8} />
                </li>
              ))}
            </ul>
          )}
        </Section>
      </div>
      <Section
        title="Tests"
        flush
        aside={
          build.tests && (
            <>
              <TestCount tests={build.tests} /> in {durationText(build.tests.time * 1000)}
            </>
          )
        }
      >
        {build.tests ? (
          <TestTable tests={build.tests} />
        ) : (
          <p className="ty-quiet">
            {isMoving(build.state) ? "They run when the build gets there." : "The build published no test results."}
          </p>
        )}
      </Section>
    </>
  );
}
