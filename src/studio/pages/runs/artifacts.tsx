import type { StoredFile } from "../../parts/files/file-content.ts";
import { Files } from "../../parts/files/files.tsx";
import { Section } from "../../parts/page.tsx";

/** Files of a run: a list, and a preview of the one that is chosen. */
export function Artifacts({ artifacts }: { artifacts: StoredFile[] }) {
  if (artifacts.length === 0)
    return (
      <Section title="Artifacts">
        <p className="ty-dim">
          None. <code>mlflow.log_artifact</code> and <code>log_figure</code> put files here.
        </p>
      </Section>
    );
  return (
    <Section title="Artifacts" flush>
      <Files files={artifacts} />
    </Section>
  );
}
