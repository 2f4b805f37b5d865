import { UsageError } from '../options.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `250ms`, `30s`, `5m`, `24h`, `7d` as milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (match === null) throw new UsageError(`${text} is not a duration such as 250ms, 30s, 5m, 24h or 7d`);
  return Number(match[1]) * UNITS[match[2]!]!;
}

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`${text} is not a number`);
  return value;
}

export const DEFAULT_CONTROL_PORT = 7100;

/** Calls the control listener that the flag, the environment, or the default port names. */
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
