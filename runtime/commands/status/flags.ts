import type { Section } from '../setting-flags.ts';

/** The sections of settings that this command takes. */
export const SECTIONS: readonly Section[] = ['where', 'who'];

export interface StatusFlags {
  readonly output: 'text' | 'json';
  readonly log?: string;
  readonly debug?: boolean;
}
