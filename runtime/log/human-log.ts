import { styleText } from 'node:util';

import type { Clock } from '../clock.ts';
import type { EventListener } from '../events.ts';
import { linesOf, type Level } from './lines.ts';

const STYLES: Record<Level, 'dim' | 'none' | 'yellow' | 'red'> = {
  debug: 'dim',
  info: 'none',
  warn: 'yellow',
  error: 'red',
};
/** Eight lanes that fail together say the same thing at once: a person wants to read it once. */
const SAME_LINE_MS = 1_000;

interface HumanLogOptions {
  readonly stream: NodeJS.WriteStream;
  readonly clock: Clock;
  readonly debug: boolean;
  /** Runs before each write: a progress line has to make room. */
  readonly before?: () => void;
}

/** Lines for people, as they always were: no time stamp, no prefix. Colours follow NO_COLOR and the terminal. */
export function humanLog({ stream, clock, debug, before }: HumanLogOptions): EventListener {
  let said = new Map<string, number>();
  return (event) => {
    const { level, lines } = linesOf(event);
    if (level === 'debug' && !debug) return;
    const text = lines.join('\n');
    const now = clock.now();
    const saidAt = said.get(text);
    if (saidAt !== undefined && now - saidAt < SAME_LINE_MS) return;
    if (said.size > 100) said = new Map();
    said.set(text, now);
    before?.();
    stream.write(`${styleText(STYLES[level], text, { stream })}\n`);
  };
}
