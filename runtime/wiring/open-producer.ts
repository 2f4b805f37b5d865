import { Manager, Producer, type StreamManager, type StreamProducer } from '../producer/index.ts';
import type { Given, Options } from '../settings/index.ts';
import { connect, type OpenContext } from './connect.ts';
import { openRouter } from './open-router.ts';

/**
 * A producer that keeps going when a region fails: `send` gives a receipt from the region that stored the message.
 * Settings that are not given come from the environment, then from the defaults. Resolves when it is known where messages
 * go; in an outage of the primary that is when the failover has begun.
 *
 * @throws HaError `CONFIG`, `RECORD`, `AUTH`, `NOT_AUTHORIZED_OR_NOT_FOUND`: nothing was sent.
 */
export async function openProducer(
  options: Options | Given = {},
  context: OpenContext = {},
): Promise<StreamProducer> {
  const parts = await openParts(options, context);
  return new Producer({ ...parts, onClosed: () => parts.router.close() });
}

/**
 * A manager between the two regions, as the Java program has it.
 *
 * @throws HaError as `openProducer`.
 */
export async function openManager(
  options: Options | Given = {},
  context: OpenContext = {},
): Promise<StreamManager> {
  const parts = await openParts(options, context);
  return new Manager({ ...parts, onClosed: () => parts.router.close() });
}

async function openParts(
  options: Options | Given,
  context: OpenContext,
): Promise<Omit<ManagerParts, 'onClosed'>> {
  const connection = await connect(options, context);
  const { settings, clock, emit, primary, secondary } = connection;
  try {
    return { router: await openRouter(connection), settings, clock, emit };
  } catch (error) {
    await Promise.all([primary.close(), secondary.close()]);
    throw error;
  }
}

type ManagerParts = ConstructorParameters<typeof Manager>[0];
