import { CodeBlock } from "./copy.tsx";

export const JsonView = ({ value, label }: { value: unknown; label: string }) => (
  <CodeBlock text={typeof value === "string" ? value : JSON.stringify(value, null, 2)} label={label} />
);
