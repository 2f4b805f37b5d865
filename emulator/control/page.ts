/** The page at the control address: what is there, what happens, and buttons that break it. No network, no build step. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>OCI Streaming emulator</title>
<meta name="viewport" content="width=device-width">
<style>
  body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222; }
  h1 { font-size: 1.3rem; } h2 { font-size: 1.1rem; margin: 0; } h3 { font-size: 1rem; margin: 1rem 0 .2rem; }
  section { border: 1px solid #ccc; border-radius: 6px; padding: 1rem; margin: 1rem 0; }
  section.bad { border-color: #b00; }
  table { border-collapse: collapse; } td, th { padding: .1rem .8rem .1rem 0; text-align: left; vertical-align: top; }
  td.number { text-align: right; font-variant-numeric: tabular-nums; }
  code { font-size: .9em; } button { margin: 0 .3rem .3rem 0; } .faint { color: #666; }
  @media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } .faint { color: #999; } section { border-color: #444; } }
</style>
<h1>OCI Streaming emulator</h1>
<p class="faint">Clock: <span id="now"></span>
  <button data-advance="30000">+30 s</button><button data-advance="300000">+5 min</button><button data-advance="86400000">+24 h</button>
  <span id="trouble" role="status"></span></p>
<main id="regions"></main>
<script>
const BUTTONS = [
  ['500 to everything', { status: 500 }], ['503 for 30 s', { status: 503, forMs: 30000 }], ['429 to everything', { status: 429 }],
  ['refuse', { refuse: true }], ['hang', { hang: true }], ['slow (1.5 s)', { latencyMs: 1500 }],
  ['store, then reset', { operation: 'PutMessages', reset: 'after' }], ['30 % errors', { status: 500, probability: 0.3 }],
  ['admin plane down', { plane: 'admin', status: 500 }], ['heal', []],
];
const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
const table = (head, rows) => element('table', {}, element('tr', {}, ...head.map((text) => element('th', {}, text))),
  ...rows.map((row) => element('tr', {}, ...row.map((cell) => typeof cell === 'number'
    ? element('td', { class: 'number' }, cell.toLocaleString('en')) : element('td', {}, cell)))));
const decode = (text) => { try { return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0))).slice(0, 80); } catch { return text.slice(0, 80); } };
const ask = async (path, method = 'GET', body) => {
  const reply = await fetch(path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.message);
  return answer;
};
function show(name, region, faults, last) {
  const buttons = BUTTONS.map(([label, rule]) => {
    const button = element('button', {}, label);
    button.onclick = () => act(() => ask('/faults/' + name, 'PUT', rule));
    return button;
  });
  const streams = region.streams.map((stream) => [stream.name, stream.lifecycleState,
    stream.partitions.reduce((sum, { messages }) => sum + messages, 0),
    stream.partitions.map(({ partition, messages }) => partition + ': ' + messages).join(', '),
    stream.groups.map((group) => group.name).join(', '), element('code', {}, stream.id.slice(0, 60) + '…')]);
  const calls = Object.entries(region.calls).map(([operation, ends]) => [operation, Object.entries(ends).map(([end, count]) => end + ': ' + count).join(', ')]);
  const rules = faults.map(({ rule, hits, over }) => [element('code', {}, JSON.stringify(rule)), hits, over ? 'over' : 'in force']);
  const bad = faults.some(({ over }) => !over);
  return element('section', { class: bad ? 'bad' : '' },
    element('h2', {}, name + (region.refusing ? ' (refuses connections)' : bad ? ' (faults)' : '')), element('p', { class: 'faint' }, region.endpoint),
    element('p', {}, ...buttons),
    ...(rules.length ? [element('h3', {}, 'Faults'), table(['rule', 'hits', ''], rules)] : []),
    element('h3', {}, 'Streams'), table(['name', 'state', 'messages', 'by partition', 'groups', 'id'], streams),
    element('h3', {}, 'Last messages'), table(['stream', 'partition', 'offset', 'key', 'value', 'stored'],
      last.map((m) => [m.stream, m.partition, m.offset, m.key === null ? '' : decode(m.key), decode(m.value), m.timestamp])),
    element('h3', {}, 'Calls'), table(['operation', 'ended'], calls));
}
async function refresh() {
  const [state, faults, ledger] = await Promise.all([ask('/state'), ask('/faults'), ask('/ledger?last=10')]);
  document.getElementById('now').textContent = state.now;
  const newest = (name) => ledger.filter(({ region }) => region === name).sort((a, b) => b.timestamp.localeCompare(a.timestamp)).slice(0, 10);
  document.getElementById('regions').replaceChildren(...Object.entries(state.regions).map(([name, region]) => show(name, region, faults[name], newest(name))));
}
async function act(work) {
  const trouble = document.getElementById('trouble');
  try { await work(); await refresh(); trouble.textContent = ''; } catch (error) { trouble.textContent = error.message; }
}
for (const button of document.querySelectorAll('[data-advance]'))
  button.onclick = () => act(() => ask('/clock', 'PUT', { advanceMs: Number(button.dataset.advance) }));
setInterval(() => { if (!document.hidden && !document.activeElement?.matches('button:active')) act(async () => {}); }, 1000);
act(async () => {});
</script>
</html>
`;
