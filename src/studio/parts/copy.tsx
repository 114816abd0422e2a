import { UnstyledButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { Scroll } from "./scroll.tsx";

/** Copies text; says so for a moment, also to a screen reader. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  const Icon = copied ? IconCheck : IconCopy;
  return (
    <UnstyledButton className="ty-copy" onClick={copy} aria-label={label} title={copied ? "Copied" : label}>
      <Icon size={13} aria-hidden />
      <span className="ty-hidden" aria-live="polite">
        {copied ? "Copied" : ""}
      </span>
    </UnstyledButton>
  );
}

/** The clipboard API exists only on https and localhost. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Commands that are not about one workspace. */
const machineWide = /^(export|trainyard (demo|sign-in|up))\b/;

/** A sha256: its first characters, the whole on hover and in the clipboard. */
export function Digest({ value, chars = 12 }: { value: string; chars?: number }) {
  return (
    <span className="ty-digest">
      <code title={`sha256:${value}`}>{value.slice(0, chars)}</code>
      <CopyButton text={value} label="Copy digest" />
    </span>
  );
}

/** A command as it is typed to be about the workspace of the page. */
export function useCommand(command: string): string {
  const { workspace } = useSearch({ strict: false });
  return workspace && !machineWide.test(command) ? `${command} --workspace ${workspace}` : command;
}

/** A command to run in a terminal, in the workspace of the page. */
export function Command({ children }: { children: string }) {
  const command = useCommand(children);
  return (
    <div className="ty-command">
      <span aria-hidden className="ty-prompt">
        $
      </span>
      <code>{command}</code>
      <CopyButton text={command} label="Copy command" />
    </div>
  );
}

export function CodeBlock({ text, label }: { text: string; label: string }) {
  return (
    <div className="ty-codeblock">
      <Scroll className="ty-codeblock-text" label={label}>
        <pre>{text}</pre>
      </Scroll>
      <CopyButton text={text} label={`Copy ${label}`} />
    </div>
  );
}
