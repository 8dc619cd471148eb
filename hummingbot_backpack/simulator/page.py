"""The page at the root, for people. Plain HTML that asks the control endpoints once a second."""

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Local Backpack (simulator)</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5em auto; max-width: 72em; padding: 0 1em; }
table { border-collapse: collapse; margin: .4em 0 1em; }
td, th { padding: .15em .7em; text-align: right; border-bottom: 1px solid #ddd; }
td:first-child, th:first-child { text-align: left; }
tr[data-symbol] { cursor: pointer; } tr.chosen { background: #eef; }
.banner { background: #fe9; padding: .6em; } .side { display: inline-block; vertical-align: top; margin-right: 2.5em; }
.bid { color: #070; } .ask { color: #a00; } pre { background: #f4f4f4; padding: .5em; }
</style>
<h1>Local Backpack</h1>
<p class="banner">This is a simulator on this machine, not the exchange. Nothing here is real money.</p>
<p class="banner" id="mirror" hidden>The markets below follow the real exchange; your orders do not reach it and move
nothing there. This tells whether a quote would have been reached. It cannot tell how others would have answered to it,
and it fills a resting order only after everything ahead of it has traded.</p>
<p id="flow"></p>
<h2>Markets</h2><div id="markets"></div>
<div class="side"><h2>Book of <span id="name"></span></h2><div id="book"></div></div>
<div class="side"><h2>Trades</h2><div id="trades"></div></div>
<h2>Accounts</h2><div id="accounts"></div>
<h2>Open orders</h2><div id="orders"></div>
<h2>Faults in force</h2><pre id="faults"></pre>
<script>
let chosen = null;
const codes = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};
const clean = v => String(v ?? '').replace(/[&<>"]/g, c => codes[c]);
const put = (id, html) => document.getElementById(id).innerHTML = html;
const table = (head, rows) => '<table><tr>' + head.map(h => '<th>' + h).join('') + '</tr>' + rows.join('') + '</table>';
const row = (cells, more = '') => '<tr ' + more + '>' + cells.map(c => '<td>' + clean(c)).join('') + '</tr>';
async function show() {
  const state = await (await fetch('/simulator/state?detail=true')).json();
  chosen = chosen ?? Object.keys(state.markets)[0];
  document.getElementById('mirror').hidden = !state.mirror.length;
  put('flow', clean(`flow ${state.flow.kind}, ${state.flow.elapsed.toFixed(0)} s of market at speed ${state.speed}` +
    (state.flow.paused ? ', paused' : '') + (state.flow.finished ? ', finished' : '')));
  put('markets', table(['market', 'state', 'bid', 'ask', 'last', 'mark', 'index', 'trades'],
    Object.entries(state.markets).map(([name, m]) => row([name, m.state, m.bid, m.ask, m.lastPrice, m.markPrice,
      m.indexPrice, m.trades], `data-symbol="${clean(name)}" class="${name === chosen ? 'chosen' : ''}"`))));
  document.querySelectorAll('tr[data-symbol]').forEach(r => r.onclick = () => { chosen = r.dataset.symbol; show(); });
  put('name', clean(chosen));
  put('accounts', table(['key', 'equity', 'PnL', 'fills', 'volume', 'positions', 'balances'],
    state.accounts_detail.map(a => row([a.key, a.equity, a.pnl, a.fills, a.volume, a.positions, a.balances]))));
  put('orders', table(['key', 'market', 'side', 'price', 'quantity', 'executed', 'status'], state.orders.map(o =>
    row([o.key, o.symbol, o.side, o.price, o.quantity, o.executed, o.status], `class="${o.side.toLowerCase()}"`))));
  const faults = state.faults.length ? JSON.stringify(state.faults, null, 1) : 'none';
  document.getElementById('faults').textContent = faults;
  const depth = await fetch('/api/v1/depth?limit=10&symbol=' + encodeURIComponent(chosen));
  if (depth.ok) {
    const book = await depth.json();
    put('book', table(['price', 'quantity'], [...book.asks.reverse().map(l => row(l, 'class="ask"')),
      ...book.bids.reverse().map(l => row(l, 'class="bid"'))]));
  }
  const trades = await (await fetch('/api/v1/trades?limit=12&symbol=' + encodeURIComponent(chosen))).json();
  const time = t => new Date(t.timestamp).toISOString().slice(11, 23);
  put('trades', table(['time', 'price', 'quantity'], trades.map(t =>
    row([time(t), t.price, t.quantity], `class="${t.isBuyerMaker ? 'ask' : 'bid'}"`))));
}
const loop = () => show().catch(() => put('flow', 'the simulator does not answer'))
  .finally(() => setTimeout(loop, 1000));
loop();
</script></html>
"""
