import type { Clock } from '../clock.ts';
import type { EventListener } from '../events.ts';
import { humanLog, jsonLog } from '../log/index.ts';

/** The log of a command, as its `--log` and `--debug` say. */
export async function commandLog(
  parsed: { readonly log?: string; readonly debug?: boolean },
  clock: Clock,
  before?: () => void,
): Promise<EventListener> {
  const debug = parsed.debug === true;
  if (parsed.log === 'json') return jsonLog(process.stderr, debug);
  return humanLog({ stream: process.stderr, clock, debug, ...(before === undefined ? {} : { before }) });
}
