import { Button, Menu, Modal, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconBookmark, IconCheck, IconDeviceFloppy, IconLink, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { View } from "../../../../contract/view.ts";
import { query, useAction, useCan, useWorkspace } from "../../../api.ts";
import { useMe } from "../../../me.ts";
import { ProblemBox } from "../../../parts/problem.tsx";
import { viewKeys } from "./search.ts";
import type { TableState } from "./state.ts";

/** Saved views of this table: open one, save what is shown, change or delete one's own. */
export function ViewsMenu({ page, state }: { page: string; state: TableState }) {
  const params = { workspace: useWorkspace() };
  const views = useQuery(query("view", "list", { params, query: { page } })).data?.items ?? [];
  const me = useMe();
  const mayWrite = useCan("view:write");
  const mayManage = useCan("access:manage");
  const update = useAction("view", "update");
  const remove = useAction("view", "delete");
  const [saving, setSaving] = useState(false);
  const shown: Record<string, string> = Object.fromEntries(
    viewKeys.flatMap((key) => (state.search[key] ? [[key, state.search[key]]] : [])),
  );
  const current = views.find((view) => view.id === state.search.view);
  const changed = current !== undefined && !same(current.query, shown);
  const mine = current !== undefined && (current.owner.id === me?.id || mayManage);
  const open = (view: View) => state.set({ ...cleared, ...view.query, view: view.id });
  return (
    <>
      <Menu position="bottom-end" width={280}>
        <Menu.Target>
          <Button variant="default" leftSection={<IconBookmark size={14} aria-hidden />}>
            {current ? `${current.name}${changed ? " *" : ""}` : "Views"}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{views.length === 0 ? "No view of this table is saved yet" : "Saved views"}</Menu.Label>
          {views.map((view) => (
            <Menu.Item
              key={view.id}
              onClick={() => open(view)}
              rightSection={view.id === current?.id ? <IconCheck size={14} aria-label="shown" /> : null}
            >
              {view.name}
              <div className="ty-menu-note">{view.owner.name}</div>
            </Menu.Item>
          ))}
          <Menu.Divider />
          {current && changed && mine && (
            <Menu.Item
              leftSection={<IconDeviceFloppy size={14} />}
              onClick={() => update.mutate({ params: { ...params, id: current.id }, body: { query: shown } })}
            >
              Save changes of “{current.name}”
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconBookmark size={14} />} disabled={!mayWrite} onClick={() => setSaving(true)}>
            Save as a new view…
          </Menu.Item>
          <Menu.Item
            leftSection={<IconLink size={14} />}
            onClick={() => {
              void navigator.clipboard?.writeText(location.href);
              notifications.show({ message: "The address of this table is copied." });
            }}
          >
            Copy link
          </Menu.Item>
          {current && mine && (
            <Menu.Item
              leftSection={<IconTrash size={14} />}
              onClick={() => {
                remove.mutate({ params: { ...params, id: current.id } });
                state.set({ view: undefined });
              }}
            >
              Delete “{current.name}”
            </Menu.Item>
          )}
          {(current || Object.keys(shown).length > 0) && (
            <Menu.Item onClick={() => state.set(cleared)}>Back to the default</Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={saving} onClose={() => setSaving(false)} title="Save this view">
        {saving && (
          <SaveForm
            page={page}
            shown={shown}
            onSaved={(view) => {
              setSaving(false);
              state.set({ view: view.id });
            }}
          />
        )}
      </Modal>
    </>
  );
}

const cleared = { ...Object.fromEntries(viewKeys.map((key) => [key, undefined])), view: undefined };

const same = (one: Record<string, string>, other: Record<string, string>): boolean =>
  viewKeys.every((key) => (one[key] ?? "") === (other[key] ?? ""));

interface SaveFormProps {
  page: string;
  shown: Record<string, string>;
  onSaved(view: View): void;
}

function SaveForm({ page, shown, onSaved }: SaveFormProps) {
  const workspace = useWorkspace();
  const [name, setName] = useState("");
  const create = useAction("view", "create");
  return (
    <form
      className="ty-form"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ params: { workspace }, body: { page, name, query: shown } }, { onSuccess: onSaved });
      }}
    >
      <TextInput
        label="Name"
        description="Everyone in the workspace sees it; only you and owners can change it."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
        required
      />
      {create.error && <ProblemBox error={create.error} />}
      <div className="ty-form-actions">
        <Button type="submit" loading={create.isPending}>
          Save view
        </Button>
      </div>
    </form>
  );
}
