import { log, type Resource } from '@pulumi/pulumi';

/** Milliseconds until the first message about a wait, doubled after each one: 5, 10, 20, 40, 80 s. */
const firstWordAfterMs = 5_000;

/**
 * Reports what an update waits for. The provider silently retries a region that answers 5xx for minutes.
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
