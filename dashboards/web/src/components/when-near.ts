/** How far below or above the screen an element counts as near it. */
const margin = '400px 0px';

/** Calls back once, when an element comes near the screen. @returns the way to stop waiting. */
export function whenNear(element: Element, seen: () => void): () => void {
  const watched = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      watched.disconnect();
      seen();
    },
    { rootMargin: margin },
  );
  watched.observe(element);
  return () => watched.disconnect();
}
