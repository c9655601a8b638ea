const firstPauseMs = 1000;
const longestPauseMs = 15_000;

/** The server answers, and does not have this part: it was updated since the page was opened. */
export class PartMissing extends Error {}

/**
 * Loads a part of the app that comes later than the page. While the server is away it is asked again.
 * @throws PartMissing when the server is there and the part is not; only a reload of the page helps.
 */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    const part = await load().catch(() => undefined);
    if (part !== undefined) return part;
    if (await serverAnswers()) {
      // It may have come back just now.
      return await load().catch((cause) => {
        throw new PartMissing('Tonearm has changed since this page was opened.', { cause });
      });
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

const serverAnswers = async (): Promise<boolean> =>
  await fetch('/', { method: 'HEAD', cache: 'no-store' }).then(
    () => true,
    () => false,
  );
