import { Tabs } from "@mantine/core";
import type { Span } from "../../../contract/trace.ts";
import { JsonView } from "../../parts/json.tsx";
import { Facts, Section } from "../../parts/page.tsx";
import { ProblemBox } from "../../parts/problem.tsx";
import { State, Tag } from "../../parts/state.tsx";
import { microsecondsText, tookText } from "./took.ts";

/** One span: what went in and came out, and everything else that was said about it. */
export function SpanPanel({ span, from }: { span: Span; from: number }) {
  const attributes = Object.entries(span.attributes);
  return (
    <Section
      title={span.name}
      className="ty-span"
      aside={
        <>
          <State value={span.state} /> <span className="ty-num">{tookText(span)}</span>
        </>
      }
    >
      {span.message && <ProblemBox error={new Error(span.message)} />}
      <Facts
        columns
        items={[
          ["Type", span.type && <Tag>{span.type}</Tag>],
          ["Began after", microsecondsText(span.startUs - from)],
          ["Id", <code key="id">{span.id}</code>],
        ]}
      />
      <Tabs defaultValue="io" keepMounted={false} key={span.id}>
        <Tabs.List>
          <Tabs.Tab value="io">Inputs and outputs</Tabs.Tab>
          <Tabs.Tab value="attributes">Attributes ({attributes.length})</Tabs.Tab>
          <Tabs.Tab value="events">Events ({span.events.length})</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="io">
          <Said title="Inputs" value={span.inputs} />
          <Said title="Outputs" value={span.outputs} />
        </Tabs.Panel>
        <Tabs.Panel value="attributes">
          <Facts items={attributes.map(([key, value]) => [key, <code key={key}>{textOf(value)}</code>])} />
        </Tabs.Panel>
        <Tabs.Panel value="events">
          {span.events.length === 0 && <p className="ty-dim">No events.</p>}
          {span.events.map((event, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: events never move
            <div key={index}>
              <h3>
                {event.name} <span className="ty-dim">after {microsecondsText(event.atUs - span.startUs)}</span>
              </h3>
              <Facts
                items={Object.entries(event.attributes).map(([key, value]) => [
                  key,
                  <pre key={key}>{textOf(value)}</pre>,
                ])}
              />
            </div>
          ))}
        </Tabs.Panel>
      </Tabs>
    </Section>
  );
}

const Said = ({ title, value }: { title: string; value: unknown }) => (
  <>
    <h3>{title}</h3>
    {value === null || value === undefined ? (
      <p className="ty-dim">Nothing was said.</p>
    ) : (
      <JsonView value={value} label={title} />
    )}
  </>
);

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
