import { CloseButton, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { conditionText } from "../../../contract/condition.ts";
import {
  type CodeOrigin,
  type CommandStep,
  isCommand,
  isOwnInterpreter,
  type JobDetail,
  type Step,
  type StepView,
} from "../../../contract/job.ts";
import { query, useWorkspace } from "../../api.ts";
import { CodeBlock, Digest } from "../../parts/copy.tsx";
import { plural } from "../../parts/number.ts";
import { Facts, Section } from "../../parts/page.tsx";
import { ProblemBox } from "../../parts/problem.tsx";
import { State } from "../../parts/state.tsx";
import { Subject } from "../../parts/subject.tsx";
import { Duration } from "../../parts/time.tsx";
import { StepAgain } from "./again.tsx";
import { Attempts } from "./attempts.tsx";
import { BindingText } from "./binding.tsx";
import { Children } from "./children.tsx";
import { Gate } from "./gate.tsx";
import { Logs } from "./logs.tsx";
import { StepOutputs } from "./outputs.tsx";
import { Reuse } from "./reuse.tsx";
import { Usage } from "./usage.tsx";

interface StepPanelProps {
  job: JobDetail;
  step: StepView;
  /** Without it, the step stays open. */
  onClose?: () => void;
}

/** One step: its log, what it was given and made, and why it ran or did not have to. */
export function StepPanel({ job, step, onClose }: StepPanelProps) {
  const search = useSearch({ from: "/shell/jobs/$id" });
  const navigate = useNavigate();
  const tabs = tabsOf(step);
  const tab = tabs.find(([value]) => value === search.tab)?.[0] ?? tabs[0]![0];
  const show = (next: string | null) =>
    void navigate({
      to: "/jobs/$id",
      params: { id: job.id },
      search: { step: step.name, tab: next ?? undefined },
      replace: true,
    });
  return (
    <>
      <div className="ty-panel-head">
        <h2>{step.displayName}</h2>
        <State value={step.state} />
        <span className="ty-dim">
          <Duration from={step.startedAt} to={step.endedAt} />
        </span>
        <span className="ty-grow" />
        {step.runId && (
          <Link to="/runs/$id" params={{ id: step.runId }} className="ty-link">
            Run
          </Link>
        )}
        <StepAgain job={job} step={step} />
        {onClose && <CloseButton size="sm" aria-label="Close the step" onClick={onClose} />}
      </div>
      {step.error &&
        (step.state === "skipped" ? (
          <p className="ty-panel-text ty-dim">Skipped: {step.error}</p>
        ) : (
          <div className="ty-panel-text">
            <ProblemBox error={new Error(step.error)} />
          </div>
        ))}
      <Tabs value={tab} onChange={show} className="ty-tabs" keepMounted={false}>
        <Tabs.List>
          {tabs.map(([value, label]) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {step.gate && (
          <Tabs.Panel value="gate" className="ty-panel-scroll">
            <Gate job={job} step={step} gate={step.gate} />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="children" className="ty-tab-fill">
          <Children job={job} step={step} />
        </Tabs.Panel>
        <Tabs.Panel value="logs" className="ty-tab-fill">
          <Logs job={job.id} step={step.name} state={step.state} />
        </Tabs.Panel>
        <Tabs.Panel value="outputs" className="ty-panel-scroll">
          <StepOutputs step={step} />
        </Tabs.Panel>
        <Tabs.Panel value="details" className="ty-panel-scroll">
          <StepDetails job={job} step={step} />
        </Tabs.Panel>
        <Tabs.Panel value="reuse" className="ty-panel-scroll">
          <Reuse job={job.id} step={step} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

/** A step that runs as many jobs has no log and no key of its own. */
function tabsOf({ kind, outputs }: StepView): [value: string, label: string][] {
  const made: [string, string][] = Object.keys(outputs).length > 0 ? [["outputs", "Outputs"]] : [];
  const details: [string, string] = ["details", "Details"];
  if (kind === "gate") return [["gate", "Decision"], details];
  if (kind === "sweep") return [["children", "Trials"], ...made, details];
  if (kind === "foreach") return [["children", "Items"], ...made, details];
  return [["logs", "Logs"], ...made, details, ["reuse", "Reuse"]];
}

function StepDetails({ job, step }: { job: JobDetail; step: StepView }) {
  const known = job.definition.steps[step.name];
  const params = { workspace: useWorkspace(), id: job.id, step: step.name };
  // Of a large job, not all that was submitted is there from the start.
  const asked = useQuery({ ...query("job", "step", { params }), enabled: !known && job.omitted.steps > 0 });
  if (asked.isLoading) return null;
  const definition = known ?? asked.data?.definition;
  if (!definition)
    return <p className="ty-panel-text">Builds the environment that steps of this job run in; its log says how.</p>;
  return (
    <>
      <Attempts step={step} />
      {isCommand(definition) && (
        <Section title="Command">
          <CodeBlock text={definition.command} label="command" />
        </Section>
      )}
      {(definition.when || definition.after.length > 0) && (
        <Section title="Order">
          <Facts
            items={[
              ["Only when", definition.when && <code key="when">{conditionText(definition.when)}</code>],
              ["After", definition.after.join(", ")],
            ]}
          />
        </Section>
      )}
      <InputsAndOutputs definition={definition} step={step} />
      {isCommand(definition) && <Environment definition={definition} />}
      {isCommand(definition) && (
        <Section title="Compute">
          <Facts
            items={[
              [
                "Compute",
                <Subject key="compute" path={`compute/${step.compute}`}>
                  {step.compute}
                </Subject>,
              ],
              ["Asks for", resourcesText(step.resources)],
              ["Waits for", step.waitsFor],
            ]}
          />
        </Section>
      )}
      {isCommand(definition) && <Usage step={step} />}
    </>
  );
}

/** `https://example.org/code, folder train, commit 1a2b3c4d5e6f` */
const originText = ({ url, commit, folder }: CodeOrigin): string =>
  [url, folder && `folder ${folder}`, commit && `commit ${commit.slice(0, 12)}`].filter(Boolean).join(", ");

const resourcesText = ({ cpus, memoryMb, gpus }: StepView["resources"]): string =>
  [plural(cpus, "CPU"), memoryMb > 0 && `${memoryMb} MB of memory`, gpus > 0 && plural(gpus, "GPU")]
    .filter(Boolean)
    .join(", ");

function InputsAndOutputs({ definition, step }: { definition: Step; step: StepView }) {
  return (
    <>
      <Section title="Inputs">
        <Facts
          items={Object.entries(definition.inputs).map(([name, input]) => [
            name,
            <BindingText key={name} binding={input.binding} />,
          ])}
        />
      </Section>
      <Section title="Outputs">
        <Facts
          items={Object.entries(definition.outputs).map(([name, { type }]) => [
            name,
            step.outputs[name] ? type : `${type}, not yet`,
          ])}
        />
      </Section>
    </>
  );
}

function Environment({ definition }: { definition: CommandStep }) {
  const { environment } = definition;
  const variables = Object.entries(definition.environmentVariables);
  const secrets = Object.entries(definition.secrets ?? {});
  return (
    <Section title="Environment">
      <Facts
        items={[
          [
            "Name",
            environment.name && (
              <Link to="/environments/$name" params={{ name: environment.name }} className="ty-link">
                {environment.name}
              </Link>
            ),
          ],
          ["Image", environment.image && <code>{environment.image}</code>],
          ["Built from", environment.build && <Digest value={environment.build.context} />],
          ["Project of uv", environment.uvProject && <Digest value={environment.uvProject} />],
          ["Files", environment.files && <Digest value={environment.files} />],
          ["Interpreter", isOwnInterpreter(environment) && "the agent's own"],
          ["Code", definition.code && <Digest value={definition.code} />],
          ["Code from", definition.codeOrigin && originText(definition.codeOrigin)],
          ["Retries", definition.maxRetries > 0 && String(definition.maxRetries)],
          ["Timeout", `${definition.timeoutSeconds} s`],
          ["Deadline", definition.deadlineSeconds !== null && `${definition.deadlineSeconds} s`],
          ...variables.map(([name, value]): [string, string] => [name, value]),
          ...secrets.map(([name, secret]): [string, string] => [name, `the secret ${secret}`]),
        ]}
      />
      {environment.condaFile && <CodeBlock text={environment.condaFile.trimEnd()} label="conda file" />}
    </Section>
  );
}
