import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { z } from "zod";
import type { environmentVersionSchema } from "../../../contract/environment.ts";
import { query, useWorkspace } from "../../api.ts";
import { CodeBlock, Digest } from "../../parts/copy.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { plural } from "../../parts/number.ts";
import { Page, Section } from "../../parts/page.tsx";
import { Ago } from "../../parts/time.tsx";

export type EnvironmentVersion = z.output<typeof environmentVersionSchema>;

export function EnvironmentPage() {
  const { name } = useParams({ from: "/shell/environments/$name" });
  const environment = useQuery(query("environment", "get", { params: { workspace: useWorkspace(), name } }));
  return (
    <Page
      crumbs={[
        <Link key="environments" to="/environments">
          Environments
        </Link>,
      ]}
      title={name}
      lead={environment.data?.items[0]?.description}
    >
      <Loaded query={environment}>
        {({ items }) => items.map((version) => <Version key={version.version} environment={version} />)}
      </Loaded>
    </Page>
  );
}

/** What it is made of, as far as that is text; what is a folder, by its digest. */
function specificationText({ condaFile, image, build, files, uvProject }: EnvironmentVersion): string {
  const parts = [
    condaFile?.trimEnd() ?? image,
    build && `${build.dockerfile} in the folder ${build.context}`,
    uvProject && `project of uv in the folder ${uvProject}`,
    files && `# files: ${files}`,
  ];
  return parts.filter((part) => part).join("\n\n");
}

function Version({ environment }: { environment: EnvironmentVersion }) {
  return (
    <Section
      title={`Version ${environment.version}`}
      aside={
        <>
          <Digest value={environment.digest} /> · <Ago at={environment.createdAt} />
        </>
      }
    >
      <div className="ty-columns ty-columns-plain">
        <div>
          <h3>Specification</h3>
          <CodeBlock text={specificationText(environment)} label="specification" />
        </div>
        <div>
          <h3>Locks</h3>
          {environment.locks.length === 0 && (
            <p className="ty-dim">Not resolved yet; the first step that needs it does that.</p>
          )}
          {environment.locks.map((lock) => (
            <Lock key={lock.platform} lock={lock} />
          ))}
        </div>
      </div>
    </Section>
  );
}

function Lock({ lock }: { lock: EnvironmentVersion["locks"][number] }) {
  const [find, setFind] = useState("");
  const shown = lock.packages.filter((name) => name.toLowerCase().includes(find.toLowerCase()));
  return (
    <details className="ty-lock" open>
      <summary>
        <code>{lock.platform}</code> {plural(lock.packages.length, "package")} <Digest value={lock.digest} />
        <span className="ty-dim">
          <Ago at={lock.createdAt} />
        </span>
      </summary>
      <TextInput
        size="xs"
        aria-label="Find a package"
        placeholder="Find a package"
        value={find}
        onChange={(event) => setFind(event.currentTarget.value)}
      />
      <ul className="ty-packages">
        {shown.map((name) => (
          <li key={name}>
            <code>{name}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}
