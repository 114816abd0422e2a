import { Menu, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconLogout, IconMoon, IconSun, IconUser } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { client, query } from "../api.ts";
import { useMe } from "../me.ts";

const schemes = [
  { value: "light", label: "Light", icon: IconSun },
  { value: "dark", label: "Dark", icon: IconMoon },
  { value: "auto", label: "Like the system", icon: IconDeviceDesktop },
] as const;

export function UserMenu() {
  const me = useMe();
  const version = useQuery({ ...query("system", "health"), staleTime: Number.POSITIVE_INFINITY }).data?.version;
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const signOut = async () => {
    await client.access.signOut().catch(() => undefined);
    queries.clear();
    await navigate({ to: "/sign-in", search: {} });
  };
  const roles = me?.roles.map(({ role, workspace }) => (workspace === "*" ? role : `${role} of ${workspace}`)) ?? [];
  return (
    <Menu position="top-start" width={230}>
      <Menu.Target>
        <UnstyledButton className="ty-user">
          <span className="ty-hidden">You are</span>
          <span className="ty-avatar" aria-hidden>
            {me ? me.name[0]?.toUpperCase() : <IconUser size={15} />}
          </span>
          <span className="ty-side-text ty-user-text">
            <span>{me?.name}</span>
            <span className="ty-dim">{roles.join(", ")}</span>
          </span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me?.email ?? me?.name}
          {roles.length > 0 && ` · ${roles.join(", ")}`}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>Colours</Menu.Label>
        {schemes.map(({ value, label, icon: Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={15} aria-hidden />}
            onClick={() => setColorScheme(value)}
            aria-current={colorScheme === value}
            className="ty-menu-choice"
            closeMenuOnClick={false}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={15} aria-hidden />} onClick={() => void signOut()}>
          Sign out
        </Menu.Item>
        {version && <Menu.Label>Trainyard {version}</Menu.Label>}
      </Menu.Dropdown>
    </Menu>
  );
}
