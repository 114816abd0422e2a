import type { ReactNode } from "react";
import { Command } from "./copy.tsx";

/** Nothing here yet: why, and the exact command that changes it. */
export function Empty({ title, children, commands }: { title: string; children?: ReactNode; commands?: string[] }) {
  return (
    <div className="ty-empty">
      <h3>{title}</h3>
      {children && <p>{children}</p>}
      {commands?.map((command) => (
        <Command key={command}>{command}</Command>
      ))}
    </div>
  );
}
