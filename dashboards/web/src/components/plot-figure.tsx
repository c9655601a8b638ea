import { useEffect, useRef } from 'react';

type Plot = typeof import('@observablehq/plot');
let loading: Promise<Plot> | undefined;

/** A picture of Observable Plot; the library comes when the first one is shown. */
export function PlotFigure({
  label,
  draw,
  height = 240,
}: {
  label: string;
  draw: (plot: Plot, width: number) => Element;
  height?: number;
}) {
  const container = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = container.current!;
    let width = 0;
    let gone = false;
    loading ??= import('@observablehq/plot');
    const build = async () => {
      const plot = await loading!;
      if (gone || element.clientWidth === width) return;
      width = element.clientWidth;
      const picture = draw(plot, width);
      // The container tells what it is; Plot's own labels of groups without a role would only disturb.
      for (const part of picture.querySelectorAll('[aria-label]'))
        part.removeAttribute('aria-label');
      element.replaceChildren(picture);
    };
    void build();
    const sized = new ResizeObserver(() => void build());
    sized.observe(element);
    return () => {
      gone = true;
      sized.disconnect();
    };
  }, [draw]);
  return (
    <div
      ref={container}
      className="plot"
      role="img"
      aria-label={label}
      style={{ minHeight: height }}
    />
  );
}
