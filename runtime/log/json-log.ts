import type { EventListener } from '../events.ts';
import { linesOf } from './lines.ts';

/** One JSON object a line: pino's fields, the event, and the words that a person would have read. */
export async function jsonLog(stream: NodeJS.WritableStream, debug: boolean): Promise<EventListener> {
  const { pino } = await import('pino');
  const logger = pino(
    {
      base: null,
      level: debug ? 'debug' : 'info',
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: codeAndMessage },
    },
    stream,
  );
  return (event) => {
    const { level, lines } = linesOf(event);
    logger[level](event, lines.join(' '));
  };
}

/** A stack tells a person nothing, and an event's `error` may hold anything that a handler threw. */
function codeAndMessage(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  return { code: 'code' in error ? error.code : error.name, message: error.message };
}
