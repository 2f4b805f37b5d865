import type { Position } from './entries.ts';

/** Messages are told apart by key and value together: a message under another key is another message. */
export function nameOf({ key, value }: { readonly key: string | null; readonly value: string }): string {
  return JSON.stringify([key, value]);
}

export function positionOf({ region, partition, offset }: Position): string {
  return `${region}/${partition}/${offset}`;
}
