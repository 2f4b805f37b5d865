import type { EventListener } from '../events.ts';

/** For functions that programs call without a listener: a warning goes where Node's own go, anything else nowhere. */
export const emitWarning: EventListener = (event) => {
  if (event.type === 'warning') process.emitWarning(event.message, 'OciStreamingHaWarning');
};
