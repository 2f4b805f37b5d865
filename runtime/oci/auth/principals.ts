import {
  InstancePrincipalsAuthenticationDetailsProviderBuilder,
  ResourcePrincipalAuthenticationDetailsProvider,
  type AuthenticationDetailsProvider,
} from 'oci-common';

import { systemClock, type Clock } from '../../clock.ts';
import { HaError } from '../../errors.ts';
import type { Environment } from '../../settings/index.ts';
import { printable, wordsOf } from '../foreign-text.ts';
import type { Auth } from './auth.ts';
import { NativeSigner } from './native-signer.ts';
import { quietly } from './quiet-console.ts';

/** The SDK's calls have no time limit: a renewal that has not ended after so long, in ms, is not waited for by later calls. */
const SHARED_MS = 10_000;

/** What both kinds of principal of oci-common have. */
export type Principal = AuthenticationDetailsProvider & {
  getRegion(): { regionId: string } | undefined;
  refresh(): Promise<string>;
};

/**
 * Signs as the compute instance that this runs on. Its calls to the metadata service and to the auth service are the SDK's
 * own, over Node's `fetch`: they use no proxy, and the machine's name resolution.
 * @throws HaError `CONFIG`
 */
export function instancePrincipal(environment: Environment, quietConsole: boolean): Promise<Auth> {
  // The variable that Oracle's Go and Python SDKs know.
  const metadata = environment['OCI_METADATA_BASE_URL']?.trim() ?? '';
  const remedy =
    'it can be used on a compute instance of OCI only: elsewhere sign with a key (`auth` api_key); where the metadata service has another address, name it in OCI_METADATA_BASE_URL';
  return principal('the instance principal of this machine', remedy, quietConsole, async () => {
    const builder = new InstancePrincipalsAuthenticationDetailsProviderBuilder();
    if (metadata !== '') builder.metadataBaseUrl = metadata;
    return builder.build();
  });
}

/**
 * Signs as the function, job or pod that this is.
 * @throws HaError `CONFIG`: OCI_RESOURCE_PRINCIPAL_* is not set.
 */
export function resourcePrincipal(quietConsole: boolean): Promise<Auth> {
  const remedy =
    'it can be used in a function, a job or a pod of OCI only, which sets OCI_RESOURCE_PRINCIPAL_VERSION and more: elsewhere sign with a key (`auth` api_key)';
  return principal('the resource principal of this workload', remedy, quietConsole, async () =>
    ResourcePrincipalAuthenticationDetailsProvider.builder(),
  );
}

async function principal(
  identity: string,
  remedy: string,
  quietConsole: boolean,
  build: () => Promise<Principal>,
): Promise<Auth> {
  const run: Run = quietConsole ? quietly : async (task) => task();
  try {
    const provider = await run(build);
    return {
      identity,
      remedy: 'check that a dynamic group matches it and that a policy names that group',
      tenancy: undefined,
      region: provider.getRegion()?.regionId,
      ...signing(provider, run),
    };
  } catch (cause) {
    const words = printable(withCauses(cause), 400);
    throw new HaError('CONFIG', `${identity} cannot be used: ${words}; ${remedy}`, { cause });
  }
}

/** `since`: on the clock's `now()`. */
interface Begun<T> {
  readonly since: number;
  readonly ended: Promise<T>;
}

type Run = <T>(task: () => T | Promise<T>) => Promise<T>;

/**
 * The SDK changes its key first, and then asks for the token that belongs to it; and each call that finds the token expired does
 * that by itself. What is signed in between is refused, so one thing is done at a time.
 */
export function signing(
  provider: Principal,
  run: Run,
  clock: Pick<Clock, 'now'> = systemClock,
): Pick<Auth, 'sign' | 'renew'> {
  const signer = new NativeSigner(provider);
  let underWay: Begun<unknown> | undefined;
  let renewal: Begun<unknown> | undefined;

  const isWaitedFor = (begun: Begun<unknown> | undefined): begun is Begun<unknown> =>
    begun !== undefined && clock.now() - begun.since <= SHARED_MS;

  async function alone<T>(task: () => Promise<T>): Promise<T> {
    while (isWaitedFor(underWay)) await underWay.ended.catch(() => {});
    const begun = { since: clock.now(), ended: run(task) };
    underWay = begun;
    try {
      return await begun.ended;
    } finally {
      if (underWay === begun) underWay = undefined;
    }
  }

  const keyId = (): Promise<string> => alone(() => provider.getKeyId());
  return {
    sign: (request, excludeBody) => alone(() => signer.signHttpRequest(request, excludeBody)),
    async renew(usedKeyId) {
      if ((await keyId()) !== usedKeyId) return true;
      if (!isWaitedFor(renewal)) {
        const begun = { since: clock.now(), ended: alone(() => provider.refresh()) };
        const end = (): void => {
          if (renewal === begun) renewal = undefined;
        };
        renewal = begun;
        begun.ended.then(end, end);
      }
      await renewal.ended;
      return (await keyId()) !== usedKeyId;
    },
  };
}

/** `fetch failed: connect ECONNREFUSED 169.254.169.254:80`: the words of an error and of what caused it. */
function withCauses(thrown: unknown): string {
  const words: string[] = [];
  for (let error: unknown = thrown, depth = 0; error !== undefined && depth < 5; depth++) {
    const { cause, code, errors } = (error ?? {}) as { cause?: unknown; code?: unknown; errors?: unknown[] };
    const message = wordsOf(error);
    words.push(message === '' && typeof code === 'string' ? code : message);
    error = cause ?? errors?.[0];
  }
  return words.filter((word, index) => word !== '' && words.indexOf(word) === index).join(': ');
}
