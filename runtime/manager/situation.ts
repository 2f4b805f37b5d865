import type { Evidence } from '../core/index.ts';
import type { Site } from './site.ts';

/** Where messages go now. Times are monotonic milliseconds. */
export type Situation =
  | { readonly at: 'region'; readonly site: Site; readonly since: number; readonly storedSince: boolean }
  /** No region takes messages: `from` was left and nothing has taken over yet. */
  | {
      readonly at: 'between';
      readonly from: Site;
      readonly since: number;
      readonly because: Evidence | undefined;
    };
