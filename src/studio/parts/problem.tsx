import { IconAlertOctagon } from "@tabler/icons-react";
import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Problem } from "../../contract/errors.ts";

interface ProblemBoxProps {
  error: Error;
  title?: string;
  /** Where to look next. */
  action?: ReactNode;
}

/** What went wrong, where, and what to do. */
export function ProblemBox({ error, title, action }: ProblemBoxProps) {
  const problem = error instanceof Problem ? error : null;
  return (
    <div className="ty-problem" role="alert">
      <IconAlertOctagon size={17} aria-hidden />
      <div>
        {title && <strong>{title} </strong>}
        <span>{error.message}</span> {action}
        {problem?.hint && <p className="ty-hint">{problem.hint}</p>}
        {problem?.issues && problem.issues.length > 0 && (
          <ul>
            {problem.issues.map((issue) => (
              <li key={`${issue.at} ${issue.message}`}>
                <code>{issue.at}</code> {issue.message}
                {issue.hint && <span className="ty-dim"> {issue.hint}</span>}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

export function RouteProblem({ error }: ErrorComponentProps) {
  return (
    <div className="ty-page">
      <ProblemBox
        error={error instanceof Error ? error : new Error(String(error))}
        title="This page could not be shown."
      />
    </div>
  );
}

export function NotFound() {
  return (
    <div className="ty-blank">
      <h1>There is no such page</h1>
      <p>
        The address may be from another version. <Link to="/">Go to the overview</Link>
      </p>
    </div>
  );
}
