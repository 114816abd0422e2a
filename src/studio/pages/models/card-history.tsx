import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { z } from "zod";
import type { CardSection, cardEditSchema } from "../../../contract/card.ts";
import { query } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { Markdown } from "../../parts/markdown.tsx";
import { Sides } from "../../parts/sides.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";

type Edit = z.output<typeof cardEditSchema>;

interface HistoryProps {
  params: { workspace: string; name: string; version: string };
  sections: CardSection[];
  onDone: () => void;
}

/** Who wrote what in the card of a version; each edit as it was, and what it changed. */
export function CardHistory({ params, sections, onDone }: HistoryProps) {
  const history = useQuery(query("card", "history", { params }));
  const [chosen, setChosen] = useState<Edit | null>(null);
  const titleOf = (edit: Edit) => sections.find(({ section }) => section === edit.section)?.title ?? edit.section;
  const items = history.data?.items ?? [];
  const columns: Column<Edit>[] = [
    {
      id: "section",
      header: "Section",
      cell: (edit) => (
        <button type="button" className="ty-plain ty-link" onClick={() => setChosen(edit)}>
          {titleOf(edit)}
        </button>
      ),
    },
    { id: "text", header: "What is new", cell: (edit) => firstNew(edit, beforeOf(items, edit)) },
    { id: "by", header: "By", cell: ({ by }) => by.name },
    { id: "at", header: "When", align: "right", sort: ({ at }) => at, cell: ({ at }) => <Ago at={at} /> },
  ];
  return (
    <Modal opened onClose={onDone} title={`Edits of the card of ${params.name} ${params.version}`} size={860}>
      <Loaded query={history}>
        {() =>
          items.length === 0 ? (
            <p className="ty-dim">Nobody wrote for this version; what is shown holds from earlier ones.</p>
          ) : (
            <>
              <DataTable
                label="Edits of the card"
                rows={items}
                columns={columns}
                rowKey={(edit) => edit.id}
                selected={(edit) => edit.id === chosen?.id}
              />
              {chosen && <Chosen edit={chosen} before={beforeOf(items, chosen)} title={titleOf(chosen)} />}
            </>
          )
        }
      </Loaded>
    </Modal>
  );
}

function Chosen({ edit, before, title }: { edit: Edit; before: Edit | undefined; title: string }) {
  return (
    <section className="ty-card-edit">
      <h3>
        {title}, <Ago at={edit.at} />
      </h3>
      {edit.text.trim() === "" ? <p className="ty-dim">The text was taken back.</p> : <Markdown text={edit.text} />}
      {before && (
        <>
          <h3>
            Beside the edit before it, by {before.by.name}, <Ago at={before.at} />
          </h3>
          <Sides left={before.text} right={edit.text} />
        </>
      )}
    </section>
  );
}

/** The edit of the same section that this one replaced; the list is newest first. */
const beforeOf = (items: Edit[], edit: Edit): Edit | undefined =>
  items.slice(items.indexOf(edit) + 1).find(({ section }) => section === edit.section);

/** The first line of an edit that the one before it did not have. */
function firstNew({ text }: Edit, before: Edit | undefined) {
  if (text.trim() === "") return <span className="ty-dim">taken back</span>;
  const known = new Set(before?.text.split("\n"));
  const line = text.split("\n").find((one) => one.trim() !== "" && !known.has(one));
  if (line === undefined) return <span className="ty-dim">lines taken out</span>;
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
