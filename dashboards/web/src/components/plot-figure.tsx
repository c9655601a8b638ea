import { useEffect, useRef, useState } from 'react';
import { loadPart } from './load-part.ts';
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
  const [problem, setProblem] = useState<unknown>();
  const container = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = container.current!;
    let width = 0;
    let gone = false;
    const build = async () => {
      loading ??= loadPart(() => import('@observablehq/plot'));
      const plot = await loading;
      if (gone || element.clientWidth === width) return;
      width = element.clientWidth;
      const picture = draw(plot, width);
      // The container tells what it is; Plot's own labels of groups without a role would only disturb.
      for (const part of picture.querySelectorAll('[aria-label]'))
        part.removeAttribute('aria-label');
      element.replaceChildren(picture);
    };
    const sized = new ResizeObserver(() => void build().catch(setProblem));
    const unseen = whenNear(element, () => sized.observe(element));
    return () => {
      gone = true;
      unseen();
      sized.disconnect();
    };
  }, [draw]);
  // For the boundary around: a picture that cannot come must not look like an empty one.
  if (problem !== undefined) throw problem;
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
