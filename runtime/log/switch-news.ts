import type { Clock } from '../clock.ts';
import type { HaEvent } from '../events.ts';
import type { Settings } from '../settings/index.ts';
import { isoWithOffset, type Note } from './log.ts';

/** How often it is told that the secondary is active. */
const EVERY_MS = 60_000;

interface Parts {
  readonly clock: Clock;
  readonly settings: Pick<Settings, 'failback' | 'failbackAfterMs' | 'failbackMinIntervalMs'>;
  readonly primaryRegion: string;
  readonly note: (note: Note) => void;
}

/** While the secondary is active, tells now and then: where messages go, why, what the primary says, and when failback is possible. */
export class SwitchNews {
  readonly #parts: Parts;
  #away: { readonly region: string; readonly since: number; readonly because: string } | undefined;
  #primarySays = 'not asked yet';
  #wellSince: number | undefined;
  #lastFailbackAt: number | undefined;
  #cancel = (): void => {};

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The secondary is active from the start. */
  startAway(region: string, since: number, because: string): void {
    this.#cancel();
    this.#away = { region, since, because };
    this.#wellSince = undefined;
    this.#cancel = this.#parts.clock.after(EVERY_MS, () => this.#tell());
  }

  event(event: HaEvent): void {
    const now = this.#parts.clock.wall();
    if (event.type === 'failover-done') {
      if (event.role === 'primary') this.close();
      else {
        const why =
          typeof event.because === 'string' ? event.because : `latest failure: ${event.because.latest}`;
        this.startAway(event.to.region, now, `${event.from} was judged down (${why})`);
      }
    }
    if (event.type === 'failback-done') {
      this.#lastFailbackAt = now;
      this.close();
    }
    if (event.type === 'probe') {
      this.#primarySays = event.answered ? 'answers' : event.detail;
      this.#wellSince = event.answered ? (this.#wellSince ?? now) : undefined;
    }
    if (event.type === 'trial-failed') {
      this.#primarySays = `failed a trial: ${event.failure}`;
      this.#wellSince = now;
    }
  }

  close(): void {
    this.#cancel();
    this.#away = undefined;
  }

  #tell(): void {
    const { note, clock, primaryRegion } = this.#parts;
    if (this.#away === undefined) return;
    const { region, since, because } = this.#away;
    const failback = this.#failback();
    note({
      type: 'active-since',
      level: 'info',
      region,
      lines: [
        `Writing to ${region} since ${isoWithOffset(since)}: ${because}. ${primaryRegion}: ${this.#primarySays}. Failback: ${failback}.`,
      ],
      fields: {
        activeSince: new Date(since).toISOString(),
        because,
        primarySays: this.#primarySays,
        failback,
      },
    });
    this.#cancel = clock.after(EVERY_MS, () => this.#tell());
  }

  #failback(): string {
    const { settings } = this.#parts;
    if (!settings.failback) return 'off (--failback no)';
    const earliest = Math.max(
      this.#wellSince === undefined ? 0 : this.#wellSince + settings.failbackAfterMs,
      this.#lastFailbackAt === undefined ? 0 : this.#lastFailbackAt + settings.failbackMinIntervalMs,
    );
    if (this.#wellSince === undefined) {
      const seconds = settings.failbackAfterMs / 1_000;
      const notBefore = earliest === 0 ? '' : `, not before ${isoWithOffset(earliest)}`;
      return `when the primary has answered for ${seconds} s${notBefore}`;
    }
    return `possible from ${isoWithOffset(earliest)} on, with the next batch`;
  }
}
