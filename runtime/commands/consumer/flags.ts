import type { Section } from '../setting-flags.ts';

/** The sections of settings that this command takes. */
export const SECTIONS: readonly Section[] = ['where', 'who', 'retrying', 'consuming'];

export interface ConsumerFlags {
  readonly count?: number;
  /** Milliseconds; true: the default. */
  readonly untilIdle?: number | true;
  readonly output: 'text' | 'json';
  readonly format?: string;
  readonly log?: string;
  readonly debug?: boolean;
}
