import { type ReactNode, useEffect, useRef, useState } from "react";

interface ScrollProps {
  /** What is in it, in words. */
  label: string;
  className: string;
  children: ReactNode;
}

/** A box that may scroll. While something of it is out of sight, it can be reached and scrolled by keyboard. */
export function Scroll({ label, className, children }: ScrollProps) {
  const box = useRef<HTMLDivElement>(null);
  const [overflows, setOverflows] = useState(false);
  useEffect(() => {
    const element = box.current!;
    const look = () =>
      setOverflows(element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight);
    const observer = new ResizeObserver(look);
    for (const one of [element, ...element.children]) observer.observe(one);
    return () => observer.disconnect();
  }, []);
  const reachable = overflows ? { tabIndex: 0, role: "region", "aria-label": label } : {};
  return (
    <div ref={box} className={className} {...reachable}>
      {children}
    </div>
  );
}
