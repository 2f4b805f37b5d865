import common from 'oci-common';
import { StreamAdminClient, StreamClient, type models } from 'oci-streaming';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts';

/** An emulator and Oracle's own clients for one of its regions, through its own config file. */
export interface Bench {
  readonly emulator: Emulator;
  readonly admin: StreamAdminClient;
  readonly data: StreamClient;
  readonly region: string;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openBench(options: EmulatorOptions = {}): Promise<Bench> {
  const emulator = await startEmulator(options);
  const region = Object.keys(emulator.regions)[0]!;
  const authenticationDetailsProvider = new common.ConfigFileAuthenticationDetailsProvider(
    emulator.configFile,
  );
  const settings = { retryConfiguration: common.NoRetryConfigurationDetails };
  const admin = new StreamAdminClient({ authenticationDetailsProvider }, settings);
  admin.endpoint = emulator.regions[region]!;
  const data = new StreamClient({ authenticationDetailsProvider }, settings);
  data.endpoint = emulator.regions[region]!;
  return {
    emulator,
    admin,
    data,
    region,
    async [Symbol.asyncDispose]() {
      admin.close();
      data.close();
      await emulator.close();
    },
  };
}

/** A stream that is ACTIVE. */
export async function activeStream(
  { admin, emulator }: Bench,
  details: Partial<models.CreateStreamDetails> = {},
): Promise<models.Stream> {
  const createStreamDetails = {
    name: 'orders',
    partitions: 3,
    compartmentId: emulator.compartmentId,
    ...details,
  };
  const { stream } = await admin.createStream({ createStreamDetails });
  return (await admin.getStream({ streamId: stream.id })).stream;
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

export function text(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString();
}
