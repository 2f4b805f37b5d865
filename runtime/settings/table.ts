import { consuming, producing, retrying, switching, where, who } from './sections/index.ts';

/** The settings by what they are about, in the order of `--help`. A command takes some of these. */
export const sections = Object.freeze({ where, who, retrying, switching, producing, consuming });

/**
 * Every setting: flags over environment over these defaults. `--help` prints this table, and the
 * options of `openProducer` and `openConsumer` have these names.
 */
export const table = Object.freeze({
  ...where,
  ...who,
  ...retrying,
  ...switching,
  ...producing,
  ...consuming,
});
