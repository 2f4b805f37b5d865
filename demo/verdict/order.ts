import { nameOf, type Received, type Sent } from '../journal/index.ts';

/**
 * How many messages come after a later one of their key, within one region. Across the switch there is no order to keep,
 * and a copy of what came already overtakes nobody.
 */
export function outOfOrder(messages: readonly Received[], sent: readonly Sent[]): number {
  const turns = new Map(sent.map((message, turn) => [nameOf(message), turn]));
  const latest = new Map<string, number>();
  const seen = new Set<string>();
  let overtaken = 0;
  for (const message of messages) {
    const { region, key } = message;
    const turn = turns.get(nameOf(message));
    const copy = `${region} ${turn}`;
    if (turn === undefined || seen.has(copy)) continue;
    seen.add(copy);
    const lane = `${region} ${key}`;
    const before = latest.get(lane) ?? -1;
    if (turn < before) overtaken++;
    else latest.set(lane, turn);
  }
  return overtaken;
}
