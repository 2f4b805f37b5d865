import type { Reply } from '../../../emulator/operations/operation.ts';
import type { OperationName } from '../../../emulator/operations/validations.ts';
import { base64, Service } from './service.ts';

type Asking = Parameters<Service['ask']>[2];

const compartmentId = 'ocid1.compartment.oc1..a';
const elsewhere = 'ocid1.compartment.oc1..b';

/** A region with one of everything, and a good call of each operation on it. */
export class Everything {
  readonly service: Service;
  readonly stream: string;
  readonly pool: string;
  readonly harness: string;
  readonly #work: string;
  #made = 0;

  constructor(rules: ConstructorParameters<typeof Service>[0] = {}) {
    this.service = new Service(rules);
    const create = (path: string, body: object): string =>
      this.service.get('POST', path, { body: { name: 'one', compartmentId, ...body } }).id as string;
    this.pool = create('/streampools', {});
    this.harness = create('/connectharnesses', {});
    this.stream = create('/streams', { partitions: 2 });
    this.#work = [...this.service.region.workRequests.keys()].at(-1)!;
    this.service.get('GET', `/streams/${this.stream}`);
  }

  /** Makes the group that calls on it need. */
  withGroup(): this {
    this.service.groupCursor(this.stream);
    return this;
  }

  call(operation: OperationName, asking: Asking = {}): Reply {
    return this.service.ask(...this.prepared(operation, asking));
  }

  /** What has to be asked; what the call needs, a cursor perhaps, is made. */
  prepared(operation: OperationName, asking: Asking = {}): readonly [string, string, Asking] {
    const [method, path, usual] = this.#calls()[operation];
    return [method, path, { ...usual, ...asking }];
  }

  #calls(): Readonly<Record<OperationName, readonly [method: string, path: string, asking?: Asking]>> {
    const stream = `/streams/${this.stream}`;
    const pool = `/streampools/${this.pool}`;
    const harness = `/connectharnesses/${this.harness}`;
    const inCompartment = { query: { compartmentId } };
    const move = { body: { compartmentId: elsewhere } };
    const tags = { body: { freeformTags: { team: 'orders' } } };
    const named = (more: object = {}) => ({ body: { name: `n${this.#made++}`, compartmentId, ...more } });
    const cursor = { partition: '0', type: 'TRIM_HORIZON' };
    const groupCursor = { groupName: 'g', type: 'TRIM_HORIZON', instanceName: 'one' };
    const given = (path: string, body: object) => ({
      query: {
        cursor: String(
          (this.service.ask('POST', `${stream}/${path}`, { body }).body as { value?: string }).value,
        ),
      },
    });
    return {
      PutMessages: [
        'POST',
        `${stream}/messages`,
        { body: { messages: [{ key: null, value: base64('v') }] } },
      ],
      get GetMessages() {
        return ['GET', `${stream}/messages`, given('cursors', cursor)] as const;
      },
      CreateCursor: ['POST', `${stream}/cursors`, { body: cursor }],
      CreateGroupCursor: ['POST', `${stream}/groupCursors`, { body: groupCursor }],
      get ConsumerCommit() {
        return ['POST', `${stream}/commit`, given('groupCursors', groupCursor)] as const;
      },
      get ConsumerHeartbeat() {
        return ['POST', `${stream}/heartbeat`, given('groupCursors', groupCursor)] as const;
      },
      GetGroup: ['GET', `${stream}/groups/g`],
      UpdateGroup: ['PUT', `${stream}/groups/g`, { body: { type: 'LATEST' } }],
      CreateStream: ['POST', '/streams', named({ partitions: 1 })],
      ListStreams: ['GET', '/streams', inCompartment],
      GetStream: ['GET', stream],
      UpdateStream: ['PUT', stream, tags],
      DeleteStream: ['DELETE', stream],
      ChangeStreamCompartment: ['POST', `${stream}/actions/changeCompartment`, move],
      CreateStreamPool: ['POST', '/streampools', named()],
      ListStreamPools: ['GET', '/streampools', inCompartment],
      GetStreamPool: ['GET', pool],
      UpdateStreamPool: ['PUT', pool, tags],
      DeleteStreamPool: ['DELETE', pool],
      ChangeStreamPoolCompartment: ['POST', `${pool}/actions/changeCompartment`, move],
      CreateConnectHarness: ['POST', '/connectharnesses', named()],
      ListConnectHarnesses: ['GET', '/connectharnesses', inCompartment],
      GetConnectHarness: ['GET', harness],
      UpdateConnectHarness: ['PUT', harness, tags],
      DeleteConnectHarness: ['DELETE', harness],
      ChangeConnectHarnessCompartment: ['POST', `${harness}/actions/changeCompartment`, move],
      ListWorkRequests: ['GET', '/workRequests', inCompartment],
      GetWorkRequest: ['GET', `/workRequests/${this.#work}`],
      ListWorkRequestErrors: ['GET', `/workRequests/${this.#work}/errors`],
      ListWorkRequestLogs: ['GET', `/workRequests/${this.#work}/logs`],
    };
  }
}
