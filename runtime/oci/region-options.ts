import type { Clock } from '../clock.ts';
import type { EventListener } from '../events.ts';
import type { Settings } from '../settings/index.ts';
import type { Auth } from './auth/index.ts';

export interface RegionOptions {
  /** For example `sa-saopaulo-1`. */
  readonly name: string;
  readonly auth: Auth;
  readonly settings: Pick<Settings, 'endpoints' | 'requestTimeoutMs'>;
  readonly clock: Clock;
  /** Hears `clock-corrected`. */
  readonly emit: EventListener;
}
