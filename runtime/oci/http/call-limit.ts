const STEP_BYTES = 256 * 1024;
const STEP_MS = 1_000;

/** How long a call may take, in ms, the connection counted: a second more for each 256 KiB of body (A8). */
export function callLimitMs(requestTimeoutMs: number, bodyBytes: number): number {
  return requestTimeoutMs + STEP_MS * Math.floor(bodyBytes / STEP_BYTES);
}
