import { useEffect, useState } from "react";
import { type Layout, layout, type Placeable, type Shape } from "./layout.ts";

/** Where the boxes go, computed again only when the shape of the graph changes. */
export function useLayout(boxes: Placeable[], shape: Shape): Layout | null {
  const described = JSON.stringify(boxes);
  const [found, setFound] = useState<Layout | null>(null);
  useEffect(() => {
    let current = true;
    void layout(JSON.parse(described), shape).then((result) => {
      if (current) setFound(result);
    });
    return () => {
      current = false;
    };
  }, [described, shape]);
  return found;
}
