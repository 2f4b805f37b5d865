import { HaError } from '../errors.ts';
import { findOrJudge, Site, StreamManager } from '../manager/index.ts';
import type { StreamRef, StreamState } from '../region.ts';
import type { Given, Options } from '../settings/index.ts';
import { findPrimary, Provisioner, type Shape } from '../streams/index.ts';
import { beginning, connect, type Connection, type OpenContext } from './connect.ts';
import { writtenWhereabouts } from './written-whereabouts.ts';

/** A secondary whose model nobody could ask for: the primary was never seen by this process, and is dead now. */
const UNKNOWN_SHAPE = { partitions: 3, retentionInHours: 24 };

/**
 * A manager between the two regions. Resolves when it is known where messages go; in an outage of the primary that is when
 * the failover has begun.
 *
 * @throws HaError `CONFIG`, `RECORD`, `AUTH`, `NOT_AUTHORIZED_OR_NOT_FOUND`: nothing was sent.
 */
export async function openManager(
  options: Options | Given = {},
  context: OpenContext = {},
): Promise<StreamManager> {
  const connection = await connect(options, context);
  try {
    return await managerOver(connection);
  } catch (error) {
    await Promise.all([connection.primary.close(), connection.secondary.close()]);
    throw error;
  }
}

async function managerOver(connection: Connection): Promise<StreamManager> {
  const { settings, clock, emit, primary, secondary } = connection;
  const began = await beginning(connection);
  const model = new PrimaryModel(connection);
  const provisioner = new Provisioner({
    region: secondary,
    name: settings.secondaryStreamName,
    shape: () => model.shape(),
    limits: settings,
    clock,
    emit,
  });
  const recorded = began.secondary?.ocid;
  const primarySite = new Site('primary', primary, model.given, (signal) => model.locate(signal), clock);
  if (began.active === 'primary' && model.given === undefined) {
    await findOrJudge(primarySite, () => model.locate(connection.signal), connection);
  }
  // What the primary is like, and where a standby is, must be known before the primary is dead.
  void model.learn();
  const secondarySite = new Site(
    'secondary',
    secondary,
    began.secondary,
    (signal) => provisioner.secure(recorded, signal),
    clock,
  );
  if (began.secondary === undefined)
    void provisioner.lookAhead(connection.signal).then((found) => found && secondarySite.found(found));
  return new StreamManager({
    settings,
    clock,
    emit,
    primary: primarySite,
    secondary: secondarySite,
    active: began.active,
    whereabouts: writtenWhereabouts(connection),
  });
}

/** What the primary is like: where it is, and what a secondary has to be like. */
class PrimaryModel {
  readonly #connection: Connection;
  #state: StreamState | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The stream, when settings name it whole. */
  get given(): StreamRef | undefined {
    const {
      primaryRegion: region,
      primaryStreamOcid: ocid,
      primaryStreamEndpoint: endpoint,
    } = this.#connection.settings;
    return ocid === undefined || endpoint === undefined ? undefined : { region, ocid, endpoint };
  }

  async locate(signal: AbortSignal): Promise<StreamRef> {
    this.#state = await findPrimary({ ...this.#connection, region: this.#connection.primary, signal });
    return this.#state;
  }

  /** Never rejects: asked again when it is needed. */
  async learn(): Promise<void> {
    const { settings, primary, signal } = this.#connection;
    const ocid = this.#state?.ocid ?? settings.primaryStreamOcid;
    if (ocid === undefined || this.#state?.retentionInHours !== undefined) return;
    this.#state = await primary.stream(ocid, { signal }).catch(() => this.#state);
  }

  async shape(): Promise<Shape> {
    await this.learn();
    const { settings } = this.#connection;
    const compartmentId = settings.compartmentId ?? this.#state?.compartmentId;
    if (compartmentId === undefined) {
      throw new HaError(
        'CONFIG',
        'The compartment for a secondary is not known: give --compartment-id (OCI_COMPARTMENT_ID).',
      );
    }
    const primaryOcid = this.#state?.ocid ?? settings.primaryStreamOcid ?? 'unknown';
    return { ...UNKNOWN_SHAPE, ...this.#state, compartmentId, primaryOcid, known: this.#state !== undefined };
  }
}
