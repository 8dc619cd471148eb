"""Every sentence of `convert`, in English and Chinese."""

CONVERT: dict[str, tuple[str, str]] = {
    "secret": (
        "{flag} must not stand on a command line, where others can read it: store keys with `hummingbot-backpack keys"
        " import`.",
        "{flag} 不能写在命令行里（他人可以看到）：请用 `hummingbot-backpack keys import` 保存密钥。",
    ),
    "switch": ("{flag} ({value}) must stand alone, without a value.", "{flag}（{value}）必须单独出现，不能带值。"),
    "missing": ("{flag} (missing) must have a value.", "{flag}（缺失）必须带一个值。"),
    "unknown": ("{flag} must be a flag of the classic bot: {flags}.", "{flag} 必须是经典机器人的参数之一：{flags}。"),
    "required": ("{flag} (missing) must be given.", "{flag}（缺失）必须给出。"),
    "number": ("{flag} ({value}) must be a number.", "{flag}（{value}）必须是数字。"),
    "choice": ("{flag} ({value}) must be one of {choices}.", "{flag}（{value}）必须是 {choices} 之一。"),
    "both": ("{one} and {other} must not be given both: choose one.", "{one} 与 {other} 不能同时给出：请选其一。"),
    "exchange": (
        "--exchange ({value}) must be backpack: for others, run Hummingbot's own connector of that exchange with a"
        " controller of ours (`hummingbot-backpack init`, then `hbot create`).",
        "--exchange（{value}）必须是 backpack：其他交易所请用 Hummingbot 自带的连接器配合我们的控制器"
        "（先 `hummingbot-backpack init`，再 `hbot create`）。",
    ),
    "grid": (
        "--strategy ({value}) must be standard or maker_hedge: for grids use Hummingbot's own grid_strike controller"
        " on the connector backpack_perpetual.",
        "--strategy（{value}）必须是 standard 或 maker_hedge：网格请用 Hummingbot 自带的 grid_strike 控制器，"
        "连接器为 backpack_perpetual。",
    ),
    "cli": (
        "--cli has no counterpart: answer questions with `hummingbot-backpack setup`, or open Hummingbot's own client"
        " with `hummingbot-backpack client`.",
        "--cli 没有对应功能：请用 `hummingbot-backpack setup` 交互配置，或用 `hummingbot-backpack client` 打开"
        " Hummingbot 客户端。",
    ),
    "web": (
        "--web has no counterpart: follow a running bot with `hummingbot-backpack watch`.",
        "--web 没有对应功能：请用 `hummingbot-backpack watch` 查看运行中的机器人。",
    ),
    "not_spot": (
        "{flag} must go with --market-type perp: spot has no such setting.",
        "{flag} 必须与 --market-type perp 一起使用：现货没有这个设置。",
    ),
    "not_perp": (
        "{flag} must go with --market-type spot: perpetuals are not rebalanced.",
        "{flag} 必须与 --market-type spot 一起使用：永续合约不做再平衡。",
    ),
    "symbol": (
        "--symbol ({value}) must be a {kind} market of Backpack, such as {example}.",
        "--symbol（{value}）必须是 Backpack 的{kind}市场，例如 {example}。",
    ),
    "kind_spot": ("spot", "现货"),
    "kind_perp": ("perpetual", "永续合约"),
    "hedge_quantity": (
        "--quantity (missing) must be given with --strategy maker_hedge.",
        "使用 --strategy maker_hedge 时必须给出 --quantity（缺失）。",
    ),
    "env_unreadable": ("--env-file ({value}) cannot be read.", "--env-file（{value}）无法读取。"),
    "written": ("Written: {file}", "已写入：{file}"),
    "not_written": ("Nothing is written (--dry-run).", "未写入任何文件（--dry-run）。"),
    "start": ("Start it with: {command}", "启动命令：{command}"),
    "column_flag": ("classic flag", "经典参数"),
    "column_ours": ("here", "此处"),
    "column_meaning": ("what is different", "有何不同"),
    "meanings": ("Settings that mean something else here", "含义有变化的设置"),
    "m_spread": (
        "The whole width between the nearest bid and ask, in percent of mid; both rounded outward.",
        "最近的买价与卖价之间的总宽度，占中间价的百分比；两侧都向外取整。",
    ),
    "m_max_orders": (
        "Orders beyond the first lie one tick further out each (level_step_bps: 0); the classic bot's are spaced by"
        " its own rule.",
        "第一档之外的订单每档只远一个最小价位（level_step_bps: 0）；经典机器人用它自己的间距。",
    ),
    "m_interval": (
        "Only the backstop: quotes react at once to book, fills and position, and good ones stay in the queue.",
        "只是兜底间隔：报价会立即对盘口、成交和仓位作出反应，仍然合适的订单保留在队列中。",
    ),
    "m_quantity": (
        "Without it each order is a share of the account's value, at most 5 % and a quarter of it for all of a side.",
        "不给出时，每个订单按账户总值的比例计算：最多 5%，且一侧合计不超过四分之一。",
    ),
    "m_stop_loss": (
        "An amount without a sign (-1 is 1); it is measured as quantity × (mark − entry), and the close cannot be"
        " refused.",
        "不带符号的金额（-1 即 1）；按 数量 ×（标记价 − 开仓价）计算，平仓不会被拒绝。",
    ),
    "m_take_profit": (
        "Measured as quantity × (mark − entry), not by the exchange's unrealised field.",
        "按 数量 ×（标记价 − 开仓价）计算，而不是交易所的未实现盈亏字段。",
    ),
    "m_inventory_skew": (
        "The fraction of the price by which quotes move at full position: 0.002 is 0.2 %; 1 would be the whole price.",
        "满仓时报价移动的价格比例：0.002 即 0.2%；1 就是整个价格。",
    ),
    "m_target_position": (
        "A size without a sign; the position is reduced only when it is over target plus threshold.",
        "不带符号的数量；只有超过目标加阈值时才会减仓。",
    ),
    "m_max_position": (
        "Never exceeded by quotes: near it they shrink, at it the side that would add is withdrawn.",
        "报价永远不会超过它：接近时缩小，达到时撤下会加仓的一侧。",
    ),
    "m_duration": (
        "Counts from the first quote; at the end orders are cancelled and the position is kept (on_end: keep).",
        "从第一个报价开始计时；结束时撤单并保留仓位（on_end: keep）。",
    ),
    "m_rebalance": (
        "An IOC limit order inside max_slippage_bps, back to the target; lent funds count.",
        "用 max_slippage_bps 以内的 IOC 限价单回到目标；出借的资金计入总额。",
    ),
    "m_database": (
        "Fills and results are kept in memory only (persist: false): reports of past sessions need --enable-db.",
        "成交与结果只保存在内存中（persist: false）：查看过去会话的报告需要 --enable-db。",
    ),
    "m_base_url": (
        "BASE_URL is not carried over: the connector knows where the exchange is.",
        "BASE_URL 不会沿用：连接器自己知道交易所的地址。",
    ),
    "m_proxy": (
        "The streams' proxy is not written into a file, since it may hold a password: `run` hands it to its bot; for"
        " `hbot start` keep BACKPACK_PROXY_WEBSOCKET in the environment.",
        "流的代理可能含有密码，不会写入文件：`run` 会把它交给所启动的机器人；用 `hbot start` 启动时请在环境变量中保留"
        " BACKPACK_PROXY_WEBSOCKET。",
    ),
    "m_keys": (
        "Keys are not carried over: store them with `hummingbot-backpack keys import`.",
        "密钥不会沿用：请用 `hummingbot-backpack keys import` 保存。",
    ),
    "m_hedge_spread": (
        "Not used: quotes stand at the best bid and ask, or edge_bps of mid behind them.",
        "不使用：报价挂在最优买卖价上，或按 edge_bps（中间价的基点）退后。",
    ),
    "m_hedge_none": (
        "Not used: a hedge holds no position of its own. What is not hedged yet is limited by max_residual and"
        " residual_deadline.",
        "不使用：对冲策略自身不持仓。未对冲部分由 max_residual 和 residual_deadline 限制。",
    ),
    "m_hedge": (
        "Every fill is undone at once on the same market (hedge_market), with a residual that survives a restart.",
        "每笔成交立即在同一市场（hedge_market）对冲，未对冲余量在重启后仍然保留。",
    ),
}
