"""Every word of a report, in English and Chinese."""

from hummingbot_backpack import language

WORDS: dict[str, tuple[str, str]] = {
    "title": ("Report of {bot}", "{bot} 报告"),
    "all": ("all sessions", "全部会话"),
    "today": ("today", "今日"),
    "session": ("session {number}", "第 {number} 次会话"),
    "from_to": ("{begins} to {ends}", "{begins} 至 {ends}"),
    "sessions": ("sessions", "会话数"),
    "what_made": ("What it is made of", "盈亏构成"),
    "part": ("part", "项目"),
    "amount": ("amount ({quote})", "金额（{quote}）"),
    "spread": ("spread captured", "价差收入"),
    "adverse": ("adverse selection (30 s)", "逆向选择（30 秒）"),
    "inventory": ("inventory", "库存盈亏"),
    "hedge": ("hedge cost", "对冲成本"),
    "fees": ("fees and rebates", "手续费与返佣"),
    "funding": ("funding", "资金费"),
    "net": ("net PnL of our trading", "本策略净盈亏"),
    "interest": ("interest", "利息"),
    "foreign": ("fills that are not ours", "非本机器人的成交"),
    "elsewhere": ("other holdings of the account", "账户其他持仓"),
    "deposits": ("deposits", "充值"),
    "withdrawals": ("withdrawals", "提现"),
    "between": ("between sessions", "会话之间"),
    "change": ("the account's change, at mark", "账户变动（按标记价格）"),
    "unexplained": ("not explained", "未能解释"),
    "markets": ("Markets", "市场"),
    "market": ("market", "市场"),
    "volume": ("volume", "成交额"),
    "maker": ("maker", "挂单"),
    "taker": ("taker", "吃单"),
    "fills": ("fills", "成交笔数"),
    "buys": ("buys", "买"),
    "sells": ("sells", "卖"),
    "realised": ("realised", "已实现"),
    "unrealised": ("unrealised", "未实现"),
    "wear": ("wear per 10,000", "每万磨损"),
    "wear_note": ("positive is a loss", "正数为亏损"),
    "position": ("position", "持仓"),
    "quality": ("Quoting", "报价质量"),
    "within": ("both sides within {band} bps", "双边在 {band} 基点内"),
    "size_within": ("average size within {band} bps, bid / ask", "{band} 基点内平均数量，买 / 卖"),
    "looked": ("time looked at", "统计时长"),
    "markout": ("markout after {seconds} s", "{seconds} 秒后标记偏移"),
    "per_10000": ("{value} bps of {volume}", "成交额 {volume} 的 {value} 基点"),
    "equity": ("Equity", "账户权益"),
    "cumulative": ("Result over time", "盈亏走势"),
    "inventory_time": ("Position over time", "持仓走势"),
    "volume_time": ("Volume", "成交额走势"),
    "curve": ("Where the price goes after a fill", "成交后价格走向"),
    "seconds_after": ("seconds after the fill", "成交后秒数"),
    "bps": ("bps of the volume, for us", "对我方的基点"),
    "notes": ("To know", "说明"),
    "not_known": ("not known", "未知"),
    "total": ("total", "合计"),
    "no_account": (
        "What the account was worth at both ends is not on record for all of it (an older release, a connector that"
        " cannot say, or a session that ended before its first minute), so it is not compared with the parts.",
        "并非所有会话都记录了首尾账户价值（旧版本、连接器不支持，或会话不足一分钟即结束），因此未与账户变动核对。",
    ),
    "no_fills": ("Nothing was filled.", "没有成交。"),
    "running": (
        "The last session runs still, or did not end properly: the figures are those of its last minute on record.",
        "最后一次会话仍在运行或未正常结束：数据截至其最后记录的一分钟。",
    ),
    "not_cut": (
        "Session {session} holds no sample at which it could be cut, and is left out.",
        "第 {session} 次会话没有可供切分的样本，未计入。",
    ),
    "unknown_market": (
        "Fills of {market} belong to no market of their session and are left out.",
        "{market} 的成交不属于其会话的任何市场，未计入。",
    ),
    "last_price": (
        "{market}: the price at the end is not on record; what is held is valued at its last fill.",
        "{market}：未记录结束价格，持仓按最后成交价估值。",
    ),
    "without_touch": (
        "{market}: of {count} fills the book was not recorded; their spread and adverse selection are not known and"
        " stand in inventory.",
        "{market}：{count} 笔成交未记录盘口，其价差与逆向选择未知，计入库存盈亏。",
    ),
    "without_markout": (
        "{market}: of {count} fills the book 30 s later was not known; their adverse selection stands in inventory.",
        "{market}：{count} 笔成交 30 秒后的盘口未知，其逆向选择计入库存盈亏。",
    ),
    "other_fee": (
        "A fee of {amount} {asset} has no price on record and is not in the sum.",
        "手续费 {amount} {asset} 没有价格记录，未计入合计。",
    ),
    "other_quote": (
        "{market} is counted in {quote}, one to one with the account's currency.",
        "{market} 以 {quote} 计价，按与账户货币 1:1 计算。",
    ),
    "unpriced": (
        "{amount} {asset} came or went without a price on record and is not in the sum.",
        "{amount} {asset} 的进出没有价格记录，未计入合计。",
    ),
    "elsewhere_bots": (
        "{names} ran under another script: there are no exact records of it, so nothing of it is in here.",
        "{names} 使用其他脚本运行：没有精确记录，未计入本报告。",
    ),
    "not_persisted": (
        "The last session ran with persist: false, which keeps its records in memory only; it is not in here.",
        "最近一次会话使用 persist: false，记录只在内存中，未计入本报告。",
    ),
    "unexplained_note": (
        "{amount} {quote} of the account's change are not explained by anything on record.",
        "账户变动中有 {amount} {quote} 没有任何记录可以解释。",
    ),
    "definition": (
        "Spread is what a fill was better than the mid; adverse selection is where the mid went within 30 s; inventory"
        " is the rest until the end, with what was held at the start. Trades are matched oldest first.",
        "价差为成交价优于中间价的部分；逆向选择为成交后 30 秒中间价的变动；其余直至结束（含期初持仓）为库存盈亏。"
        "交易按先进先出匹配。",
    ),
}


class Words(language.Words):
    """The words of a report in one language."""

    def __init__(self, language: str) -> None:
        super().__init__(WORDS, language)
