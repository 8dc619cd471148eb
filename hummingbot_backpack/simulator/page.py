"""The page at the root, for people. Plain HTML that asks /simulator/state once a second."""

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Local Backpack (simulator)</title>
<style>body{font:14px system-ui;margin:2em;max-width:60em}table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ccc}
.b{background:#fe9;padding:.6em}</style><h1>Local Backpack</h1><p class=b>This is a simulator on this machine, not the exchange. Nothing here is real money.</p>
<div id=m></div><h2>Faults in force</h2><pre id=f></pre><script>
async function show(){const s=await(await fetch('/simulator/state')).json();
document.getElementById('m').innerHTML='<table><tr><th>market<th>state<th>bid<th>ask<th>last<th>mark<th>index</tr>'+
Object.entries(s.markets).map(([n,m])=>`<tr><td>${n}<td>${m.state}<td>${m.bid}<td>${m.ask}<td>${m.lastPrice}<td>${m.markPrice??''}<td>${m.indexPrice}</tr>`).join('')+'</table><p>flow '+s.flow.kind+', '+s.flow.elapsed.toFixed(1)+' s, accounts '+s.accounts+'</p>';
document.getElementById('f').textContent=JSON.stringify(s.faults,null,1)}
show();setInterval(show,1000)</script></html>"""
