import { Outlet } from "@tanstack/react-router";
import { useLiveUpdates } from "../live.ts";
import { useMe } from "../me.ts";
import { Logo } from "./logo.tsx";
import { Nav } from "./nav.tsx";
import { CommandPalette } from "./palette.tsx";
import { UserMenu } from "./user-menu.tsx";
import { WorkspaceSwitch } from "./workspace-switch.tsx";

/** Left rail with what there is, and the page beside it. */
export function Shell() {
  const me = useMe();
  return (
    <div className="ty-shell">
      <a className="ty-skip" href="#content">
        Skip to content
      </a>
      <aside className="ty-side">
        <div className="ty-brand">
          <Logo />
          <span className="ty-side-text">Trainyard</span>
        </div>
        <WorkspaceSwitch />
        <CommandPalette />
        <Nav />
        <UserMenu />
      </aside>
      <main id="content" className="ty-main" tabIndex={-1}>
        {me && <Live />}
        <Outlet />
      </main>
    </div>
  );
}

function Live() {
  useLiveUpdates();
  return null;
}
