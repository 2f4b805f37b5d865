import * as v from 'valibot';
import type { MovableClock } from '../clock.ts';
import { ControlError } from './control-reply.ts';
import { timeOf } from '../operations/schemas.ts';

const Move = v.union([
  v.strictObject({ advanceMs: v.pipe(v.number(), v.finite()) }),
  v.strictObject({
    now: v.pipe(
      v.string(),
      v.transform((text) => timeOf(text)),
      v.number(),
    ),
  }),
]);

/** `{"advanceMs": 300000}` moves the regions' clock forward, `{"now": "2026-11-24T00:00:00.000Z"}` sets it. */
export function moveClock(clock: MovableClock, body: unknown) {
  const move = v.safeParse(Move, body);
  if (!move.success)
    throw new ControlError(400, 'The body must be {"advanceMs": number} or {"now": RFC 3339 time}');
  try {
    clock.advance('now' in move.output ? move.output.now - clock.now() : move.output.advanceMs);
  } catch (error) {
    if (error instanceof RangeError) throw new ControlError(400, error.message);
    throw error;
  }
  return clockView(clock);
}

export function clockView(clock: MovableClock) {
  return { now: new Date(clock.now()).toISOString(), aheadMs: clock.ahead() };
}
