"""What the stages of a running bot's decisions say, and what stops it: sentences of its published state."""

from collections.abc import Iterator, Sequence
from itertools import combinations


def _together(names: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Every way in which some of these are listed, in this order."""
    for count in range(1, len(names) + 1):
        for chosen in combinations(names, count):
            yield " and ".join(english for english, _ in chosen), "和".join(chinese for _, chinese in chosen)


BOOK, POSITION, BALANCE = ("book", "盘口"), ("position", "仓位"), ("balance", "余额")
LIMITS = [(f"max_{name}", f" max_{name} ") for name in ("session_loss", "drawdown", "wear_rate")]

SENTENCES: dict[str, str] = {
    # observed
    "{what} not known": "{what:zh}未知",
    **dict(_together([BOOK, ("hedge market's book", "对冲市场的盘口"), POSITION, BALANCE])),
    **dict(_together([BOOK, ("balances", "余额")])),
    "book and position known": "盘口和仓位已知",
    "book and balances known": "盘口和余额已知",
    "books and positions known": "盘口和仓位已知",
    "book known, balances in part: {why}": "盘口已知，余额部分已知：{why:zh}",
    "what the account has lent is not known ({asked})": "账户借出的资金未知（{asked:zh}）",
    "never answered": "从未应答",
    "last answered {seconds} s ago": "上次应答在 {seconds} 秒前",
    # exit
    "off": "未启用",
    "armed, no position": "已布防，无持仓",
    "armed, but entry or mark is not known": "已布防，但开仓价或标记价未知",
    "armed, position result {result}": "已布防，持仓盈亏 {result}",
    "{cause} triggered: {net} from {entry} at mark {mark} makes {result}": (
        "{cause:zh}触发：持仓 {net}，开仓价 {entry}，标记价 {mark}，盈亏 {result}"
    ),
    "{cause}: closing {net}": "{cause:zh}：正在平仓 {net}",
    "end of the session: closing {net}": "会话结束：正在平仓 {net}",
    "{cause} done, {rest}": "{cause:zh}完成，{rest:zh}",
    "{cause} done, {net} is left, too little to close: {why}": "{cause:zh}完成，剩余 {net}，不足以平仓：{why:zh}",
    "{net:w} is left, too little to close: {why}": "剩余 {net}，不足以平仓：{why:zh}",
    "pause after an exit, {seconds} s left": "平仓后暂停，还剩 {seconds} 秒",
    "stop loss": "止损",
    "take profit": "止盈",
    "end of the session": "会话结束",
    "flatten": "平仓请求",
    "flat": "无持仓",
    # limit
    "not decided": "未判断",
    "position {net} is within its limits": "仓位 {net} 在限额以内",
    "position {net} exceeds {bound}: {side} {size}": "仓位 {net} 超过 {bound:zh}：{side:zh} {size}",
    "position {net} exceeds {bound}, but the reduction waits: {why}": (
        "仓位 {net} 超过 {bound:zh}，但减仓需等待：{why:zh}"
    ),
    "target + threshold {value}": "目标 + 阈值 {value}",
    "buy": "买入",
    "sell": "卖出",
    "buy {size:w}": "买入 {size}",
    "sell {size:w}": "卖出 {size}",
    # breaker
    "{breaker}: {why}, until {until}": "{breaker:zh}：{why:zh}，直到{until:zh}",
    "session loss": "会话亏损",
    "drawdown": "回撤",
    "cost": "磨损成本",
    "rejects": "拒单",
    "data": "数据",
    "liquidation": "强平",
    "manual": "人工",
    "re-armed by `hummingbot-backpack resume --breakers`": "用 `hummingbot-backpack resume --breakers` 重新启用",
    "`hummingbot-backpack resume`": "执行 `hummingbot-backpack resume`",
    "it is known again": "重新得知",
    "it is tried again after {seconds} s": " {seconds} 秒后重试",
    "`paused` in the controller's file is false again": "控制器文件中的 `paused` 改回 `false`",
    "the session lost {loss}, the limit (max_session_loss) is {limit:w}": (
        "本次会话亏损 {loss}，限额（max_session_loss）为 {limit}"
    ),
    "{fall:w} below the session's high, the limit (max_drawdown) is {limit:w}": (
        "比会话最高点低 {fall}，限额（max_drawdown）为 {limit}"
    ),
    "{volume:w} of volume cost {wear} per 10,000, the limit (max_wear_rate) is {limit:w}": (
        "成交额 {volume}，每万磨损 {wear}，限额（max_wear_rate）为 {limit}"
    ),
    "the session's result is not known, so {names} cannot be judged": "会话结果未知，无法判断{names:zh}",
    **dict(_together(LIMITS)),
    "{refused:w} of the last {all} orders were refused": "最近 {all} 笔订单中有 {refused} 笔被拒绝",
    "the exchange is liquidating the account of {name:w}": "交易所正在强平 {name} 的账户",
    "the exchange liquidated a position of the account of {name:w}": "交易所强平了 {name} 账户的仓位",
    "paused": "已暂停",
    "paused by request": "按请求暂停",
    "flattened by request": "按请求平仓",
    "paused in its configuration": "配置文件设为暂停",
    "flatten was asked for": "已请求平仓",
    "the market is {state:w}": "市场状态为 {state}",
    "the exchange is under maintenance": "交易所正在维护",
    "an exit is not over, and the position is not known": "平仓尚未完成，且仓位未知",
    "the stop began": "已开始停止",
    "the session is over": "会话已结束",
    "the private stream is down": "私有数据流已断开",
    "the hedge market's private stream is down": "对冲市场的私有数据流已断开",
    "manual kill switch": "人工停机开关",
    "The exchange refuses this API key ({why}): it must be the right one, and may trade": (
        "交易所拒绝此 API 密钥（{why}）：请确认密钥正确且有交易权限"
    ),
    # quotes
    "{count:w} quotes of {size:w}": "{count} 个报价，每个 {size}",
    "{count:w} quotes of {size:w} ({origin})": "{count} 个报价，每个 {size}（{origin:zh}）",
    "{count:w} quotes of {size:w} ({origin}), {model}": "{count} 个报价，每个 {size}（{origin:zh}），{model:zh}",
    "{count:w} quotes of {size:w} ({origin}): {why}": "{count} 个报价，每个 {size}（{origin:zh}）：{why:zh}",
    "the account's value is not known, so orders cannot be sized from it, {model}": (
        "账户净值未知，无法据此确定订单数量，{model:zh}"
    ),
    "{quotes}, {model}": "{quotes:zh}，{model:zh}",
    "no more than the collateral carries": "不超过抵押品所能承担",
    "no more than the collateral carries, {model}": "不超过抵押品所能承担，{model:zh}",
    "{share:w} of {equity:w}": "{equity} 的 {share}",
    "fixed spread": "固定价差",
    "{model:w}, volatility {sigma} bps per root second, lean {lean:w}": (
        "{model}，每根号秒波动 {sigma} 基点，倾斜 {lean}"
    ),
    "{model:w}, lean {lean:w}": "{model}，倾斜 {lean}",
    ", volatility {sigma} bps per root second": "，每根号秒波动 {sigma} 基点",
    "the next funding payment is not known": "下次资金费未知",
    "the volatility of the last seconds is not known yet": "最近几秒的波动率尚未得知",
    "risk_aversion is not set": "未设置 risk_aversion",
    "how far public trades reach is not known yet": "公开成交触及的深度尚未得知",
    "base's share is not known: {why}": "基础资产占比未知：{why:zh}",
    "the account has neither base to sell nor quote to buy with": "账户既无可卖的基础资产，也无可买的报价资产",
    # guard
    "{kept} kept, {cancelled} cancelled, {placed} placed, {waiting} waiting for room": (
        "保留 {kept}，撤单 {cancelled}，下单 {placed}，等待额度 {waiting}"
    ),
    # action
    "waits: {why}": "等待：{why:zh}",
    "the market is {state:w}: {why}": "市场状态为 {state}：{why:zh}",
    "the exchange is under maintenance: {why}": "交易所正在维护：{why:zh}",
    "the market is PostOnly, and only our own script can place what it takes": (
        "市场只接受只挂单（PostOnly），只有我们自己的脚本能下这种单"
    ),
    "the market is PostOnly, and only our own script can place what it takes: {why}": (
        "市场只接受只挂单（PostOnly），只有我们自己的脚本能下这种单：{why:zh}"
    ),
    "the market takes no market orders: {why}": "市场不接受市价单：{why:zh}",
    "the market is LimitOnly and there is no valid book to take a limit from": (
        "市场只接受限价单（LimitOnly），而没有有效盘口可定限价"
    ),
    "the market is LimitOnly and there is no valid book to take a limit from: {why}": (
        "市场只接受限价单（LimitOnly），而没有有效盘口可定限价：{why:zh}"
    ),
    "the market is PostOnly and its book is not known: {why}": "市场只接受只挂单（PostOnly），而盘口未知：{why:zh}",
    # stop
    "no stop at the exchange: {why}": "交易所没有止损单：{why:zh}",
    "stop_loss is not set": "未设置 stop_loss",
    "this connector or script cannot place one": "此连接器或脚本无法下止损单",
    "the stop at the exchange stays: the position is not known": "交易所止损单保持不变：仓位未知",
    "the stop at the exchange stays while the position is closed": "平仓期间交易所止损单保持不变",
    "the stop at the exchange stays: entry or mark is not known": "交易所止损单保持不变：开仓价或标记价未知",
    "{net:w} cannot lose {loss}": "{net} 不会亏到 {loss}",
    "the mark of {mark} is beyond {trigger} already": "标记价 {mark} 已越过触发价 {trigger}",
    "stop at the exchange: {side} {size} at mark {trigger}": "交易所止损单：标记价 {trigger} 时{side:zh} {size}",
    # rebalance
    "not while quotes are held back": "报价暂停期间不做再平衡",
    "an order for it is on its way": "再平衡订单已发出",
    "the book or the balances are not known or about to change": "盘口或余额未知，或即将变动",
    "the account's value of {value} is below ten smallest orders ({least})": (
        "账户净值 {value} 低于十笔最小订单（{least}）"
    ),
    "base is {share} % of {total}, target {target} ± {threshold:w}": (
        "基础资产占 {total} 的 {share} %，目标 {target} ± {threshold}"
    ),
    "base is {share} % of {total}, target {target} ± {threshold:w}: {what}": (
        "基础资产占 {total} 的 {share} %，目标 {target} ± {threshold}：{what:zh}"
    ),
    "base is {share} % of {total}, target {target} ± {threshold:w}: {side:w} {size:w}": (
        "基础资产占 {total} 的 {share} %，目标 {target} ± {threshold}：{side:zh} {size}"
    ),
    "{what}: {side:w} {size:w}": "{what:zh}：{side:zh} {size}",
    "{what}, again in {seconds:w} s": "{what:zh}，{seconds} 秒后再试",
    "base is {share} % of {total}, target {target} ± {threshold:w}: {side:w} {size:w}, but {why}": (
        "基础资产占 {total} 的 {share} %，目标 {target} ± {threshold}：{side:zh} {size}，但{why:zh}"
    ),
    "{what:w}, but {why}": "{what}，但{why:zh}",
    "{what}, once the quotes are gone": "{what:zh}，待报价撤完后执行",
    "rebalancing: {what}": "再平衡：{what:zh}",
    "end of the session: {what}": "会话结束：{what:zh}",
    "the session is over: waiting for own orders to be gone": "会话已结束：等待自己的订单撤完",
    "the session is over: what is held stays, since rebalance is off": "会话已结束：未开启再平衡，持仓保持不变",
    "the best price of {nearest} is further than {bps} bps from the mid": "最优价 {nearest} 距中间价超过 {bps} 基点",
    "{what}, more than {most:w}": "{what:zh}，超过 {most}",
    "the market of {bid} / {ask} is {width:w} bps wide": "市场 {bid} / {ask} 宽 {width} 基点",
    "the book holds {depth} of the {needed} needed within {bps} bps of {reference:w}": (
        "在 {reference} 的 {bps} 基点内，盘口有 {depth}，需要 {needed}"
    ),
    "{what}: cut to {size:w}": "{what:zh}：减为 {size}",
    # hedge
    "recovering": "恢复中",
    "blind": "仓位未知",
    "unexplained": "无法解释的变动",
    "balanced": "已平衡",
    "open": "待对冲",
    "hedging": "对冲中",
    "verifying": "核实中",
    "overdue": "逾期未对冲",
    "waiting": "等待中",
    "the hedge market is {state:w}": "对冲市场状态为 {state}",
    "the hedge market takes no market orders": "对冲市场不接受市价单",
    "{residual:w} is not hedged{rest}: {why}": "{residual} 未对冲{rest:zh}：{why:zh}",
    "it is not certain what became of hedges of an earlier run ({orders})": "上次运行的对冲单（{orders}）结果尚不确定",
    "the net changed by {change}, more than our orders explain: nothing is hedged and nothing quoted until it fits"
    " again or `reference` is set": (
        "净仓变动 {change}，超出我们订单所能解释的范围：在重新吻合或设置 `reference` 之前，不对冲也不报价"
    ),
    "{residual:w} is not hedged after {seconds:w} s": "{seconds} 秒后仍有 {residual} 未对冲",
    "{residual:w} is not hedged after {seconds:w} s, of which {part:w} is under way": (
        "{seconds} 秒后仍有 {residual} 未对冲，其中 {part} 正在执行"
    ),
    "{residual:w} is not hedged after {seconds:w} s{rest}": "{seconds} 秒后仍有 {residual} 未对冲{rest:zh}",
    ", of which {part:w} is under way": "，其中 {part} 正在执行",
    "the residual of {residual} exceeds max_residual {limit:w}": "未对冲量 {residual} 超过 max_residual {limit}",
    "our fills and the exchange's positions have not agreed for {seconds} s": (
        "我们的成交与交易所仓位已有 {seconds} 秒不一致"
    ),
    # What ended the bot, and what is left.
    "stopped": "已停止",
    "the session's {seconds} s are over": "会话的 {seconds} 秒已到",
    "the session's volume of {target} is reached": "会话成交额 {target} 已达成",
    "trading_pair ({pair}) must be an open market of {name}": "trading_pair（{pair}）必须是 {name} 的开放市场",
    "{connector:w}: the exchange could not be asked for open orders: {why}": (
        "{connector}：无法向交易所查询未完成订单：{why}"
    ),
    "{connector:w} {pair:w} {side:w} {amount:w} at {price:w}, client id {client}, exchange id {exchange}": (
        "{connector} {pair} {side:zh} {amount}，价格 {price}，客户端订单号 {client}，交易所订单号 {exchange}"
    ),
}
