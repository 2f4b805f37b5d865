import { KEYS } from './keys.ts';
import type { Found, NamedSecondary } from './named-secondary.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The secondary that the environment names, not judged yet. A variable that is set to nothing is not set. */
export function namedInEnvironment(environment: Environment): NamedSecondary {
  const valueOf = (name: string): Found | undefined => {
    const value = environment[name]?.trim() ?? '';
    return value === '' ? undefined : { value, where: 'environment' };
  };
  return { ocid: valueOf(KEYS.ocid), endpoint: valueOf(KEYS.endpoint) };
}
