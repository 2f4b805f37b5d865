import { movableClock, seededRandom, systemClock, type MovableClock } from './clock.ts';
import { controlHandler, handleOf, type WorldHandle } from './control/index.ts';
import { makeConfigDirectory, newRsaKey } from './credentials/index.ts';
import { openListener } from './http/index.ts';
import { checkedPlaces, checkedSecurity, regionRules, scenarioOf, type EmulatorOptions } from './options.ts';
import { EmulatedRegion, newCertificates } from './region/index.ts';
import { play } from './scenario/index.ts';
import { parseGrant, Users, type Grant } from './security/index.ts';
import { newGlobalOcid } from './state/index.ts';

/** A running emulator. */
export interface Emulator extends WorldHandle {
  /** Base URL of each region, by its name. */
  readonly regions: Readonly<Record<string, string>>;
  /** Base URL of the control listener. */
  readonly control: string;
  /** An OCI config file with keys of its own; gone after `close`. */
  readonly configFile: string;
  /** With TLS: the certificate to trust, as a PEM file. */
  readonly caFile: string | undefined;
  /** A compartment to create streams in. */
  readonly compartmentId: string;
  readonly clock: MovableClock;
  /** Stops listening and removes the config file. Safe to call twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts regions of OCI Streaming in this process. Throws a `UsageError` for options that cannot be. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { regions: names, host, port, controlPort } = checkedPlaces(options);
  const { signatures, profiles, tls } = checkedSecurity(options);
  const rules = regionRules(options);
  const scenario = scenarioOf(options, names);
  const base = options.clock ?? systemClock;
  const clock = movableClock(
    scenario.seed === undefined ? base : { ...base, random: seededRandom(scenario.seed) },
  );

  const regions = new Map<string, EmulatedRegion>();
  const world = { regions, clock };
  const users = new Users(signatures);
  const identities = makeUsers(users, profiles, clock.random);
  const certificates = tls ? newCertificates(host, names, clock) : undefined;
  const around = {
    host,
    rules,
    clock,
    users,
    certificates,
    log: options.log,
    other: (name: string) => regions.get(name),
  };

  const open: { close: () => Promise<void> }[] = [];
  const directory = makeConfigDirectory();
  const close = async (): Promise<void> => {
    directory.remove();
    await Promise.all(open.map((each) => each.close()));
  };
  try {
    for (const [index, name] of names.entries()) {
      const region = await EmulatedRegion.open(name, port === 0 ? 0 : port + index, around);
      open.push(region);
      regions.set(name, region);
    }
    const control = await openListener({ host, port: controlPort }, controlHandler(world));
    open.push(control);
    const configFile = directory.writeConfig(await identities, names[0]!);
    const stop = play(scenario, { regions, clock, say: options.say ?? (() => {}) });
    open.push({ close: async () => stop() });
    return {
      regions: Object.fromEntries([...regions].map(([name, { url }]) => [name, url])),
      control: control.url,
      configFile,
      caFile: certificates === undefined ? undefined : directory.writeCertificate(certificates.good.cert),
      compartmentId: newGlobalOcid('compartment', clock.random),
      clock,
      ...handleOf(world),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await identities.catch(() => {});
    await close();
    throw error;
  }
}

/** `DEFAULT`, who may do everything, and those whom the options ask for, each with a key of its own. */
function makeUsers(users: Users, profiles: readonly Profile[], random: () => number) {
  const tenancy = newGlobalOcid('tenancy', random);
  const everybody = [{ profile: 'DEFAULT', grants: [parseGrant('manage stream-family')] }, ...profiles];
  return Promise.all(
    everybody.map(async ({ profile, grants }) => {
      const identity = {
        profile,
        tenancy,
        user: newGlobalOcid('user', random),
        key: await newRsaKey(),
        grants,
      };
      users.add(identity);
      return identity;
    }),
  );
}

interface Profile {
  readonly profile: string;
  readonly grants: readonly Grant[];
}
