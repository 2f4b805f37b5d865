import common from 'oci-common';
import { StreamAdminClient, StreamClient } from 'oci-streaming';

/** The emulator, as the test describes it, and clients for it. */
export interface World {
  readonly given: Readonly<Record<string, string>>;
  readonly admin: StreamAdminClient;
  readonly data: StreamClient;
  readonly adminOf: (profile: string) => StreamAdminClient;
  readonly dataOf: (profile: string) => StreamClient;
  /** Moves the emulator's clock. */
  readonly advance: (seconds: number) => Promise<void>;
  readonly fault: (rule: object) => Promise<void>;
}

export function worldOf(given: Readonly<Record<string, string>>): World {
  // One attempt a call: what is refused is to be seen, not tried again.
  const settings = { retryConfiguration: common.NoRetryConfigurationDetails };
  const signer = (profile: string) => ({
    authenticationDetailsProvider: new common.ConfigFileAuthenticationDetailsProvider(
      given['configFile'],
      profile,
    ),
  });
  const pointed = <C extends { endpoint: string }>(client: C): C => {
    client.endpoint = given['endpoint']!;
    return client;
  };
  const adminOf = (profile: string) => pointed(new StreamAdminClient(signer(profile), settings));
  const dataOf = (profile: string) => pointed(new StreamClient(signer(profile), settings));
  const control = async (method: string, path: string, body: object): Promise<void> => {
    const reply = await fetch(given['control'] + path, { method, body: JSON.stringify(body) });
    if (!reply.ok) throw new Error(`${method} ${path}: ${await reply.text()}`);
  };
  return {
    given,
    admin: adminOf('DEFAULT'),
    data: dataOf('DEFAULT'),
    adminOf,
    dataOf,
    advance: (seconds) => control('PUT', '/clock', { advanceMs: seconds * 1000 }),
    fault: (rule) => control('POST', `/faults/${given['region']!}`, rule),
  };
}

/** Every operation that the clients have: without what only repeats them. */
export function has(): void {
  const names = [StreamClient, StreamAdminClient].flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype).filter(
      (name) => OPERATION.test(name) && !/^listAll|(Iterator|Waiters)$/.test(name),
    ),
  );
  tell({ has: names.map(pascal) });
}

const OPERATION = /^(put|get|create|update|delete|list|change|consumer)[A-Z]/;

/** Tells what came back, and returns it; a refusal is told, and `undefined` in its place. */
export async function see<R extends object>(step: string, call: Promise<R>): Promise<R> {
  try {
    const response = await call;
    tell({ step, ...parts(response) });
    return response;
  } catch (error) {
    if (!(error instanceof common.OciError)) throw error;
    const { statusCode: status, serviceCode: code, message, opcRequestId: requestId } = error;
    tell({ step, error: { type: 'OciError', status, code, message, requestId } });
    return undefined as never;
  }
}

/** A response has its headers as fields, and one more for its body. */
function parts(response: object) {
  const headers: Record<string, string> = {};
  let body: unknown;
  for (const [name, value] of Object.entries(response) as [string, unknown][]) {
    if (!/^(etag|opc[A-Z]\w*)$/.test(name)) body = value;
    else if (typeof value === 'string')
      headers[name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)] = value;
  }
  return { headers, body };
}

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function pascal(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
