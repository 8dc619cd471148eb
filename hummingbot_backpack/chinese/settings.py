"""Sentences about settings and decisions, and the preflight's findings."""

SENTENCES: dict[str, str] = {
    # A setting of a table.
    "{name} ({value}) must {demand}": "{name}（{value}）必须{demand:zh}",
    "{name} (missing) must be given and {demand}": "缺少 {name}，必须给出且{demand:zh}",
    "{name} ({value}) must be at most {largest}": "{name}（{value}）不能超过 {largest}",
    "be one of {choices}": "是以下之一：{choices}",
    "be a text that is not empty": "是非空文本",
    "be true or false": "是 true 或 false",
    "be a whole number": "是整数",
    "be a number": "是数字",
    "be a whole number greater than {low} and at most {high}": "是大于 {low} 且不超过 {high} 的整数",
    "be a number greater than {low} and at most {high}": "是大于 {low} 且不超过 {high} 的数",
    "be a whole number at least {low} and at most {high}": "是不小于 {low} 且不超过 {high} 的整数",
    "be a number at least {low} and at most {high}": "是不小于 {low} 且不超过 {high} 的数",
    "be a whole number greater than {low}": "是大于 {low} 的整数",
    "be a number greater than {low}": "是大于 {low} 的数",
    "be a whole number of at least {low}": "是不小于 {low} 的整数",
    "be a number of at least {low}": "是不小于 {low} 的数",
    "{name} ({value}) must be a known setting; the nearest is {nearest}": (
        "{name}（{value}）不是已知的设置项；最接近的是 {nearest}"
    ),
    "target_position ({target}) must be at most max_position ({maximum})": (
        "target_position（{target}）不能超过 max_position（{maximum}）"
    ),
    "{name} ({value}) must be at least the market's minimum of {minimum}": (
        "{name}（{value}）不能小于市场的最小数量 {minimum}"
    ),
    "leverage ({leverage}) must be at most the market's own of {highest}": (
        "leverage（{leverage}）不能超过该市场的最高杠杆 {highest}"
    ),
    "risk_aversion (missing) must be given with quote_model {model}: a number greater than 0": (
        "quote_model 为 {model} 时必须给出 risk_aversion：大于 0 的数"
    ),
    "max_spread_pct ({value}) must be at least spread_pct ({spread})": (
        "max_spread_pct（{value}）不能小于 spread_pct（{spread}）"
    ),
    "{name} ({value}) must name a connector and a market, such as backpack_perpetual:SOL-USDC": (
        "{name}（{value}）必须写明连接器和市场，例如 backpack_perpetual:SOL-USDC"
    ),
    "hedge_market ({market}) must have the base asset of maker_market, {base}": (
        "hedge_market（{market}）的基础资产必须与 maker_market 相同，即 {base}"
    ),
    # A decision.
    "{name} ({value}) must, with the model's other values, give a price that can be written down": (
        "{name}（{value}）与模型的其他参数一起必须得出可表示的价格"
    ),
    "seconds_left ({seconds}) must be a finite number": "seconds_left（{seconds}）必须是有限数",
    "mid ({mid}) must give prices that can be written down": "中间价（{mid}）必须得出可表示的价格",
    "levels ({levels}) must be at least 0": "levels（{levels}）不能小于 0",
    "orders_per_side ({orders}) must be at least 1": "orders_per_side（{orders}）不能小于 1",
    "{name} ({value}) must be a number greater than 0": "{name}（{value}）必须是大于 0 的数",
    "{name} ({value}) must be a number of at least 0": "{name}（{value}）必须是不小于 0 的数",
    "{name} ({value}) must be a finite number": "{name}（{value}）必须是有限数",
    "{value} must be a finite number of multiples of {increment} that can be counted": (
        "{value} 必须是 {increment} 的有限且可计数的倍数"
    ),
    "bid ({bid}) must be below the ask of {ask}": "买价（{bid}）必须低于卖价 {ask}",
    "low ({low}) must not be above the high of {high}": "最低价（{low}）不能高于最高价 {high}",
    "The preflight failed: {error}": "启动前检查失败：{error}",
    # Preflight: refused.
    "trading_pair ({pair}) must be an open market; it is {state} now": (
        "trading_pair（{pair}）必须是开放的市场；当前状态为 {state}"
    ),
    "hedge_market ({market}) must be an open market; it is {state} now": (
        "hedge_market（{market}）必须是开放的市场；当前状态为 {state}"
    ),
    "order_amount ({value}) must give orders that the market takes: {why}": (
        "order_amount（{value}）必须得出市场接受的订单：{why:zh}"
    ),
    "the account's value is not known, so orders cannot be sized from it": "账户净值未知，无法据此确定订单数量",
    "order size from {origin}: {why}": "按 {origin:zh} 计算的订单数量：{why:zh}",
    "the size rounds down to nothing": "数量向下取整后为零",
    "{size:w} is below the market's minimum of {minimum:w}": "{size} 低于市场的最小数量 {minimum}",
    "{value:w} is below the market's minimum order value of {minimum:w}": "{value} 低于市场的最小订单金额 {minimum}",
    "{what} must be carried by the account: it needs {margin} {quote} of margin, and the account is worth {worth}": (
        "{what:zh} 必须是账户可承受的：需要保证金 {margin} {quote}，而账户净值为 {worth}"
    ),
    "one full ladder ({orders} orders of {size} a side) must be carried by the account: it needs {value} {quote}, and"
    " the account is worth {worth}": (
        "一组完整挂单（每边 {orders} 笔，每笔 {size}）必须是账户可承受的：需要 {value} {quote}，而账户净值为 {worth}"
    ),
    "one full ladder ({orders} orders of {size} a side)": "一组完整挂单（每边 {orders} 笔，每笔 {size}）",
    "max_position ({value})": "max_position（{value}）",
    "the account must hold {base} or {quote} to trade {pair}; it has neither": (
        "交易 {pair} 时账户必须持有 {base} 或 {quote}；目前两者都没有"
    ),
    "max_residual ({value}) must be at least the hedge market's minimum of {minimum}": (
        "max_residual（{value}）不能小于对冲市场的最小数量 {minimum}"
    ),
    "order_amount ({size}) must be carried by what both accounts hold: {buy} can be bought and undone, {sell} sold and"
    " undone": "order_amount（{size}）必须在两个账户的资金范围内：可买入并对冲 {buy}，可卖出并对冲 {sell}",
    "order_amount ({size}) needs {margin} {quote} of margin, and the account is worth {worth}": (
        "order_amount（{size}）需要保证金 {margin} {quote}，而账户净值为 {worth}"
    ),
    # Preflight: warned.
    "spread_pct ({spread}) is {bps} bps, less than the {fees} bps that buying and selling cost in maker fees: every"
    " round trip loses": "spread_pct（{spread}）为 {bps} 基点，低于一买一卖的挂单手续费 {fees} 基点：每个来回都亏损",
    "inventory_skew ({skew}) moves quotes by {moved} bps at full inventory, more than twice the spread of {spread}"
    " bps": ("inventory_skew（{skew}）在满仓时使报价偏移 {moved} 基点，超过价差 {spread} 基点的两倍"),
    "these money limits are off: {names}": "以下资金限制未启用：{names}",
    "stop_loss ({value}) is less than max_position times two ticks ({least} {quote}): noise fires it": (
        "stop_loss（{value}）小于 max_position 乘以两个最小价位（{least} {quote}）：正常波动即会触发止损"
    ),
    "leverage ({asked}) is the account's, {now} now: positions in {markets} would feel it": (
        "leverage（{asked}）作用于整个账户，当前为 {now}：会影响 {markets} 的仓位"
    ),
    "{what} is not known, so it is not checked whether it carries max_position": (
        "{what:zh}未知，因此未检查能否承受 max_position"
    ),
    "the account's value": "账户净值",
    "the account's leverage": "账户杠杆",
    "the controllers on {name} may need {total} {quote} of margin together, and the account is worth {worth}": (
        "{name} 上的控制器合计可能需要保证金 {total} {quote}，而账户净值为 {worth}"
    ),
    "what the account holds is not all known: until it is, nothing is rebalanced, and nothing is sized from it": (
        "账户持有的资产尚未全部知晓：在此之前不做再平衡，也不据此确定订单数量"
    ),
    "the account is worth {worth} {quote}, too little to be rebalanced (under {least})": (
        "账户净值为 {worth} {quote}，不足以再平衡（低于 {least}）"
    ),
    "one side's orders come to {value} {quote}, and with {target} % in base the account cannot carry them on both"
    " sides: quotes are cut to what is there": (
        "单边挂单合计 {value} {quote}，基础资产占 {target} % 时账户无法同时承担两边：报价将按现有资金缩减"
    ),
    "daily volatility over 30 days is {volatility} %: rebalance_preset {name} ({target}/{threshold}) fits": (
        "30 天日波动率为 {volatility} %：适合 rebalance_preset {name}（{target}/{threshold}）"
    ),
    "{name} ({value}) is outside of the usual {low} to {high} at this volatility": (
        "{name}（{value}）超出该波动率下常用的 {low} 到 {high}"
    ),
    "what is held carries less than one order of {side}: that side is quoted smaller or not at all": (
        "现有资产不足一笔{side:zh}单：该边将缩小报价或不报价"
    ),
    "buys": "买",
    "sells": "卖",
    "reference ({reference}) is not what is held ({net}): {change} is traded at the start": (
        "reference（{reference}）与现有持仓（{net}）不同：启动时将交易 {change}"
    ),
    # Preflight: figures.
    "market    {connector} {pair}, {state}; tick {tick}, step {step}, minimum {minimum}": (
        "市场    {connector} {pair}，{state}；最小价位 {tick}，数量单位 {step}，最小数量 {minimum}"
    ),
    "markets   {connector} {pair}, {state}; undone on {hedge}": "市场    {connector} {pair}，{state}；在 {hedge} 对冲",
    "buys      {rows}": "买单    {rows:zh}",
    "sells     {rows}": "卖单    {rows:zh}",
    "none: {why}": "无：{why:zh}",
    "none": "无",
    "fees      maker {maker} bps, taker {taker} bps ({origin})": (
        "费率    挂单 {maker} 基点，吃单 {taker} 基点（{origin:zh}）"
    ),
    "the account's": "本账户费率",
    "published ones": "公布费率",
    "cost      {maker} {quote} per 10,000 quoted if the price stands still (maker fee less half the spread; negative is"
    " a gain), {taker} and half the market's spread per 10,000 reduced at market": (
        "成本    价格不变时每万挂单成交 {maker} {quote}（挂单费减半个价差，负数为收益）；"
        "每万市价减仓 {taker} 加半个市场价差"
    ),
    "margin    leverage {leverage}, needs at most {margin} of {worth}; position now {net}": (
        "保证金  杠杆 {leverage:zh}，最多占用 {margin:zh}，账户净值 {worth:zh}；当前仓位 {net:zh}"
    ),
    "not known": "未知",
    "limits    {limits}": "限额    {limits}",
    "holdings  not all known": "持有    尚未全部知晓",
    "holdings  {base}, {quote}: {worth}": "持有    {base}，{quote}：{worth}",
    "rebalance  to {value} {quote} of {base}; sells above {high}, buys below {low}": (
        "再平衡  目标为 {value} {quote} 的 {base}；高于 {high} 卖出，低于 {low} 买入"
    ),
    "advice    {line}": "建议    {line:zh}",
    "cost      {line}": "成本    {line:zh}",
    "expected cost {total} per 10,000 of maker volume (maker fee {maker}, taker fee {taker}, spread crossed"
    " {crossed})": ("每万挂单成交额预计成本 {total}（挂单费 {maker}，吃单费 {taker}，穿越价差 {crossed}）"),
}
