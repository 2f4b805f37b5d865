// A client of the control API: shows the regions, and has buttons for faults. Runs in the browser without a build step.

const FAULTS = [
  ['500 to everything', { status: 500 }],
  ['503 for 30 s', { status: 503, forMs: 30_000 }],
  ['429 to everything', { status: 429 }],
  ['refuse connections', { refuse: true }],
  ['hang', { hang: true }],
  ['slow (1.5 s)', { latencyMs: 1_500 }],
  ['store, then reset', { operation: 'PutMessages', reset: 'after' }],
  ['30 % errors', { status: 500, probability: 0.3 }],
  ['admin plane down', { plane: 'admin', status: 500 }],
  ['heal', []],
];
const REFRESH_MS = 1_000;
const LAST = 10;
/** The most streams of a region, and partitions of a stream, that are drawn: thousands of rows would block the browser. */
const SHOWN = 50;

const $ = (id) => document.getElementById(id);
const cards = new Map();

async function ask(path, method = 'GET', body) {
  const reply = await fetch(path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.message);
  return answer;
}

async function refresh() {
  const [state, faults, ledger] = await Promise.all([
    ask('state'),
    ask('faults'),
    ask(`ledger?last=${LAST}`),
  ]);
  $('now').textContent = state.now;
  for (const [name, region] of Object.entries(state.regions)) {
    const newest = ledger
      .filter((message) => message.region === name)
      .sort((a, b) => b.timestamp.localeCompare(a.timestamp))
      .slice(0, LAST);
    if (!cards.has(name)) cards.set(name, newCard(name));
    show(cards.get(name), region, faults[name], newest);
  }
}

/** Does the work and refreshes the page. An error stays visible until the next work. */
function act(work) {
  const say = (words) => {
    $('trouble').textContent = words;
  };
  work().then(
    () => {
      say('');
      look();
    },
    (error) => say(error.message),
  );
}

function look() {
  const say = (words) => {
    $('connection').textContent = words;
  };
  refresh().then(
    () => say(''),
    () => say('The emulator does not answer.'),
  );
}

function newCard(name) {
  const section = $('region').content.cloneNode(true).querySelector('section');
  const parts = Object.fromEntries(
    [...section.querySelectorAll('[data-part]')].map((part) => [part.dataset.part, part]),
  );
  parts.name.textContent = name;
  const path = `faults/${name}`;
  for (const [label, rules] of FAULTS) {
    const button = element('button', {}, label);
    button.addEventListener('click', () => act(() => ask(path, 'PUT', rules)));
    parts.buttons.append(button);
  }
  parts.rule.addEventListener('submit', (event) => {
    event.preventDefault();
    act(async () => ask(path, 'POST', JSON.parse(new FormData(parts.rule).get('rule'))));
  });
  $('regions').append(section);
  return { section, parts, seen: undefined };
}

function show(card, region, faults, messages) {
  const { section, parts } = card;
  const inForce = faults.filter(({ over }) => !over).length;
  section.classList.toggle('bad', inForce > 0);
  parts.health.textContent = region.refusing
    ? 'refuses connections'
    : inForce > 0
      ? `${inForce} ${inForce === 1 ? 'fault' : 'faults'} in force`
      : 'healthy';
  parts.endpoint.textContent = region.endpoint;
  parts.rate.textContent = rateOf(card, region);
  parts.faults.replaceChildren(
    ...(faults.length === 0
      ? []
      : [
          element('h3', {}, 'Faults'),
          table(
            ['rule', 'hits', ''],
            faults.map(({ rule, hits, over }) => [
              code(JSON.stringify(rule)),
              hits,
              over ? 'over' : 'in force',
            ]),
          ),
        ]),
  );
  parts.streams.replaceChildren(
    ...region.streams.slice(0, SHOWN).flatMap(streamView),
    ...more(region.streams.length, 'streams'),
  );
  parts.messages.replaceChildren(
    table(
      ['stream', 'partition', 'offset', 'key', 'value', 'stored'],
      messages.map(({ stream, partition, offset, key, value, timestamp }) => {
        return [stream, partition, offset, key === null ? '' : decoded(key), decoded(value), timestamp];
      }),
    ),
  );
  parts.calls.replaceChildren(
    table(
      ['operation', 'ended'],
      Object.entries(region.calls).map(([operation, ends]) => {
        const counts = Object.entries(ends).map(([end, count]) => `${end}: ${count.toLocaleString('en')}`);
        return [operation, counts.join(', ')];
      }),
    ),
  );
}

/** Counts offsets, not messages: offsets never decrease, even if retention removes messages. */
function rateOf(card, region) {
  const offsets = region.streams
    .flatMap(({ partitions }) => partitions)
    .reduce((sum, { nextOffset }) => sum + nextOffset, 0);
  const at = performance.now();
  const { seen } = card;
  card.seen = { offsets, at };
  if (seen === undefined) return '';
  const perSecond = Math.max(0, Math.round(((offsets - seen.offsets) * 1_000) / (at - seen.at)));
  return `${perSecond.toLocaleString('en')} messages/s`;
}

function streamView({ id, name, lifecycleState, partitions, groups }) {
  const held = ({ committedOffset, instance }) =>
    `${committedOffset === undefined ? 'nothing committed' : `committed ${committedOffset}`}${
      instance === undefined ? '' : `, ${instance.slice(-12)} reads`
    }`;
  return [
    element('h3', {}, `${name} `, element('span', { class: 'faint' }, lifecycleState)),
    element('p', { class: 'faint' }, code(id)),
    table(
      ['partition', 'messages', 'bytes', 'next offset', ...groups.map((group) => `group ${group.name}`)],
      partitions
        .slice(0, SHOWN)
        .map(({ partition, messages, bytes, nextOffset }, index) => [
          partition,
          messages,
          bytes,
          nextOffset,
          ...groups.map(({ reservations }) => held(reservations[index])),
        ]),
    ),
    ...more(partitions.length, 'partitions'),
  ];
}

function more(count, what) {
  if (count <= SHOWN) return [];
  return [element('p', { class: 'faint' }, `and ${count - SHOWN} more ${what}: /state has them all`)];
}

function table(head, rows) {
  if (rows.length === 0) return element('p', { class: 'faint' }, 'none yet');
  const cell = (content) =>
    typeof content === 'number'
      ? element('td', { class: 'number' }, content.toLocaleString('en'))
      : element('td', {}, content);
  return element(
    'table',
    {},
    element('tr', {}, ...head.map((text) => element('th', {}, text))),
    ...rows.map((row) => element('tr', {}, ...row.map(cell))),
  );
}

function code(text) {
  return element('code', {}, text);
}

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Decoded text; base64 if the bytes are not UTF-8. */
function decoded(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).slice(0, 80);
  } catch {
    return base64.slice(0, 80);
  }
}

for (const button of document.querySelectorAll('[data-advance-ms]')) {
  const advanceMs = Number(button.dataset.advanceMs);
  button.addEventListener('click', () => act(() => ask('clock', 'PUT', { advanceMs })));
}
setInterval(() => {
  if (!document.hidden) look();
}, REFRESH_MS);
look();
