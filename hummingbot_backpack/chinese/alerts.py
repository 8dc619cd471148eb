"""Alerts, and what a running bot answers to requests."""

SENTENCES: dict[str, str] = {
    "alert_language ({text}) must be en or zh": "alert_language（{text}）必须是 en 或 zh",
    "It is over: {what}": "已解除：{what:zh}",
    "Breaker {breaker} stops {scope}: {why}, until {until}": (
        "熔断（{breaker:zh}）停止{scope:zh}：{why:zh}，直到{until:zh}"
    ),
    "session": "会话",
    "Controller {id} holds an unhedged residual of {residual}: {why}": "控制器 {id} 有 {residual:zh} 未对冲：{why:zh}",
    "unknown size": "数量未知的部分",
    "the hedge is {phase}": "对冲状态为{phase:zh}",
    "{connector:w} has lost {what}": "{connector} 失去了{what:zh}",
    "its private stream": "私有数据流",
    "the market": "行情",
    "The exchange refused {share} of the last 20 orders within a minute": (
        "一分钟内最近 20 笔订单中有 {share} 被交易所拒绝"
    ),
    "{share:w} of the last 100 requests failed": "最近 100 个请求中有 {share} 失败",
    "The margin fraction of {account} is {fraction}, less than twice the maintenance of {maintenance:w}": (
        "{account} 的保证金率为 {fraction}，低于维持保证金率 {maintenance} 的两倍"
    ),
    "The key of {connector} is {days} days old; replace it (hummingbot-backpack keys rotate)": (
        "{connector} 的密钥已使用 {days} 天，请更换（hummingbot-backpack keys rotate）"
    ),
    "A fill of {value:w}: {side} {quantity} {pair} at {price:w}": (
        "成交额 {value}：以 {price} {side:zh} {quantity} {pair}"
    ),
    # pause, resume, flatten
    "paused, no quote rests; limits and exits stay armed": "已暂停，没有挂单；限额和止损止盈仍然有效",
    "paused, but {count} quotes are not confirmed gone: {prices}": "已暂停，但有 {count} 个报价尚未确认撤销：{prices}",
    "still held by {why}": "仍被阻止：{why:zh}",
    "quoting again, {count} quotes rest": "已恢复报价，挂单 {count} 个",
    "resumed, but not quoting yet: {why}": "已恢复，但尚未报价：{why:zh}",
    "{held}; {undone} and paused until `hummingbot-backpack resume`": (
        "{held:zh}；{undone:zh}并暂停，直到执行 `hummingbot-backpack resume`"
    ),
    "back at its target": "已回到目标比例",
    "what is held stays, since rebalance is off": "未开启再平衡，持仓保持不变，",
    "not flat yet ({action}); it goes on, and stays paused": "尚未平仓（{action:zh}）；继续执行，并保持暂停",
    "position  {net}  target {target} ± {threshold}  limit {limit:w}": (
        "仓位  {net:zh}  目标 {target} ± {threshold}  上限 {limit}"
    ),
    "holdings  {held}  target {target} ± {threshold:w} %": "持有  {held}  目标 {target} ± {threshold} %",
    "hedge     {held}  reference {reference}  residual {residual}  cost {cost} per 10,000{expected}": (
        "对冲  {held}  基准 {reference:zh}  未对冲 {residual:zh}  每万成本 {cost:zh}{expected:zh}"
    ),
    "  {line}": "  {line:zh}",
    "The bot could not {kind}: {why}": "机器人无法执行 {kind}：{why:zh}",
}
