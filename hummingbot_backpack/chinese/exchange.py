"""Sentences of the local Backpack: its settings, faults and recordings."""

SENTENCES: dict[str, str] = {
    "setting ({name}) must be one of {names}": "设置项（{name}）必须是以下之一：{names}",
    "fault ({text}) must have the form kind:name=value,name=value": (
        "fault（{text}）的格式必须是 kind:name=value,name=value"
    ),
    "balance ({item}) must have the form ASSET=AMOUNT, such as USDC=10000": (
        "balance（{item}）的格式必须是 ASSET=AMOUNT，例如 USDC=10000"
    ),
    "{name} ({text}) must be a UTC timestamp such as 2022-01-21T12:00": (
        "{name}（{text}）必须是 UTC 时间，例如 2022-01-21T12:00"
    ),
    "{name} ({text}) must be true or false": "{name}（{text}）必须是 true 或 false",
    "{name} ({text}) must be a number": "{name}（{text}）必须是数字",
    "{name} ({url}) must be reachable: {why}": "{name}（{url}）必须可以连接：{why}",
    "port ({port}) must be free: something listens there already (--port 0 takes a free one)": (
        "port（{port}）必须空闲：已有程序在监听（--port 0 自动选用空闲端口）"
    ),
    "output ({output}) must not exist yet": "output（{output}）必须尚不存在",
    "output ({output}) must lie in a folder that exists": "output（{output}）必须位于已存在的目录中",
    "seconds ({seconds}) must be over 0": "seconds（{seconds}）必须大于 0",
    "market ({market}) must have trades: none came in {seconds} s": (
        "market（{market}）必须有成交：{seconds} 秒内没有收到"
    ),
    "port ({port}) must be between 0 and 65535": "port（{port}）必须在 0 到 65535 之间",
    "host ({host}) must be one of {hosts}, unless exposed is set": (
        "未设置 exposed 时，host（{host}）必须是以下之一：{hosts}"
    ),
    "speed ({speed}) must be over 0 and at most 1000": "speed（{speed}）必须大于 0 且不超过 1000",
    "post_only_cross ({value}) must be reject or expire": "post_only_cross（{value}）必须是 reject 或 expire",
    "cancel_missing ({value}) must be not_found or order_not_found": (
        "cancel_missing（{value}）必须是 not_found 或 order_not_found"
    ),
    "flow_bar_volume ({value}) must be quote or base": "flow_bar_volume（{value}）必须是 quote 或 base",
    "flow_from ({begin}) must be before flow_to ({end})": "flow_from（{begin}）必须早于 flow_to（{end}）",
    "flow_from and flow_to must go with a recording of bars, not {flow}": (
        "flow_from 与 flow_to 只能用于 K 线记录，而不是 {flow}"
    ),
    "{name} ({value}) must not be negative": "{name}（{value}）不能为负",
    "balance of {asset} must be in one of {assets}": "balance 的资产 {asset} 必须是以下之一：{assets}",
    "prices must have a starting price of {asset}": "prices 必须给出 {asset} 的起始价格",
    "mirror ({symbol}) must be a market of {url}": "mirror（{symbol}）必须是 {url} 的市场",
    "mirror ({symbol}) must have a book": "mirror（{symbol}）必须有盘口",
    "{symbol}: tick times step must be a whole number of {unit}": (
        "{symbol}：最小价位乘以最小数量必须是 {unit} 的整数倍"
    ),
    # Faults.
    "fault ({kind}) must be one of {kinds}": "fault（{kind}）必须是以下之一：{kinds}",
    "setting ({name}) of fault {kind} must be one of {names}": "故障 {kind} 的设置项（{name}）必须是以下之一：{names}",
    "{name} ({value}) of fault {kind} must be a number from {low} to {high}": (
        "故障 {kind} 的 {name}（{value}）必须是 {low} 到 {high} 之间的数"
    ),
    "{name} ({value}) of fault {kind} must be text": "故障 {kind} 的 {name}（{value}）必须是文本",
    "times ({times}) of fault {kind} must be a whole number from 1": (
        "故障 {kind} 的 times（{times}）必须是不小于 1 的整数"
    ),
    "probability ({value}) of fault {kind} must be over 0 and at most 1": (
        "故障 {kind} 的 probability（{value}）必须大于 0 且不超过 1"
    ),
    "value (none) of fault {kind} must be given": "必须给出故障 {kind} 的 value",
    "value ({value}) of fault {kind} must be one of {values}": (
        "故障 {kind} 的 value（{value}）必须是以下之一：{values}"
    ),
    # Recordings.
    "flow market ({market}) must be one of {markets}": "flow 市场（{market}）必须是以下之一：{markets}",
    "flow ({name}) must be {known}, or a file of trades, touch, depth or bars": (
        "flow（{name}）必须是 {known}，或成交、最优价、深度、K 线的记录文件"
    ),
    "flow ({names}) must not hold {kind} twice": "flow（{names}）中 {kind} 不能出现两次",
    "flow ({names}) must hold bars from {begin} to {end}": "flow（{names}）必须包含从 {begin:zh} 到 {end:zh} 的 K 线",
    "its start": "开头",
    "its end": "结尾",
    "flow ({names}) must be one recording, or a touch or depth together with trades": (
        "flow（{names}）必须是单个记录，或最优价/深度记录加成交记录"
    ),
    "flow ({path}) must be a readable text file: {why}": "flow（{path}）必须是可读的文本文件：{why}",
    "flow ({path}) must hold at least one {kind}": "flow（{path}）必须至少包含一行数据（{kind}）",
    "flow ({path}) must hold at least one trade": "flow（{path}）必须至少包含一笔成交",
    "flow ({path}) must have the columns {columns}; it lacks {missing}": (
        "flow（{path}）必须有列 {columns}；缺少 {missing}"
    ),
    "{place} must hold numbers": "{place:zh} 必须是数字",
    "flow ({path}) line {line}": "flow（{path}）第 {line} 行",
    "flow ({path}) line {line} must hold prices over 0 and quantities of at least 0": (
        "flow（{path}）第 {line} 行的价格必须大于 0，数量不能为负"
    ),
    "flow ({path}) line {line} must hold prices (and in a touch quantities) over 0": (
        "flow（{path}）第 {line} 行的价格（最优价记录中还有数量）必须大于 0"
    ),
    "flow ({path}) line {line} must hold its time in whole microseconds": (
        "flow（{path}）第 {line} 行的时间必须是整数微秒"
    ),
    "flow ({path}) line {line} must not be earlier than the line before it": (
        "flow（{path}）第 {line} 行的时间不能早于前一行"
    ),
    "flow ({path}) line {line} must have its bid under its ask": "flow（{path}）第 {line} 行的买价必须低于卖价",
    "flow ({path}) line {line} must be an object with time_us, type, bids and asks, levels as [price, quantity]": (
        "flow（{path}）第 {line} 行必须是含 time_us、type、bids、asks 的对象，每档为 [price, quantity]"
    ),
    "flow ({path}) line {line} must have the type snapshot or diff": (
        "flow（{path}）第 {line} 行的 type 必须是 snapshot 或 diff"
    ),
    "flow ({path}) line 1 must hold bids under asks: the price is scaled by it": (
        "flow（{path}）第 1 行的买价必须低于卖价：价格据此缩放"
    ),
    "{place} must hold a UTC timestamp such as 2022-01-21 12:00:00": (
        "{place:zh} 必须是 UTC 时间，例如 2022-01-21 12:00:00"
    ),
    "{place} must be a minute or more after the line before it": "{place:zh} 必须比前一行晚至少一分钟",
    "{place} must hold prices over 0 and a volume of at least 0": "{place:zh} 的价格必须大于 0，成交量不能为负",
    "{place} must have 0 < low <= open, close <= high": "{place:zh} 必须满足 0 < low <= open, close <= high",
    "flow ({path}) line {line} must hold a positive price and quantity": (
        "flow（{path}）第 {line} 行的价格和数量必须为正"
    ),
    "flow ({path}) line {line} must say buy or sell": "flow（{path}）第 {line} 行必须注明 buy 或 sell",
}
