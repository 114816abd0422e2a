import { Menu, UnstyledButton } from "@mantine/core";
import { IconCheck, IconSelector } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { query, useWorkspace } from "../api.ts";

export function WorkspaceSwitch() {
  const current = useWorkspace();
  const navigate = useNavigate();
  const workspaces = useQuery(query("workspace", "list")).data?.items ?? [];
  return (
    <Menu position="bottom-start" width={240}>
      <Menu.Target>
        <UnstyledButton className="ty-switch" title={current}>
          <span className="ty-hidden">Workspace</span>
          <span className="ty-switch-initial" aria-hidden>
            {current[0]?.toUpperCase()}
          </span>
          <span className="ty-side-text ty-switch-name">{current}</span>
          <IconSelector size={14} aria-hidden className="ty-side-text" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Workspaces</Menu.Label>
        {workspaces.map((workspace) => (
          <Menu.Item
            key={workspace.name}
            rightSection={workspace.name === current ? <IconCheck size={14} aria-label="current" /> : null}
            onClick={() => void navigate({ to: "/", search: { workspace: workspace.name } })}
          >
            {workspace.name}
            {workspace.description && <div className="ty-menu-note">{workspace.description}</div>}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
