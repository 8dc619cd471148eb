"""Sentences of the command line itself, and of the commands that read: demo, report, logs, metrics, pause, panic."""

SENTENCES: dict[str, str] = {
    # Arguments.
    "--lang ({wanted}) must be en or zh": "--lang（{wanted}）必须是 en 或 zh",
    "stopped at the question, nothing was done": "在提问处停止，未做任何操作",
    "{sentence} (see {command} --help)": "{sentence:zh}（见 {command} --help）",
    "{option} ({value}) cannot be used: {why}": "{option}（{value}）不可用：{why:zh}",
    "No such option: {option}": "没有选项 {option}",
    "No such option: {option} Did you mean {other}?": "没有选项 {option}，是否想用 {other}？",
    "No such option: {option} (Possible options: {others})": "没有选项 {option}（相近的选项：{others}）",
    "No such command {command}": "没有命令 {command}",
    "No such command {command}. Did you mean {other}?": "没有命令 {command}，是否想用 {other}？",
    "Missing command": "缺少命令",
    "Missing argument {name}": "缺少参数 {name}",
    "Missing option {name}": "缺少选项 {name}",
    "Missing parameter: {name}": "缺少参数 {name}",
    "Option {option} requires an argument": "选项 {option} 需要一个值",
    "Option {option} does not take a value": "选项 {option} 不接受值",
    "Got unexpected extra argument ({value})": "多余的参数（{value}）",
    "Got unexpected extra arguments ({values})": "多余的参数（{values}）",
    "Invalid value for {name}: {why}": "{name} 的值无效：{why:zh}",
    "Invalid value: {why}": "值无效：{why:zh}",
    "{value} is not a valid integer": "{value} 不是有效的整数",
    "Input should be a valid integer, unable to parse string as an integer": "不是有效的整数",
    "Input should be a valid number, unable to parse string as a number": "不是有效的数字",
    "{value} is not a valid float": "{value} 不是有效的数字",
    "{value} is not a valid int": "{value} 不是有效的整数",
    "{value} is not a valid boolean": "{value} 不是有效的布尔值",
    "{value} is not in the range {bounds}": "{value} 不在范围 {bounds} 内",
    "{value} is not one of {choices}": "{value} 不是以下之一：{choices}",
    "File {path} does not exist": "文件 {path} 不存在",
    "Directory {path} does not exist": "目录 {path} 不存在",
    "Path {path} does not exist": "路径 {path} 不存在",
    "File {path} is a directory": "{path} 应为文件，却是目录",
    "Directory {path} is a file": "{path} 应为目录，却是文件",
    # demo
    "DEMO ({kind}) must be one of {kinds}": "DEMO（{kind}）必须是以下之一：{kinds}",
    "DEMO_SECONDS ({seconds}) must be from 10 to 86400": "DEMO_SECONDS（{seconds}）必须在 10 到 86400 之间",
    "DEMO_SPEED ({speed}) must be from 0.1 to 100": "DEMO_SPEED（{speed}）必须在 0.1 到 100 之间",
    "DEMO_FLOW ({flow}) must be a file of recorded trades": "DEMO_FLOW（{flow}）必须是成交记录文件",
    "--folder ({folder}) must be a folder of an earlier demonstration, an empty one, or not exist": (
        "--folder（{folder}）必须是以前演示用过的目录、空目录或尚不存在的目录"
    ),
    "There are {free} MB free where {folder} would go, and the demonstration needs {needed}: make room": (
        "{folder} 所在磁盘只剩 {free} MB，演示需要 {needed} MB：请腾出空间"
    ),
    "The local Backpack did not start: {words}": "本地 Backpack 未能启动：{words}",
    "The bot did not begin to quote. Its last words:\n{words}": "机器人没有开始报价，最后的输出：\n{words}",
    "hummingbot-backpack {command} failed: {words}": "hummingbot-backpack {command} 失败：{words:zh}",
    "The recording makes no market: {words}": "该记录无法形成市场：{words}",
    "The bot did not end {seconds} s after its time was up. Its last words:\n{words}": (
        "到时间 {seconds} 秒后机器人仍未结束，最后的输出：\n{words}"
    ),
    # report, records
    "records of {bot} hold no session: start the bot, and report again": (
        "{bot} 的记录中没有任何会话：请先启动机器人，再生成报告"
    ),
    "records of {bot} cannot be read to their end ({why}): the file is damaged; restore it from a backup, or move it"
    " away": "{bot} 的记录无法读完（{why}）：文件已损坏，请从备份恢复或移走",
    "session ({session}) must be one that {bot} has on record; `--sessions` lists them": (
        "session（{session}）必须是 {bot} 记录中的会话；用 `--sessions` 列出"
    ),
    "{bot} has no session of today; leave --today out for all of them": ("{bot} 今天没有会话；去掉 --today 可查看全部"),
    "--today and --session must not be given together": "--today 与 --session 不能同时使用",
    "--bot ({bot}) must be one that has records here: {known}": "--bot（{bot}）必须是此处有记录的机器人：{known}",
    "{data} holds no records: no bot has run here yet with the script backpack_market_making": (
        "{data} 中没有记录：此处还没有机器人以脚本 backpack_market_making 运行过"
    ),
    "the last session ran with persist: false, which keeps its records in memory only, so none are left to report: set"
    " persist: true in its configuration to keep them": (
        "上次会话使用 persist: false，记录只在内存中，已无可报告：请在配置中设 persist: true 以保留记录"
    ),
    "{names} ran under another script than backpack_market_making: Hummingbot's database has its fills with prices cut"
    " after six decimals, without maker or taker, book or account, so no report can be made of them": (
        "{names} 使用的脚本不是 backpack_market_making：Hummingbot 数据库中的成交价只保留六位小数，"
        "且没有挂单/吃单、盘口和账户信息，无法生成报告"
    ),
    "records file ({path}) {why}: install the newer release, or move the file away": (
        "记录文件（{path}）{why:zh}：请安装新版本，或移走该文件"
    ),
    "has layout {found}, and this release knows layouts up to {known}": (
        "的格式版本为 {found}，而本版本最高只支持 {known}"
    ),
    "records file ({path}) must be a readable SQLite database, and is not ({why}): move it away, or restore it from a"
    " backup": "记录文件（{path}）不是可读的 SQLite 数据库（{why}）：请移走，或从备份恢复",
    "records file ({path}) must be writable: {why}": "记录文件（{path}）必须可写：{why}",
    # metrics
    "--address ({address}) must be an IP address of this machine": "--address（{address}）必须是本机的 IP 地址",
    "--port ({port}) cannot be listened on at {address}: {why}": "--port（{port}）无法在 {address} 上监听：{why}",
    # pause, resume, flatten
    "The bot did not take the request within {seconds} s, so it was taken back": (
        "机器人在 {seconds} 秒内没有接受请求，请求已撤回"
    ),
    "No bot runs in {workspace}: there is nothing to {kind}": "{workspace} 中没有机器人在运行：没有可 {kind} 的对象",
    "The bot ended before it answered": "机器人在答复前已结束",
    "The bot has begun, but was not done within {seconds} s; it goes on": (
        "机器人已开始执行，但 {seconds} 秒内未完成；仍在继续"
    ),
    "{what} cannot be written: {why}": "{what} 无法写入：{why}",
    # panic
    "--market says what to close, and needs --flatten": "--market 指明要平掉的市场，必须与 --flatten 一起使用",
    "There are no keys in {root}: its orders must be cancelled at the exchange's own page": (
        "{root} 中没有密钥：只能在交易所网页上撤单"
    ),
    "{flag} asks before it acts: add --yes without a terminal": "{flag} 执行前需要确认：没有终端时请加 --yes",
    "--market ({market}) must be a market of the exchange, such as SOL_USDC_PERP": (
        "--market（{market}）必须是交易所的市场，例如 SOL_USDC_PERP"
    ),
    "--flatten closes the markets of the last session, and there was none: name them with --market, or --all": (
        "--flatten 平掉上次会话的市场，但没有上次会话：请用 --market 指明，或用 --all"
    ),
    "{url:w} does not let us look ({why}): cancel at the exchange's own page, or run panic again": (
        "{url} 不允许查询（{why}）：请在交易所网页上撤单，或再次运行 panic"
    ),
    "The bot is stopped; its orders were not looked for: {why}": "机器人已停止；未查询其挂单：{why:zh}",
    "The bot could not be ended, and its orders were not looked for: {why}": "机器人无法结束，也未查询其挂单：{why:zh}",
    "The orders of {connector} were not looked for: {why}": "未查询 {connector} 的挂单：{why:zh}",
    "No password was given": "没有输入密码",
    "{market:w} is not a market of {url}: close it where it is traded": "{market} 不是 {url} 的市场：请在其所在处平仓",
    "Done here, not elsewhere": "此处已完成，别处尚未完成",
    "No bot was running": "没有机器人在运行",
    "Process {number} could not be ended": "进程 {number} 无法结束",
    "The bot (process {number}) is stopped": "机器人（进程 {number}）已停止",
    "The bot (process {number}) is stopped, killed after {seconds} s without an answer": (
        "机器人（进程 {number}）{seconds} 秒没有应答，已强制结束"
    ),
    "{symbol:w}: {count} orders cancelled, {left} left": "{symbol}：已撤 {count} 单，剩余 {left:zh}",
    "{symbol:w}: {count} order cancelled, {left} left": "{symbol}：已撤 {count} 单，剩余 {left:zh}",
    "{symbol:w}: {count} orders cancelled, {left} left; position {before}, now {after}": (
        "{symbol}：已撤 {count} 单，剩余 {left:zh}；仓位原为 {before}，现为 {after:zh}"
    ),
    "{symbol:w}: {count} order cancelled, {left} left; position {before}, now {after}": (
        "{symbol}：已撤 {count} 单，剩余 {left:zh}；仓位原为 {before}，现为 {after:zh}"
    ),
    "{size:w}, less than the market's smallest order": "{size}，低于市场的最小数量",
    "still resting: {order}": "仍在挂单：{order:zh}",
    "{side} {size:w} at {price:w}, exchange id {id:w}": "{side:zh} {size}，价格 {price}，交易所订单号 {id}",
    "refused: {why}": "被拒绝：{why}",
    "Done": "完成",
    "NOT done: look at {what} on the exchange's own page, and run panic again": (
        "未完成：请在交易所网页上查看{what:zh}，并再次运行 panic"
    ),
    "No orders of {what} rest": "{what:zh}没有挂单",
    "the account": "该账户",
    "this workspace": "此工作区",
    "{url:w}: {why}; trying again": "{url}：{why}；正在重试",
    "Stop the bot, cancel every order of the account?": "停止机器人并撤销账户的所有订单？",
    "Stop the bot, cancel every order of the account and close every position?": (
        "停止机器人、撤销账户的所有订单并平掉所有仓位？"
    ),
    "Stop the bot, cancel the bot's orders and close its positions?": "停止机器人、撤销其订单并平掉其仓位？",
    "{symbol:w}: {side:w} {size:w}, {form:w} ({why})": "{symbol}：{side:zh} {size}，{form:zh}（{why:zh}）",
    "market": "市价单",
    "ioc": "IOC 限价单",
    "wide_ioc": "放宽的 IOC 限价单",
    "capped_market": "限滑点市价单",
    "plain_market": "无限制市价单",
    "there is no valid book": "没有有效盘口",
    "every gentler form left a rest": "更温和的方式都未能全部成交",
    "slippage protection is off": "未启用滑点保护",
}
