import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { ProblemBox } from "./problem.tsx";

interface DialogFormProps {
  children: ReactNode;
  /** What the button says that does it. */
  submit: string;
  onSubmit: () => void;
  onBack: () => void;
  /** The change that the form makes. */
  change: { error: Error | null; isPending: boolean };
  /** Is something missing still? */
  disabled: boolean;
  /** It takes something away, or says no. */
  isNegative?: boolean;
}

/** Fields in a dialog, what went wrong with them, and the two ways out. */
export function DialogForm({ children, submit, onSubmit, onBack, change, disabled, isNegative }: DialogFormProps) {
  return (
    <form
      className="ty-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      {change.error && <ProblemBox error={change.error} />}
      <div className="ty-form-actions">
        <Button variant="default" size="sm" onClick={onBack}>
          Back
        </Button>
        <Button
          type="submit"
          size="sm"
          color={isNegative ? "red" : undefined}
          loading={change.isPending}
          disabled={disabled}
        >
          {submit}
        </Button>
      </div>
    </form>
  );
}
