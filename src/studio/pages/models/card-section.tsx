import { Button } from "@mantine/core";
import { IconDownload, IconHistory, IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type CardSection as CardPart, cardContract } from "../../../contract/card.ts";
import { urlOf } from "../../../contract/client.ts";
import { query, useCan, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { Markdown } from "../../parts/markdown.tsx";
import { Section } from "../../parts/page.tsx";
import { State, Tag } from "../../parts/state.tsx";
import { Ago } from "../../parts/time.tsx";
import { EditCard } from "./card-edit.tsx";
import { CardHistory } from "./card-history.tsx";

/** What people say about the version, and what of it is missing. */
export function CardSection({ name, version }: { name: string; version: string }) {
  const params = { workspace: useWorkspace(), name, version };
  const card = useQuery(query("card", "get", { params }));
  const [edited, setEdited] = useState<CardPart | null>(null);
  const [isHistoryOpen, setHistoryOpen] = useState(false);
  const data = card.data;
  return (
    <Section
      title="Model card"
      aside={
        <span className="ty-tags">
          {data &&
            (data.complete ? (
              <State value="ready" label="complete" />
            ) : (
              <State value="inconclusive" label={`lacks ${data.missing.map(partName).join(", ")}`} />
            ))}
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconHistory size={14} aria-hidden />}
            onClick={() => setHistoryOpen(true)}
          >
            History
          </Button>
          <Button
            component="a"
            href={urlOf(cardContract.export, { params })}
            download
            size="compact-sm"
            variant="default"
            leftSection={<IconDownload size={14} aria-hidden />}
          >
            Markdown
          </Button>
        </span>
      }
    >
      <Loaded query={card}>
        {({ sections }) => (
          <div className="ty-card-sections">
            {sections.map((section) => (
              <CardText key={section.section} section={section} onEdit={() => setEdited(section)} />
            ))}
          </div>
        )}
      </Loaded>
      {isHistoryOpen && data && (
        <CardHistory params={params} sections={data.sections} onDone={() => setHistoryOpen(false)} />
      )}
      {edited && <EditCard params={params} section={edited} onDone={() => setEdited(null)} />}
    </Section>
  );
}

const partName = (part: string): string => part.replaceAll("-", " ");

function CardText({ section, onEdit }: { section: CardPart; onEdit: () => void }) {
  const allowed = useCan("model:write");
  const { title, text, source, from, required, by, at } = section;
  return (
    <article>
      <header>
        <h3>{title}</h3>
        {source === "inherited" && <Tag title={`It holds until somebody writes it anew`}>from version {from}</Tag>}
        {source === "description" && <Tag>description</Tag>}
        {text === "" && required && <Tag tone="wait">required</Tag>}
        <span className="ty-grow" />
        {by && at !== null && text !== "" && (
          <span className="ty-dim">
            {by.name}, <Ago at={at} />
          </span>
        )}
        {allowed && (
          <button type="button" className="ty-plain ty-link" onClick={onEdit}>
            <IconPencil size={14} aria-hidden /> {text === "" ? "Write" : "Edit"}
            <span className="ty-hidden"> {title}</span>
          </button>
        )}
      </header>
      {text === "" ? <p className="ty-dim">Nobody has written this yet.</p> : <Markdown text={text} />}
    </article>
  );
}
