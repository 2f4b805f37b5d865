import type { StreamProducer } from '../producer/index.ts';
import type { Given, Options } from '../settings/index.ts';
import type { OpenContext } from './connect.ts';
import { openManager } from './open-manager.ts';

/**
 * A producer that keeps going when a region fails: `send` gives a receipt from the region that stored the message.
 * Settings that are not given come from the environment, then from the defaults (settings/table.ts).
 *
 * @throws HaError as `openManager`.
 */
export async function openProducer(
  options: Options | Given = {},
  context: OpenContext = {},
): Promise<StreamProducer> {
  const manager = await openManager(options, context);
  return manager.createProducer(() => manager.close());
}
