import { Modal, UnstyledButton } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type KeyboardEvent, useState } from "react";
import { query, useWorkspace } from "../api.ts";
import { useGroups } from "./nav.tsx";

interface Target {
  kind: string;
  name: string;
  href: string;
}

/** ⌘K: go to anything by name. */
export function CommandPalette() {
  const [opened, { open, close }] = useDisclosure(false);
  useHotkeys([["mod+K", open]], []);
  return (
    <>
      <UnstyledButton className="ty-find" onClick={open} title="Go to…">
        <IconSearch size={15} aria-hidden />
        <span className="ty-side-text">Go to…</span>
        <kbd className="ty-side-text">Ctrl K</kbd>
      </UnstyledButton>
      <Modal opened={opened} onClose={close} withCloseButton={false} padding={0} size={520} yOffset="12vh">
        <Finder close={close} />
      </Modal>
    </>
  );
}

function Finder({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const router = useRouter();
  const targets = useTargets();
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = targets
    .filter((target) => words.every((word) => `${target.kind} ${target.name}`.toLowerCase().includes(word)))
    .slice(0, 12);
  const go = (target: Target | undefined) => {
    if (!target) return;
    close();
    void router.navigate({ to: target.href });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt((at + 1) % Math.max(found.length, 1));
    else if (event.key === "ArrowUp") setAt((at - 1 + found.length) % Math.max(found.length, 1));
    else if (event.key === "Enter") go(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <div className="ty-finder">
      <input
        data-autofocus
        role="combobox"
        aria-expanded
        aria-controls="finder-list"
        aria-activedescendant={found.length > 0 ? `finder-${at}` : undefined}
        aria-label="Go to a page, job, model, release…"
        placeholder="Go to a page, job, model, release…"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="finder-list" role="listbox" aria-label="Found" tabIndex={-1}>
        {found.map((target, index) => (
          <button
            type="button"
            role="option"
            aria-selected={index === at}
            id={`finder-${index}`}
            key={target.href}
            tabIndex={-1}
            onMouseMove={() => setAt(index)}
            onClick={() => go(target)}
          >
            <span>{target.name}</span>
            <span className="ty-dim">{target.kind}</span>
          </button>
        ))}
        {found.length === 0 && <p className="ty-dim">Nothing here has this name.</p>}
      </div>
    </div>
  );
}

function useTargets(): Target[] {
  const groups = useGroups();
  const params = { workspace: useWorkspace() };
  const jobs = useQuery(query("job", "list", { params, query: { limit: 100 } })).data?.items ?? [];
  const models = useQuery(query("model", "list", { params })).data?.items ?? [];
  const data = useQuery(query("data", "list", { params })).data?.items ?? [];
  const releases = useQuery(query("release", "list", { params, query: { limit: 50 } })).data?.items ?? [];
  const endpoints = useQuery(query("endpoint", "list", { params })).data?.items ?? [];
  const monitors = useQuery(query("monitor", "list", { params })).data?.items ?? [];
  return [
    ...groups.flatMap((group) => group.items.map((item) => ({ kind: "page", name: item.label, href: item.to ?? "/" }))),
    ...models.map(({ name }) => ({ kind: "model", name, href: `/models/${name}` })),
    ...endpoints.map(({ name }) => ({ kind: "endpoint", name, href: `/endpoints/${name}` })),
    ...releases.map(({ number, state }) => ({ kind: state, name: `Release ${number}`, href: `/releases/${number}` })),
    ...monitors.map(({ name }) => ({ kind: "monitor", name, href: `/monitors/${name}` })),
    ...data.map(({ name }) => ({ kind: "data", name, href: `/data/${name}` })),
    ...jobs.map(({ id, displayName }) => ({ kind: `job ${id.slice(-8)}`, name: displayName, href: `/jobs/${id}` })),
  ];
}
