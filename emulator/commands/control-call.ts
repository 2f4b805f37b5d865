import { UsageError } from '../options.ts';

export const DEFAULT_CONTROL_PORT = 7100;

/** Asks the control listener that the flag, the environment, or the default port names. */
export async function controlCall(
  flag: string | undefined,
  method: string,
  path: string,
  body: unknown,
): Promise<unknown> {
  const given = flag ?? process.env['OCI_STREAMING_EMULATOR_CONTROL'];
  const origin = (given ?? `http://127.0.0.1:${DEFAULT_CONTROL_PORT}`).replace(/\/+$/, '');
  const sent = body === undefined ? null : JSON.stringify(body);
  const response = await fetch(`${origin}${path}`, { method, body: sent }).catch(() => {
    throw new UsageError(`no emulator answers at ${origin}; start one, or name it with --control`);
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const { message } = answer as { message?: string };
  throw new UsageError(message ?? `the emulator answered ${response.status}`);
}
