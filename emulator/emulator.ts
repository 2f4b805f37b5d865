import { controlHandler } from './control/control-handler.ts';
import { handleOf, type WorldHandle } from './control/world.ts';
import { newCertificates } from './credentials/certificates.ts';
import { makeConfigDirectory } from './credentials/config-directory.ts';
import { makeIdentities } from './credentials/identities.ts';
import { EmulatedRegion } from './emulated-region.ts';
import { openListener } from './http/listener.ts';
import { chanceOf } from './random.ts';
import { ScenarioPlayer } from './scenario.ts';
import { parseGrant } from './security/grants.ts';
import { Users } from './security/users.ts';
import { DataError, Store } from './store/store.ts';
import { movableClock, systemClock, type MovableClock } from './clock.ts';
import { checkedPlaces, checkedSecurity, regionRules, scenarioOf } from './check-options.ts';
import { UsageError, type EmulatorOptions } from './options.ts';

/** A running emulator. */
export interface Emulator extends WorldHandle {
  /** Base URL of each region, by its name. */
  readonly regions: Readonly<Record<string, string>>;
  /** Base URL of the control listener. */
  readonly control: string;
  /** An OCI config file with keys of its own; gone after `close`, unless data is kept. */
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
  const { regions: names, host, advertise, port, control: place } = checkedPlaces(options);
  const { signatures, profiles, tls } = checkedSecurity(options);
  const rules = regionRules(options);
  const scenario = scenarioOf(options, names);

  const store = openStore(options.data);
  const clock = movableClock(
    options.clock ?? systemClock,
    Number(store?.remembered('aheadMs') ?? 0),
    (ahead) => store?.remember('aheadMs', ahead),
  );
  const directory = makeConfigDirectory(options.data);
  const open: { close: () => Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    directory.remove();
    await Promise.all(open.map((each) => each.close()));
    store?.close();
  };

  // Keys take longest: they are made while the listeners open.
  const everybody = [{ profile: 'DEFAULT', grants: [parseGrant('manage stream-family')] }, ...profiles];
  const made = makeIdentities(
    everybody.map(({ profile }) => profile),
    clock,
    store,
  );
  try {
    const regions = new Map<string, EmulatedRegion>();
    const users = new Users(signatures);
    const certificates = tls
      ? newCertificates(advertise === undefined ? [host] : [host, advertise], names, clock)
      : undefined;
    const other = (name: string): EmulatedRegion | undefined => regions.get(name);
    const chance = chanceOf(scenario.seed, clock.random);
    const around = {
      host,
      advertise,
      rules,
      clock,
      chance,
      users,
      certificates,
      log: options.log,
      store,
      other,
    };
    for (const [index, name] of names.entries()) {
      const region = await EmulatedRegion.open(name, port === 0 ? 0 : port + index, around);
      open.push(region);
      regions.set(name, region);
    }
    const player = new ScenarioPlayer(scenario, { regions, clock, say: options.say ?? (() => {}) });
    open.push({ close: async () => player.stop() });
    const world = { regions, clock, player, compartmentId: async () => (await made).compartmentId };
    const control = await openListener(place, controlHandler(world, advertise));
    open.push(control);

    const { identities, compartmentId } = await made;
    for (const [index, identity] of identities.entries()) {
      users.add({ ...identity, grants: everybody[index]!.grants });
    }
    const configFile = directory.writeConfig(identities, names[0]!);
    await player.begin();
    return {
      regions: Object.fromEntries([...regions].map(([name, { url }]) => [name, url])),
      control: control.url,
      configFile,
      caFile: certificates === undefined ? undefined : directory.writeCertificate(certificates.authority),
      compartmentId,
      clock,
      ...handleOf(world),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await made.catch(() => {});
    await close();
    throw error;
  }
}

function openStore(directory: string | undefined): Store | undefined {
  try {
    return directory === undefined ? undefined : new Store(directory);
  } catch (error) {
    if (error instanceof DataError) throw new UsageError(error.message);
    throw error;
  }
}
