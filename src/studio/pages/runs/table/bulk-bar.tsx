import { Button, Modal, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChartLine, IconPencil, IconRestore, IconTag, IconTagOff, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { BulkChange } from "../../../../contract/run-change.ts";
import { mostRunsAtOnce } from "../../../../contract/run-change.ts";
import { client, useAction, useCan, useWorkspace } from "../../../api.ts";
import { ButtonLink } from "../../../parts/button-link.tsx";
import { count, plural } from "../../../parts/number.ts";
import { ProblemBox } from "../../../parts/problem.tsx";
import type { Selection } from "./selection.ts";
import type { RunQuery } from "./window.ts";

const mostCompared = 100;

type Dialog = "delete" | "tag" | "untag" | "rename";

/** What can be done with the runs that are chosen. */
export function BulkBar({ selection, query, total }: { selection: Selection; query: RunQuery; total: number | null }) {
  const workspace = useWorkspace();
  const mayWrite = useCan("run:write");
  const change = useAction("run", "bulk");
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const chosen = [...selection.runs.values()];
  if (chosen.length === 0) return null;
  const ids = chosen.map((run) => run.id);
  const apply = (what: BulkChange, done: string) =>
    change.mutate(
      { params: { workspace }, body: { ids, change: what } },
      {
        onSuccess: ({ changed }) => {
          setDialog(null);
          if (what.action === "delete" || what.action === "restore") selection.replace([]);
          notifications.show({ message: `${plural(changed, "run")} ${done}.` });
        },
      },
    );
  const chooseAll = async () => {
    const { workspace: _, ...list } = query;
    const page = await client.run.list({
      params: { workspace },
      query: { ...list, columns: "", limit: mostRunsAtOnce },
    });
    selection.replace(page.items);
  };
  const tooMany = ids.length > mostRunsAtOnce;
  const button = { variant: "default" as const, disabled: !mayWrite || tooMany };
  return (
    <div className="ty-bulk" role="toolbar" aria-label="Chosen runs">
      <span className="ty-strong">{plural(ids.length, "run")} chosen</span>
      {total !== null && total > ids.length && total <= mostRunsAtOnce && (
        <Button variant="subtle" onClick={() => void chooseAll()}>
          Choose all {count(total)}
        </Button>
      )}
      <Button variant="subtle" onClick={() => selection.replace([])}>
        None
      </Button>
      <span className="ty-grow" />
      {ids.length <= mostCompared && (
        <ButtonLink
          to="/compare"
          search={{ runs: ids.join(",") }}
          leftSection={<IconChartLine size={14} aria-hidden />}
        >
          Compare
        </ButtonLink>
      )}
      <Button {...button} leftSection={<IconTag size={14} aria-hidden />} onClick={() => setDialog("tag")}>
        Tag…
      </Button>
      <Button {...button} leftSection={<IconTagOff size={14} aria-hidden />} onClick={() => setDialog("untag")}>
        Remove tag…
      </Button>
      <Button {...button} leftSection={<IconPencil size={14} aria-hidden />} onClick={() => setDialog("rename")}>
        Rename…
      </Button>
      {query.lifecycle === "active" ? (
        <Button {...button} leftSection={<IconTrash size={14} aria-hidden />} onClick={() => setDialog("delete")}>
          Delete…
        </Button>
      ) : (
        <Button
          {...button}
          leftSection={<IconRestore size={14} aria-hidden />}
          onClick={() => apply({ action: "restore" }, "restored")}
        >
          Restore
        </Button>
      )}
      <Modal opened={dialog !== null} onClose={() => setDialog(null)} title={dialog ? titles[dialog] : ""}>
        {dialog && (
          <ChangeForm
            dialog={dialog}
            runs={ids.length}
            names={chosen.slice(0, 3).map((run) => run.name)}
            pending={change.isPending}
            error={change.error}
            onApply={apply}
          />
        )}
      </Modal>
    </div>
  );
}

const titles: Record<Dialog, string> = {
  delete: "Delete runs",
  tag: "Tag runs",
  untag: "Remove a tag",
  rename: "Rename runs",
};

interface ChangeFormProps {
  dialog: Dialog;
  runs: number;
  names: string[];
  pending: boolean;
  error: Error | null;
  onApply(change: BulkChange, done: string): void;
}

function ChangeForm({ dialog, runs, names, pending, error, onApply }: ChangeFormProps) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState(dialog === "rename" ? "{name}" : "");
  const submit = () => {
    if (dialog === "delete") onApply({ action: "delete" }, "deleted");
    else if (dialog === "tag") onApply({ action: "tag", key, value }, "tagged");
    else if (dialog === "untag") onApply({ action: "untag", key }, "untagged");
    else onApply({ action: "rename", name: value }, "renamed");
  };
  const example = names.map((name, at) => value.replaceAll("{n}", String(at + 1)).replaceAll("{name}", name));
  return (
    <form
      className="ty-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {dialog === "delete" && (
        <p>{plural(runs, "run")} will be hidden. They can be restored: choose “deleted” above the table to see them.</p>
      )}
      {(dialog === "tag" || dialog === "untag") && (
        <TextInput
          label="Tag"
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          data-autofocus
          required
        />
      )}
      {dialog === "tag" && (
        <TextInput label="Value" value={value} onChange={(event) => setValue(event.currentTarget.value)} />
      )}
      {dialog === "rename" && (
        <TextInput
          label="Name"
          description={`{n} counts, {name} is the name before: ${example.join(", ")}${runs > 3 ? ", …" : ""}`}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          data-autofocus
          required
        />
      )}
      {error && <ProblemBox error={error} />}
      <div className="ty-form-actions">
        <Button type="submit" color={dialog === "delete" ? "red" : undefined} loading={pending}>
          {dialog === "delete" ? "Delete" : dialog === "tag" ? "Tag" : dialog === "untag" ? "Remove" : "Rename"}{" "}
          {plural(runs, "run")}
        </Button>
      </div>
    </form>
  );
}
