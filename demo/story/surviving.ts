import { PRIMARY, SECONDARY } from '../places.ts';
import { Disproved, type Scene } from './step.ts';

export async function makeSecondary({ journal, control }: Scene, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('secondary-created') !== undefined, signal);
  const made = journal.last('secondary-created')?.stream;
  const { streams } = await control.region(SECONDARY.region);
  const [stream, ...others] = streams;
  if (stream === undefined || others.length > 0 || stream.id !== made?.ocid) {
    throw new Disproved(`${SECONDARY.city} holds ${streams.length} streams, not the one that was announced`);
  }
  return `There was none: ${stream.name} is made in ${SECONDARY.city}, ${stream.partitions.length} partitions as in ${PRIMARY.city}.`;
}

export async function failOver({ journal }: Scene, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('failover-done') !== undefined, signal);
  await journal.until(() => journal.last('first-stored', 'secondary') !== undefined, signal);
  await journal.until(() => journal.storedIn(SECONDARY.region) > 0, signal);
  return `Payments are stored in ${SECONDARY.city}; those that had to wait went first.`;
}

export async function writeDown(scene: Scene, signal: AbortSignal): Promise<string> {
  const { journal } = scene;
  await journal.until(() => journal.last('record-written') !== undefined, signal);
  const made = journal.last('secondary-created')?.stream;
  const record = await scene.recordLines();
  const environment = await scene.environmentLines();
  for (const [where, lines] of Object.entries({ 'stream.properties': record, env: environment })) {
    const text = lines.join('\n');
    if (made !== undefined && text.includes(made.ocid) && text.includes(made.endpoint)) continue;
    throw new Disproved(`${where} does not name the secondary: ${text}`);
  }
  scene.quote('stream.properties', record);
  scene.quote('npm run --silent env', environment);
  return `Other programs find ${SECONDARY.city} in the file, or by eval "$(npm run --silent env)".`;
}

export async function follow({ journal }: Scene, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('now-consuming', 'secondary') !== undefined, signal);
  await journal.until(() => journal.readFrom(SECONDARY.region) > 0, signal);
  return `The consumer reads in ${SECONDARY.city}, and goes on asking ${PRIMARY.city}.`;
}
