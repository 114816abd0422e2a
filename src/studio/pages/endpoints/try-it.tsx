import { Button, Select, Tabs, Textarea } from "@mantine/core";
import { type FormEvent, useMemo, useState } from "react";
import { useAction, useCan, useWorkspace } from "../../api.ts";
import { Section } from "../../parts/page.tsx";
import { ProblemBox } from "../../parts/problem.tsx";
import { Answer } from "./answer.tsx";
import type { EndpointDetail } from "./endpoint.tsx";
import { FieldInput } from "./field-input.tsx";
import { type Field, formOf } from "./request.ts";

/** Sends a request to the endpoint: as a form when the example allows, else as JSON. */
export function TryIt({ endpoint }: { endpoint: EndpointDetail }) {
  const workspace = useWorkspace();
  const allowed = useCan("endpoint:invoke");
  // The example is read once: the page is read again every few seconds, and must not undo what was typed.
  const [example] = useState(endpoint.example);
  const form = useMemo(() => formOf(example, endpoint.name), [example, endpoint.name]);
  const [values, setValues] = useState<Field["value"][]>(() => form?.fields.map(({ value }) => value) ?? []);
  const [text, setText] = useState(() => JSON.stringify(example ?? {}, null, 2));
  const [tab, setTab] = useState<string>(form ? "form" : "json");
  const [deployment, setDeployment] = useState<string | null>(null);
  const [mistake, setMistake] = useState<string | null>(null);
  const invoke = useAction("endpoint", "invoke");

  const change = (at: number, value: Field["value"]) => {
    const next = values.with(at, value);
    setValues(next);
    setText(JSON.stringify(form!.build(next), null, 2));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMistake(null);
    try {
      const request: unknown = tab === "form" && form ? form.build(values) : JSON.parse(text);
      invoke.mutate({
        params: { workspace, name: endpoint.name },
        body: { request, deployment: deployment ?? undefined },
      });
    } catch (error) {
      setMistake(`This is not JSON: ${(error as Error).message}`);
    }
  };
  return (
    <Section title="Try it" aside={<Signature endpoint={endpoint} />}>
      <form className="ty-try" onSubmit={submit}>
        <div>
          <Tabs value={tab} onChange={(next) => setTab(next ?? "json")} keepMounted={false}>
            <Tabs.List>
              {form && <Tabs.Tab value="form">Form</Tabs.Tab>}
              <Tabs.Tab value="json">JSON</Tabs.Tab>
            </Tabs.List>
            {form && (
              <Tabs.Panel value="form" className="ty-fields">
                {form.fields.map((field, at) => (
                  <FieldInput key={field.name} field={field} value={values[at]} onChange={(next) => change(at, next)} />
                ))}
              </Tabs.Panel>
            )}
            <Tabs.Panel value="json">
              <Textarea
                aria-label="Request as JSON"
                autosize
                minRows={10}
                maxRows={22}
                value={text}
                onChange={(event) => setText(event.currentTarget.value)}
                spellCheck={false}
                classNames={{ input: "ty-code-input" }}
              />
            </Tabs.Panel>
          </Tabs>
          <div className="ty-try-send">
            <Button type="submit" disabled={!allowed} loading={invoke.isPending}>
              Send
            </Button>
            {endpoint.deployments.length > 1 && (
              <Select
                size="xs"
                aria-label="Deployment"
                placeholder="By traffic"
                clearable
                data={endpoint.deployments.map(({ name }) => name)}
                value={deployment}
                onChange={setDeployment}
              />
            )}
            {!allowed && <span className="ty-hint">Your role may not call endpoints.</span>}
          </div>
          {mistake && <ProblemBox error={new Error(mistake)} />}
          {invoke.error && <ProblemBox error={invoke.error} />}
        </div>
        <Answer answer={invoke.data} />
      </form>
    </Section>
  );
}

/** What the model takes and gives: `float_input float32 [?, 10] → variable float32 [?, 1]`. */
function Signature({ endpoint }: { endpoint: EndpointDetail }) {
  const words = (tensors: EndpointDetail["inputs"]) =>
    tensors.length > 3
      ? `${tensors.length} inputs`
      : tensors
          .map(({ name, type, shape }) => `${name} ${type}[${shape.map((n) => (n < 0 ? "?" : n)).join(", ")}]`)
          .join(", ");
  if (endpoint.inputs.length === 0) return null;
  return (
    <code className="ty-dim">
      {words(endpoint.inputs)} → {words(endpoint.outputs)}
    </code>
  );
}
