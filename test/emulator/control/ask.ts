import type { Emulator } from '../../../emulator/index.ts';

/** A call to the control listener. */
export async function ask(emulator: Emulator, method: string, path: string, body?: unknown, headers = {}) {
  const response = await fetch(`${emulator.control}${path}`, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type'), text };
}
