import { controlHandler } from './control/control-handler.ts';
import { controlsOf, type EmulatorControls } from './control/world.ts';
import { newCertificates } from './credentials/certificates.ts';
import { makeConfigDirectory } from './credentials/config-directory.ts';
import { makeIdentities } from './credentials/identities.ts';
import { EmulatedRegion } from './emulated-region.ts';
import { openListener } from './http/listener.ts';
import { randomByPurpose } from './random.ts';
import { ScenarioPlayer } from './scenario.ts';
import { parseGrant } from './security/grants.ts';
import { Users } from './security/users.ts';
import { DataError, Store } from './store/store.ts';
import { movableClock, systemClock, type MovableClock } from './clock.ts';
import { checkedAddresses, checkedSecurity, regionRules, scenarioOf } from './check-options.ts';
import { UsageError, type EmulatorOptions } from './options.ts';

/** A running emulator. */
export interface Emulator extends EmulatorControls {
  /** Base URL of each region, by its name. */
  readonly regions: Readonly<Record<string, string>>;
  /** Base URL of the control listener. */
  readonly control: string;
  /** An OCI config file with keys of its own. `close` deletes it, unless `data` is set. */
  readonly configFile: string;
  /** With TLS: the PEM file of the certificate to trust. */
  readonly caFile: string | undefined;
  /** A compartment for streams. */
  readonly compartmentId: string;
  readonly clock: MovableClock;
  /** Stops listening and removes the config file. Safe to call twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts regions of OCI Streaming in this process. Rejects with a `UsageError` that names the wrong option. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { regions: names, host, advertise, port, control: place } = checkedAddresses(options);
  const { signatures, profiles, tls } = checkedSecurity(options);
  const rules = regionRules(options);
  const scenario = scenarioOf(options, names);

  const store = openStore(options.data);
  const clock = movableClock(
    options.clock ?? systemClock,
    Number(store?.loadValue('aheadMs') ?? 0),
    (ahead) => store?.saveValue('aheadMs', ahead),
  );
  const directory = makeConfigDirectory(options.data);
  const closeables: { close: () => Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    directory.remove();
    await Promise.all(closeables.map((each) => each.close()));
    store?.close();
  };

  // The keys take longest, so the listeners open meanwhile.
  const allProfiles = [{ profile: 'DEFAULT', grants: [parseGrant('manage stream-family')] }, ...profiles];
  const identitiesReady = makeIdentities(
    allProfiles.map(({ profile }) => profile),
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
    const randomFor = randomByPurpose(scenario.seed, clock.random);
    const shared = {
      host,
      advertise,
      rules,
      clock,
      randomFor,
      users,
      certificates,
      log: options.log,
      store,
      other,
    };
    for (const [index, name] of names.entries()) {
      const region = await EmulatedRegion.open(name, port === 0 ? 0 : port + index, shared);
      closeables.push(region);
      regions.set(name, region);
    }
    const player = new ScenarioPlayer(scenario, { regions, clock, say: options.say ?? (() => {}) });
    closeables.push({ close: async () => player.stop() });
    const world = {
      regions,
      clock,
      player,
      compartmentId: async () => (await identitiesReady).compartmentId,
    };
    const control = await openListener(place, controlHandler(world, advertise));
    closeables.push(control);

    const { identities, compartmentId } = await identitiesReady;
    for (const [index, identity] of identities.entries()) {
      users.add({ ...identity, grants: allProfiles[index]!.grants });
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
      ...controlsOf(world),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await identitiesReady.catch(() => {});
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
