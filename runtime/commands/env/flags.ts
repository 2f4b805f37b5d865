import type { Shell } from '../../record/index.ts';
import type { Section } from '../setting-flags.ts';

/** The sections of settings that this command takes. */
export const SECTIONS: readonly Section[] = ['where'];

export interface EnvFlags {
  readonly shell: Shell;
}
