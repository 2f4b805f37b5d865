import type { EmulatorOptions } from '../options.ts';
import { number } from './duration.ts';

/** `strict`, `relaxed`, or `putBytesPerSecond=1000000,getsPerSecond=5`. */
export function limitsFlag(text: string): NonNullable<EmulatorOptions['limits']> {
  if (text === 'strict' || text === 'relaxed') return text;
  const pairs = text.split(',').map((pair) => {
    const [name = '', value = ''] = pair.split('=');
    return [name, number(value)];
  });
  return Object.fromEntries(pairs) as NonNullable<EmulatorOptions['limits']>;
}

/** `writer=use stream-push, read streams`; may be given more than once. */
export function userFlag(text: string, others: Record<string, string[]>): Record<string, string[]> {
  const mark = text.indexOf('=');
  const [name, grants] = mark === -1 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)];
  return { ...others, [name]: grants.split(',').map((grant) => grant.trim()) };
}
