import { IconChevronRight, IconSitemap } from "@tabler/icons-react";
import { Fragment, type ReactNode, useEffect } from "react";
import { ButtonLink } from "./button-link.tsx";

interface PageProps {
  /** Links to what is above this page. */
  crumbs?: ReactNode[];
  title: ReactNode;
  /** Title of the browser tab; taken from `title` when that is text. */
  tab?: string;
  /** Beside the title: state and the like. */
  meta?: ReactNode;
  actions?: ReactNode;
  /** What the page is about, when it has a lineage: `data/churn/2`. */
  subject?: string;
  /** One line on what this page shows. */
  lead?: ReactNode;
  children: ReactNode;
  /** The page fills the window and scrolls inside. */
  fill?: boolean;
}

export function Page({ crumbs, title, tab, meta, actions, subject, lead, children, fill }: PageProps) {
  const name = tab ?? (typeof title === "string" ? title : "");
  useEffect(() => {
    document.title = name ? `${name} · Trainyard` : "Trainyard";
  }, [name]);
  return (
    <div className={fill ? "ty-page ty-page-fill" : "ty-page"}>
      <header className="ty-page-head">
        <div className="ty-page-name">
          {crumbs && (
            <nav aria-label="Breadcrumbs" className="ty-crumbs">
              {crumbs.map((crumb, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: crumbs never move
                <Fragment key={index}>
                  {crumb}
                  <IconChevronRight size={12} aria-hidden />
                </Fragment>
              ))}
            </nav>
          )}
          <div className="ty-title">
            <h1>{title}</h1>
            {meta}
          </div>
          {lead && <p className="ty-lead">{lead}</p>}
        </div>
        {(actions || subject) && (
          <div className="ty-actions">
            {subject && (
              <ButtonLink
                to="/lineage"
                search={{ of: subject }}
                variant="default"
                leftSection={<IconSitemap size={14} aria-hidden />}
              >
                Lineage
              </ButtonLink>
            )}
            {actions}
          </div>
        )}
      </header>
      {children}
    </div>
  );
}

interface SectionProps {
  title: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  /** No padding: the content (a table) reaches the edges. */
  flush?: boolean;
  className?: string;
}

export function Section({ title, aside, children, flush, className }: SectionProps) {
  return (
    <section className={`ty-section ${className ?? ""}`}>
      <div className="ty-section-head">
        <h2>{title}</h2>
        {aside && <div className="ty-section-aside">{aside}</div>}
      </div>
      <div className={flush ? undefined : "ty-section-body"}>{children}</div>
    </section>
  );
}

/** Names and values. Entries without a value are left out. */
export function Facts({ items, columns }: { items: [string, ReactNode][]; columns?: boolean }) {
  const shown = items.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== "");
  return (
    <dl className={columns ? "ty-facts ty-facts-row" : "ty-facts"}>
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** One figure with its name. */
export function Figure({ label, value, note }: { label: string; value: ReactNode; note?: ReactNode }) {
  return (
    <div className="ty-figure">
      <div className="ty-figure-label">{label}</div>
      <div className="ty-figure-value">{value}</div>
      {note && <div className="ty-figure-note">{note}</div>}
    </div>
  );
}
