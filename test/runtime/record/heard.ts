import type { EventListener, HaEvent } from '../../../runtime/events.ts';

/** A listener that remembers, and that a test can wait on. */
export function listening() {
  const events: HaEvent[] = [];
  const waiting = new Set<() => void>();
  const emit: EventListener = (event) => {
    events.push(event);
    for (const look of waiting) look();
  };
  return {
    events,
    emit,
    of: <T extends HaEvent['type']>(type: T) =>
      events.filter((event): event is Extract<HaEvent, { type: T }> => event.type === type),
    /** Resolves as soon as so many events of the type were heard, from the beginning. */
    async heard(type: HaEvent['type'], times = 1): Promise<void> {
      const enough = (): boolean => events.filter((event) => event.type === type).length >= times;
      if (enough()) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => {
        if (enough()) resolve();
      };
      waiting.add(look);
      await promise;
      waiting.delete(look);
    },
  };
}
