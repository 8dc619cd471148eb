"""What `setup` says, in English and Chinese, and the Chinese of every sentence of the tables of settings."""

from hummingbot_backpack.language import Words, spoken
from hummingbot_backpack.market_making.setting import Setting

SETUP: dict[str, tuple[str, str]] = {
    "intro": (
        "An empty answer takes what stands in brackets; s takes the suggestion, ! the defaults for all that is left, ?"
        " explains again. Ctrl-C ends it; nothing is written before the end.",
        "直接回车采用方括号中的值；s 采用建议值，! 其余全部用默认值，? 再次说明。Ctrl-C 退出；结束前不会写入任何文件。",
    ),
    "kind": (
        "What should the bot do? perp (perpetual market), spot (spot market, rebalanced), hedge (quote, and undo every"
        " fill)",
        "机器人要做什么？perp（永续合约做市）、spot（现货做市并再平衡）、hedge（挂单做市并对冲每笔成交）",
    ),
    "kind_wrong": ("The answer ({value}) must be perp, spot or hedge.", "回答（{value}）必须是 perp、spot 或 hedge。"),
    "market": ("Which market, as BASE-QUOTE", "哪个市场（BASE-QUOTE）"),
    "market_wrong": (
        "The market ({value}) must be an open one of the exchange, such as {examples}.",
        "市场（{value}）必须是交易所开放的市场，例如 {examples}。",
    ),
    "no_answer": (
        "{url} does not answer ({why}): {start}.",
        "{url} 没有响应（{why}）：{start}。",
    ),
    "start_simulator": (
        "start it with `hummingbot-backpack simulator`",
        "请用 `hummingbot-backpack simulator` 启动",
    ),
    "try_later": ("look at the network of this machine", "请检查本机网络"),
    "no_terminal": (
        "setup asks questions: run it in a terminal, or give the answers as lines on standard input with --answers.",
        "setup 需要提问：请在终端中运行，或用 --answers 从标准输入逐行给出回答。",
    ),
    "answers_end": (
        "The answers on standard input ended before {name}.",
        "标准输入的回答在 {name} 之前就结束了。",
    ),
    "facts": (
        "{pair} now: bid {bid}, ask {ask}, daily volatility {volatility}, fees {maker} and {taker} bps, the account is"
        " worth {equity}.",
        "{pair} 当前：买一 {bid}，卖一 {ask}，日波动率 {volatility}，手续费 {maker} 与 {taker} 基点，账户价值 {equity}。",
    ),
    "not_known": ("not known", "未知"),
    "heading_controller": ("The market maker", "做市设置"),
    "heading_script": ("The session", "会话设置"),
    "now": ("now: {effect}", "当前效果：{effect}"),
    "suggestion": ("suggestion: {value} ({why})", "建议：{value}（{why}）"),
    "why_spread": (
        "twice the maker fee and half again, plus the volatility of a minute",
        "两倍挂单手续费的 1.5 倍，加上一分钟的波动",
    ),
    "why_amount": ("a share of the account's value", "账户价值的一个比例"),
    "why_position": ("half of the account's value, without leverage", "账户价值的一半，不加杠杆"),
    "why_preset": ("fits a daily volatility of {value} %", "适合 {value}% 的日波动率"),
    "why_stop": ("a day's volatility on a full position", "满仓时一天的波动"),
    "why_loss": ("5 % of the account's value", "账户价值的 5%"),
    "none": ("none", "无"),
    "required": ("must be answered", "必须回答"),
    "on": ("yes", "是"),
    "off": ("no", "否"),
    "e_spread": ("a bid at {bid} and an ask at {ask}", "买单 {bid}，卖单 {ask}"),
    "e_levels": (
        "bids from {bid} to {last_bid}, asks from {ask} to {last_ask}",
        "买单 {bid} 至 {last_bid}，卖单 {ask} 至 {last_ask}",
    ),
    "e_amount": ("orders of {size} {base}, worth {value} {quote} each", "每单 {size} {base}，价值 {value} {quote}"),
    "e_auto_none": ("the account's value is not known here", "此处不知道账户价值"),
    "e_position": ("a position of at most {value} {quote}", "仓位最多价值 {value} {quote}"),
    "e_threshold": ("reduced from {size} {base} on", "超过 {size} {base} 时减仓"),
    "e_skew": ("{offset} {quote} at full position", "满仓时偏移 {offset} {quote}"),
    "e_exit": ("at a full position when the price has moved by {move} {quote}", "满仓时价格变动 {move} {quote} 触发"),
    "e_target": (
        "{value} {quote} of {base} in an account of {total} {quote}",
        "账户共 {total} {quote}，其中 {base} 值 {value} {quote}",
    ),
    "e_band": (
        "rebalanced when {base} is worth less than {low} or more than {high} {quote}",
        "{base} 价值低于 {low} 或高于 {high} {quote} 时再平衡",
    ),
    "e_slippage": ("between {low} and {high}", "价格在 {low} 与 {high} 之间"),
    "e_hours": ("{hours} hours", "{hours} 小时"),
    "preview": ("The first quotes would be: bids {bids}; asks {asks}.", "首批报价：买 {bids}；卖 {asks}。"),
    "bad_together": ("{sentence}", "{sentence}"),
}

SENTENCES: dict[str, str] = {
    "Distance between the nearest bid and the nearest ask, in percent of mid.": "最近的买单与卖单之间的距离，占中间价的百分比。",
    "Orders on each side.": "每侧订单数量。",
    "Distance from one level to the next, never less than one tick.": "相邻两档之间的距离，至少一个最小价位。",
    "Size of each order; without it, a share of the account's value.": "每个订单的数量；不填则按账户价值的比例。",
    "Quotes are looked at again after this time even if nothing happened.": "即使什么都没发生，也在这段时间后重新检查报价。",
    "A resting quote this close to its target stays; without it, a quarter of the half-spread.": "与目标价相差不超过此值的挂单保留；不填则为半价差的四分之一。",
    "Size the position may have before it is reduced, beside the threshold.": "在阈值之外，仓位达到多少才会被减仓。",
    "Size the position never exceeds.": "仓位永远不会超过的数量。",
    "How far the position may exceed its target; without it, a tenth of max_position.": "仓位可以超过目标多少；不填则为 max_position 的十分之一。",
    "How far quotes move against a full position.": "满仓时报价反向移动的幅度。",
    "Loss at which the position is closed; 0 is off.": "亏损达到此金额时平仓；0 为关闭。",
    "Profit at which the position is closed; 0 is off.": "盈利达到此金额时平仓；0 为关闭。",
    "Pause before quoting again after an exit.": "平仓后重新报价前的暂停时间。",
    "Refuse orders that would trade far from the market's mid.": "拒绝会以远离中间价的价格成交的订单。",
    "Distance from mid at which a taking order is refused.": "吃单与中间价相差超过此值时拒绝。",
    "Market width above which a market order is refused.": "买卖价差超过此值时拒绝市价单。",
    "Part of an order that the book near mid must be able to take.": "中间价附近的盘口必须能承接订单的多大比例。",
    "What happens to a market order that the book cannot take: the careful forms of it, or only as much of it.": "盘口承接不了市价单时：改用更谨慎的形式，或只下能承接的数量。",
    "Whether the tolerance is max_slippage_bps, or more where the market moves more.": "容忍度固定为 max_slippage_bps，还是在波动大时放宽。",
    "Tolerance in dynamic mode, in standard deviations of one-second returns over the last minute.": "动态模式下的容忍度：最近一分钟内每秒收益率标准差的倍数。",
    "Rest a reduce-only trigger order a little beyond stop_loss at the exchange, for the time we cannot reach it.": "在交易所挂一个略超过 stop_loss 的只减仓触发单，以防无法连接交易所。",
    "Leverage to set; without it, the account's stays.": "要设置的杠杆；不填则保持账户现有杠杆。",
    "How the distance of the quotes is chosen; with a model other than fixed, spread_pct is the narrowest.": "报价距离的选择方式；非 fixed 模型时 spread_pct 为最窄价差。",
    "Widest spread, and furthest lean, that a quote model may choose.": "报价模型可选择的最宽价差和最大偏移。",
    "How far ahead the volatility and avellaneda_stoikov models look.": "volatility 与 avellaneda_stoikov 模型的前瞻时间。",
    "Half-spread of the volatility model, over its horizon.": "volatility 模型在其时间范围内的半价差。",
    "Time over which the volatility of the mid is measured.": "测量中间价波动率的时间窗口。",
    "Gamma of the avellaneda_stoikov and glft models.": "avellaneda_stoikov 与 glft 模型的 γ（风险厌恶）。",
    "How fast orders that reach a quote thin out with its distance; without it, estimated from public trades.": "能成交到报价的订单随距离减少的速度；不填则从公开成交估计。",
    "Orders that would reach a quote at mid, per side, for the glft model; without it, estimated.": "glft 模型：每侧在中间价能成交的订单频率；不填则估计。",
    "How many of the next funding payment the quotes lean towards the side that receives it.": "报价向收取资金费的一侧偏移多少倍的下次资金费。",
    "Trade base back to its share of the account.": "把基础资产交易回其在账户中的占比。",
    "Share of the account that base should be; without it, the preset's, or 30.": "基础资产应占账户的比例；不填则用预设值，或 30。",
    "How far base's share may be from its target; without it, the preset's, or 15.": "基础资产占比可偏离目标多少；不填则用预设值，或 15。",
    "Target and threshold by name; a number that is given wins.": "按名称给出目标与阈值；单独给出的数字优先。",
    "Time after which what a rebalancing left is tried again.": "再平衡未完成的部分在多久后重试。",
    "How far quotes move at the edge of the threshold, towards base's target.": "到达阈值边缘时，报价朝基础资产目标移动的幅度。",
    "Size of the one order on each side.": "每侧唯一订单的数量。",
    "How far behind the best bid and ask we quote.": "报价距离最优买卖价多远。",
    "A resting quote this close to its target stays.": "与目标价相差不超过此值的挂单保留。",
    "Base on both markets together that hedging restores; without it, what is held at the first start, kept.": "对冲要恢复到的两个市场合计数量；不填则记住首次启动时的持有量。",
    "Quotes are withdrawn while more than this is not hedged; without it, two orders.": "未对冲数量超过此值时撤下报价；不填则为两个订单。",
    "Time after which what is not hedged withdraws the quotes and goes out at market.": "超过这段时间仍未对冲时，撤下报价并以市价对冲。",
    "Length of the session; without it, until stopped.": "会话时长；不填则直到手动停止。",
    "Volume, maker and taker, after which the session ends; without it, none.": "挂单与吃单合计成交额达到此值后结束会话；不填则不限。",
    "What happens to the position at the end.": "结束时如何处理仓位。",
    "Keep fills and results on disk.": "把成交与结果保存到磁盘。",
    "Quotes are withdrawn when book, position or private stream are not there for this long.": "盘口、仓位或私有流缺失这么久后撤下报价。",
    "Time between two status blocks in the log.": "日志中两次状态输出的间隔。",
    "Loss at which quoting stops; without it, off.": "亏损达到此值时停止报价；不填则关闭。",
    "Fall from the session's high at which it stops; else off.": "从会话最高点回撤达到此值时停止；不填则关闭。",
    "Cost per 10,000 of volume at which quoting stops, once there were 10,000; without it, off.": "成交额满 10,000 后，每万成本达到此值时停止报价；不填则关闭。",
    "The least level that is logged; without it, as conf/hummingbot_logs.yml says.": "记录日志的最低级别；不填则按 conf/hummingbot_logs.yml。",
    "Whether logs show prices, sizes, amounts and ids.": "日志是否显示价格、数量、金额和编号。",
    "How rotated logs are kept; encrypted is with the keystore's password.": "轮转后的日志如何保存；encrypted 表示用密钥库密码加密。",
}


UNITS = {
    "": "",
    "% of mid": "中间价的 %",
    "% of the account": "账户净值的 %",
    "% of the order": "订单的 %",
    "1/quote": "1/报价资产",
    "1/s": "1/秒",
    "base": "基础资产",
    "base, signed": "基础资产，带正负号",
    "bps": "基点",
    "bps of mid": "中间价的基点",
    "bps of the touch": "最优价的基点",
    "fraction of price": "价格的比例",
    "payments": "次资金费",
    "percentage points": "百分点",
    "quote": "报价资产",
    "quote per 10,000": "报价资产，每万成交额",
    "s": "秒",
    "standard deviations": "标准差",
    "x": "倍",
}
"""Units of settings in Chinese."""


def sentence(setting: Setting, words: Words) -> str:
    """What a setting does, in the language of `words`."""
    return SENTENCES[setting.sentence] if words.language == "zh" else setting.sentence


def refusal(setting: Setting, value: str, words: Words) -> str:
    """`<setting> (<value>) must <...>`, in the language of `words`."""
    return spoken(f"{setting.name} ({value}) must {setting.demand}.", words.language)


def unit(setting: Setting, words: Words) -> str:
    """A setting's unit, in the language of `words`."""
    return UNITS[setting.unit] if words.language == "zh" else setting.unit
