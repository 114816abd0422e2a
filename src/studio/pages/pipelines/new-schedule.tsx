import { Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Trigger } from "../../../contract/trigger.ts";
import { query, useAction, useWorkspace } from "../../api.ts";
import { DialogForm } from "../../parts/dialog-form.tsx";
import { timeText } from "../../parts/time.tsx";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A schedule by the clock or by new data, with the next times while one types. */
export function NewSchedule({ pipeline, onDone }: { pipeline: string; onDone: () => void }) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const put = useAction("schedule", "put");
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"cron" | "data">("cron");
  const [expression, setExpression] = useState("30 2 * * *");
  const [timeZone, setTimeZone] = useState(zone);
  const [data, setData] = useState("");
  const [overlap, setOverlap] = useState<"skip" | "queue" | "allow" | "cancel">("skip");
  const trigger: Trigger =
    kind === "cron" ? { type: "cron", expression, timeZone } : { type: "data", name: data || "unnamed" };
  const preview = useQuery({
    ...query("schedule", "preview", { params: { workspace }, body: { trigger, count: 3 } }),
    enabled: kind === "cron",
    retry: false,
  });
  const isWhole = name.trim() !== "" && (kind === "cron" ? preview.isSuccess : data.trim() !== "");
  const submit = () =>
    put.mutate(
      { params: { workspace, name: name.trim() }, body: { pipeline, trigger, overlap } },
      {
        onSuccess: () => {
          onDone();
          void navigate({ to: "/schedules/$name", params: { name: name.trim() } });
        },
      },
    );
  return (
    <DialogForm submit="Create" onSubmit={submit} onBack={onDone} change={put} disabled={!isWhole}>
      <TextInput
        label="Name"
        placeholder="nightly"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      <Select
        label="Starts it"
        data={[
          { value: "cron", label: "by the clock" },
          { value: "data", label: "for each new version of data" },
        ]}
        value={kind}
        allowDeselect={false}
        onChange={(value) => setKind(value as typeof kind)}
      />
      {kind === "cron" ? (
        <>
          <TextInput
            label="Cron expression"
            description="Minute, hour, day of month, month, day of week"
            value={expression}
            onChange={(event) => setExpression(event.currentTarget.value)}
            error={preview.error?.message}
          />
          <TextInput label="Time zone" value={timeZone} onChange={(event) => setTimeZone(event.currentTarget.value)} />
          <p className="ty-quiet">
            {preview.data && preview.data.due.length > 0
              ? `Next: ${preview.data.due.map(timeText).join(", ")}`
              : "Never due."}
          </p>
        </>
      ) : (
        <TextInput
          label="Data asset"
          placeholder="diabetes"
          value={data}
          onChange={(event) => setData(event.currentTarget.value)}
        />
      )}
      <Select
        label="While its last job runs"
        data={[
          { value: "skip", label: "leave this time out" },
          { value: "queue", label: "wait for it" },
          { value: "allow", label: "start anyway" },
          { value: "cancel", label: "cancel it and start anew" },
        ]}
        value={overlap}
        allowDeselect={false}
        onChange={(value) => setOverlap(value as typeof overlap)}
      />
    </DialogForm>
  );
}
