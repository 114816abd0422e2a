import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

/**
 * A link to what a path such as `model/diabetes/3`, `job/01J…` or `monitor/drift/2` names; plain text when it has no
 * page. It reads as the path, or as what is given instead.
 */
export function Subject({ path, children }: { path: string; children?: ReactNode }) {
  const [noun, name, third] = path.split("/");
  if (!noun || !name) return children ?? <code>{path}</code>;
  const props = { className: "ty-link" };
  const text = children ?? <code>{path}</code>;
  switch (noun) {
    case "model":
      return third ? (
        <Link to="/models/$name/$version" params={{ name, version: third }} {...props}>
          {text}
        </Link>
      ) : (
        <Link to="/models/$name" params={{ name }} {...props}>
          {text}
        </Link>
      );
    case "data":
      return (
        <Link to="/data/$name" params={{ name }} search={{ version: third }} {...props}>
          {text}
        </Link>
      );
    case "job":
      return (
        <Link to="/jobs/$id" params={{ id: name }} {...props}>
          {text}
        </Link>
      );
    case "run":
      return (
        <Link to="/runs/$id" params={{ id: name }} {...props}>
          {text}
        </Link>
      );
    case "trace":
      return (
        <Link to="/traces/$id" params={{ id: name }} {...props}>
          {text}
        </Link>
      );
    case "experiment":
      return (
        <Link to="/experiments/$id" params={{ id: name }} {...props}>
          {text}
        </Link>
      );
    case "build":
      return (
        <Link to="/builds/$number" params={{ number: name }} {...props}>
          {text}
        </Link>
      );
    case "release":
      return (
        <Link to="/releases/$number" params={{ number: name }} {...props}>
          {text}
        </Link>
      );
    case "endpoint":
    case "deployment":
      return (
        <Link to="/endpoints/$name" params={{ name }} {...props}>
          {text}
        </Link>
      );
    case "monitor":
      return (
        <Link to="/monitors/$name" params={{ name }} search={{ run: third }} {...props}>
          {text}
        </Link>
      );
    case "datastore":
      return (
        <Link to="/datastores/$name" params={{ name }} {...props}>
          {text}
        </Link>
      );
    case "compute":
      return (
        <Link to="/computes/$name" params={{ name }} {...props}>
          {text}
        </Link>
      );
    case "environment":
      return (
        <Link to="/environments/$name" params={{ name }} {...props}>
          {text}
        </Link>
      );
    default:
      return text;
  }
}

/** What started something: a person, or a subject. */
export const Trigger = ({ value }: { value: string }) =>
  value.includes("/") ? <Subject path={value}>{value.split("/").join(" ")}</Subject> : <span>{value}</span>;

/** A model version by name and number, as people say it. */
export const ModelLink = ({ name, version }: { name: string; version: string }) => (
  <Subject path={`model/${name}/${version}`}>
    {name} {version}
  </Subject>
);
