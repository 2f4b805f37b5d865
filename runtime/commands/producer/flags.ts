import type { Section } from '../setting-flags.ts';

/** The sections of settings that this command takes. */
export const SECTIONS: readonly Section[] = ['where', 'who', 'retrying', 'switching', 'producing'];

export interface ProducerFlags {
  readonly count?: number;
  readonly rate?: number;
  readonly size?: number;
  readonly keys: number;
  readonly keyDelimiter?: string;
  readonly output: 'none' | 'json';
  readonly log?: string;
  readonly debug?: boolean;
}
