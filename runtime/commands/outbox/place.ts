import type { Given } from '../../settings/index.ts';

/** `--outbox DIR` is short for `--outbox outage --outbox-directory DIR`; a word without a slash is a mode. */
export function withOutboxPlace(given: Given): Given {
  const { outbox } = given;
  const isPath = typeof outbox === 'string' && (/[/\\]/.test(outbox) || outbox.startsWith('.'));
  return isPath ? { ...given, outbox: 'outage', outboxDirectory: outbox } : given;
}
