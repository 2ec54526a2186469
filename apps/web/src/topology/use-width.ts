import { useLayoutEffect, useRef, useState } from "react";
import type { RefObject } from "react";

/** The width of an element, as it is and as it becomes. Null before it was measured. */
export function useWidth(): readonly [RefObject<HTMLDivElement | null>, number | null] {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState<number | null>(null);
  useLayoutEffect(() => {
    const measured = element.current;
    if (measured === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(measured);
    setWidth(Math.floor(measured.getBoundingClientRect().width));
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
