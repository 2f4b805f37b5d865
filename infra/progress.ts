import { log, type Resource } from '@pulumi/pulumi';

/** Milliseconds until something is said of a wait, doubled after each time: 5, 10, 20, 40, 80 s. */
const firstWordAfterMs = 5_000;

/**
 * Says what an update waits for, while it waits. The provider tries a region that answers 5xx again for minutes, and by
 * itself says nothing of it.
 *
 * @param what the end of `Still waiting for …`
 */
export async function withProgress<T>(what: string, wait: Promise<T>, about?: Resource): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const sayAfter = (ms: number, elapsedMs: number): void => {
    timer = setTimeout(() => {
      const soFar = elapsedMs + ms;
      void log.info(`Still waiting for ${what} (${soFar / 1_000} s so far).`, about);
      sayAfter(soFar, soFar);
    }, ms).unref();
  };
  sayAfter(firstWordAfterMs, 0);
  try {
    return await wait;
  } finally {
    clearTimeout(timer);
  }
}
