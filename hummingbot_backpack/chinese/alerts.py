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
}
