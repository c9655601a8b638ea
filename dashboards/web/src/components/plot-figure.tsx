import { useEffect, useRef } from 'react';
import { whenNear } from './when-near.ts';

type Plot = typeof import('@observablehq/plot');
let loading: Promise<Plot> | undefined;

/** A picture of Observable Plot; the library comes when the first one is near the screen. */
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
    const build = async () => {
      loading ??= import('@observablehq/plot');
      const plot = await loading;
      if (gone || element.clientWidth === width) return;
      width = element.clientWidth;
      const picture = draw(plot, width);
      // The container tells what it is; Plot's own labels of groups without a role would only disturb.
      for (const part of picture.querySelectorAll('[aria-label]'))
        part.removeAttribute('aria-label');
      element.replaceChildren(picture);
    };
    const sized = new ResizeObserver(() => void build());
    const unseen = whenNear(element, () => sized.observe(element));
    return () => {
      gone = true;
      unseen();
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
