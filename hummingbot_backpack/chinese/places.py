"""Sentences of workspaces, of what Hummingbot is started with in them, and of doctor."""

SENTENCES: dict[str, str] = {
    # Workspaces.
    "The client needs a terminal; without one, use `hummingbot-backpack hbot`": (
        "客户端需要终端；没有终端时请用 `hummingbot-backpack hbot`"
    ),
    "--simulator-url belongs to a workspace for rehearsal: add --simulator": (
        "--simulator-url 只用于演练工作区：请加 --simulator"
    ),
    "{root} is a workspace for live trading: make another folder for rehearsal, so that simulated keys never lie beside"
    " live ones": "{root} 是实盘工作区：请另建目录用于演练，使模拟密钥不与实盘密钥放在一起",
    "DIR ({root}) must be a folder, or not exist yet": "DIR（{root}）必须是目录，或尚不存在",
    "DIR ({root}) must be new, empty, a workspace or Hummingbot's home: it holds {file}": (
        "DIR（{root}）必须不存在、为空、是工作区或 Hummingbot 目录：其中有 {file}"
    ),
    "{root} cannot be made a workspace: {why}": "{root} 无法建成工作区：{why}",
    "{root} is a home that Hummingbot has run in: make a new folder for rehearsal, so that nothing of it is changed": (
        "{root} 是 Hummingbot 运行过的目录：请新建目录用于演练，以免改动其中内容"
    ),
    "{switch} is off, and Hummingbot's bundled connectors cannot start beside the key files of the local Backpack: move"
    " away {files}": (
        "{switch} 已关闭，而 Hummingbot 自带的连接器无法与本地 Backpack 的密钥文件一起启动：请移走 {files}"
    ),
    "`hbot {command}` {what}: this workspace reaches nothing but this machine": (
        "`hbot {command}` {what:zh}：本工作区只连接本机"
    ),
    "asks public time servers; use `hummingbot-backpack doctor`": (
        "会访问公共时间服务器，请用 `hummingbot-backpack doctor`"
    ),
    "asks the servers that Hummingbot's source comes from; run it in Hummingbot's own folder": (
        "会访问 Hummingbot 源码服务器，请在 Hummingbot 自己的目录中运行"
    ),
    "The links of {root} cannot be mended: {why}": "{root} 的链接无法修复：{why}",
    "{root} is not a workspace: make one with `hummingbot-backpack init DIR`, go into it, or name it with --workspace"
    " or {variable}": (
        "{root} 不是工作区：请用 `hummingbot-backpack init DIR` 创建并进入，或用 --workspace 或 {variable} 指定"
    ),
    "Hummingbot is not installed for {python}: install it with `pip install 'hummingbot-backpack[hummingbot]'`": (
        "{python} 没有安装 Hummingbot：请用 `pip install 'hummingbot-backpack[hummingbot]'` 安装"
    ),
    "{link} must be a link to {target}: move it away": "{link} 必须是指向 {target} 的链接：请移走它",
    "rehearsal ({value}) in {path} must be true or false": "{path} 中的 rehearsal（{value}）必须是 true 或 false",
    "{name} ({url}) must be an address such as {example}": "{name}（{url}）必须是地址，例如 {example}",
    "{path} must hold `name: value` lines": "{path} 必须由 `name: value` 行组成",
    "{path} is not valid YAML": "{path} 不是有效的 YAML",
    "{path} is not valid YAML (line {line})": "{path} 不是有效的 YAML（第 {line} 行）",
    # Configurations, before hbot starts them.
    "{place}: {why}": "{place:zh}：{why:zh}",
    "{path} must be YAML: {why}": "{path} 必须是 YAML：{why}",
    "{path} must hold settings as name: value": "{path} 必须由 name: value 设置组成",
    "{name} ({value}) must be a whole number from {low} to {high}": (
        "{name}（{value}）必须是 {low} 到 {high} 之间的整数"
    ),
    "{name} ({value}) must be a number above 0 and up to 100": "{name}（{value}）必须大于 0 且不超过 100",
    "{name} ({value}) must begin with http:// or https://": "{name}（{value}）必须以 http:// 或 https:// 开头",
    "{path}: {field} ({pair}) must be an open {kind} market{nearest}": (
        "{path}：{field}（{pair}）必须是开放的{kind:zh}市场{nearest:zh}"
    ),
    "perpetual": "永续",
    "spot": "现货",
    "; the nearest is {name}": "；最接近的是 {name}",
    "{path}: {field} ({connector}) must be a known connector; the nearest is {nearest}": (
        "{path}：{field}（{connector}）必须是已知的连接器；最接近的是 {nearest}"
    ),
    "{path}: {field} ({connector}) must be {names} in a workspace for rehearsal": (
        "{path}：在演练工作区中，{field}（{connector}）必须是 {names}"
    ),
    "There are no keys for {connector}: store them with `hummingbot-backpack {how}`": (
        "没有 {connector} 的密钥：请用 `hummingbot-backpack {how}` 保存"
    ),
    "{path}: {name} ({value}) must be at least {minimum}, the market's minimum": (
        "{path}：{name}（{value}）不能小于市场的最小数量 {minimum}"
    ),
    "{path}: leverage ({leverage}) must be at most {highest}, the market's own": (
        "{path}：leverage（{leverage}）不能超过该市场的最高杠杆 {highest}"
    ),
    "The local Backpack does not answer at {url} ({why}): start it with `hummingbot-backpack simulator`": (
        "本地 Backpack 在 {url} 没有应答（{why}）：请用 `hummingbot-backpack simulator` 启动"
    ),
    "{path}: script_file_name ({script}) must be one of {scripts}": (
        "{path}：script_file_name（{script}）必须是以下之一：{scripts}"
    ),
    "{path}: {name} must be set": "{path}：必须设置 {name}",
    "{name} must be set": "必须设置 {name}",
    "{name} is not a setting": "{name} 不是设置项",
    "{name} ({value}) must be right: {why}": "{name}（{value}）不正确：{why}",
    "{path}: controllers_config ({name}) must name files in {folder}": (
        "{path}：controllers_config（{name}）必须是 {folder} 中的文件"
    ),
    "{path}: controller {name} needs the package {package}: install it": (
        "{path}：控制器 {name} 需要软件包 {package}：请安装"
    ),
    "{path}: controller_name ({name}) must be a controller in {folder}": (
        "{path}：controller_name（{name}）必须是 {folder} 中的控制器"
    ),
    "{url} does not answer ({why}); the market is not checked": "{url} 没有应答（{why}）；未检查市场",
    "{url} does not tell its markets ({why}); the market is not checked": "{url} 未返回市场列表（{why}）；未检查市场",
    "--name ({name}) must be letters, digits, - and _": "--name（{name}）只能由字母、数字、- 和 _ 组成",
    "--name ({name}) must be free: {file} is there already": "--name（{name}）已被占用：{file} 已存在",
    # doctor
    "this folder is none: --workspace names one": "当前目录不是工作区：请用 --workspace 指定",
    "not asked (--offline)": "未询问（--offline）",
    "for rehearsal": "演练",
    "for live trading": "实盘",
    "{root} lacks {name}: run `hummingbot-backpack init {again}` again": (
        "{root} 缺少 {name}：请再次运行 `hummingbot-backpack init {again}`"
    ),
    "{root}, {kind}, its links are in order": "{root}，{kind:zh}，链接正常",
    "conf/backpack.yml is in order": "conf/backpack.yml 正常",
    "{file} can be read by others: chmod go= it as its owner": "{file} 可被他人读取：请以所有者身份执行 chmod go=",
    "mended: {names} could be read by others": "已修复：{names} 曾可被他人读取",
    "mended: {names} and {count} more could be read by others": "已修复：{names} 等另外 {count} 个文件曾可被他人读取",
    "settings, keys, logs and records are yours alone": "设置、密钥、日志和记录仅您可读",
    "{switch} is off: Hummingbot's bundled connectors are live": "{switch} 已关闭：正在使用 Hummingbot 自带的连接器",
    "ours are on": "正在使用我们的连接器",
    "there are none: store a pair with `hummingbot-backpack {how}`": (
        "没有密钥：请用 `hummingbot-backpack {how}` 保存一对"
    ),
    "{path} is missing: put it back from a backup": "缺少 {path}：请从备份恢复",
    "{path} is damaged: put it back from a backup, or store the pair again": (
        "{path} 已损坏：请从备份恢复，或重新保存密钥对"
    ),
    "{names}: older than {days} days, make a new pair and revoke the old": (
        "{names}：已超过 {days} 天，请换用新密钥对并吊销旧的"
    ),
    "HBOT_PASSWORD is not set: whether keys and secrets belong together, and whether orders rest that this workspace"
    " never placed, was not looked at": (
        "未设置 HBOT_PASSWORD：没有检查公钥与私钥是否配对，也没有检查是否有本工作区从未下过的挂单"
    ),
    "{path} holds no pair: {why}": "{path} 中不是一对密钥：{why:zh}",
    "keys and secrets belong together ({names})": "公钥与私钥配对（{names}）",
    "the exchange does not show the account's open orders ({why})": "交易所未返回账户的挂单（{why}）",
    "{count} of this workspace's instance ({instance}) rest, all placed by it": (
        "本工作区实例（{instance}）有 {count} 笔挂单，全部由其下单"
    ),
    "{count} open orders with this workspace's instance ({instance}) were never placed here ({named}): give each bot of"
    " the account its own number": (
        "有 {count} 笔带有本工作区实例号（{instance}）的挂单并非由其下单（{named}）：请给账户的每个机器人各自的编号"
    ),
    "{count} open orders with this workspace's instance ({instance}) were never placed here ({named}, …): give each bot"
    " of the account its own number": (
        "有 {count} 笔带有本工作区实例号（{instance}）的挂单并非由其下单（{named} 等）：请给账户的每个机器人各自的编号"
    ),
    "start it with `hummingbot-backpack simulator`": "请用 `hummingbot-backpack simulator` 启动",
    "look at the network of this machine, or use --offline": "请检查本机网络，或使用 --offline",
    "{url} does not answer ({why}): {what}": "{url} 没有应答（{why}）：{what:zh}",
    "{url} does not tell its time ({why})": "{url} 未返回时间（{why}）",
    "{url} answers in {delay} ms, this machine's clock is {skew} ms off": (
        "{url} 应答用时 {delay} 毫秒，本机时钟偏差 {skew} 毫秒"
    ),
    "{detail}: set it (NTP), or the exchange refuses what is signed": (
        "{detail:zh}：请校准时钟（NTP），否则交易所会拒绝签名请求"
    ),
    "{detail}: set it (NTP)": "{detail:zh}：请校准时钟（NTP）",
    "none runs": "没有机器人在运行",
    "none runs; the last one did not end by itself (its record is cleared by the next start)": (
        "没有机器人在运行；上一个不是自行结束的（其记录会在下次启动时清除）"
    ),
    "one of another user's may run": "可能有其他用户的机器人在运行",
    "one runs (process {number})": "有机器人在运行（进程 {number}）",
    "Hummingbot is not installed": "没有安装 Hummingbot",
    "ours send none unless broker_id is set; {switch} ({setting} here) {blanked}; others are sent: {names}": (
        "除非设置 broker_id，我们的连接器不发送经纪商标识；{switch}（此处为 {setting}）{blanked:zh}；"
        "其他仍会发送：{names}"
    ),
    "blanks those of {names}": "清除 {names} 的标识",
    "blanks none": "不清除任何标识",
    "{switch} ({setting}) must be off or keep; {detail}": "{switch}（{setting}）必须是 off 或 keep；{detail:zh}",
    "Python {version} at {path}, hummingbot-backpack {ours}": "Python {version}（{path}），hummingbot-backpack {ours}",
    "{detail}; only Python {versions} has been run: use it if something is odd": (
        "{detail:zh}；只在 Python {versions} 上运行过：如有异常请换用"
    ),
    "release {release} at {path}": "版本 {release}（{path}）",
    "release {release} at {path} has not been run with us (run: {known}): rehearse with it before you trade": (
        "版本 {release}（{path}）未与本软件一起运行过（运行过：{known}）：交易前请先演练"
    ),
    "cannot be found: {why}": "找不到：{why}",
    "is nowhere: install Hummingbot and hummingbot-backpack again": (
        "不存在：请重新安装 Hummingbot 和 hummingbot-backpack"
    ),
    "ours ({path})": "我们的（{path}）",
    "Hummingbot's own ({path}): {why}": "Hummingbot 自带的（{path}）：{why:zh}",
    "{switch} switches ours off: unset it to trade with ours": "{switch} 关闭了我们的连接器：取消该变量即可使用",
    "Hummingbot's own ({path}): this release of ours brings none": "Hummingbot 自带的（{path}）：本版本不提供该部分",
    "the import hook did not run: install hummingbot-backpack again in this environment": (
        "导入钩子没有运行：请在此环境中重新安装 hummingbot-backpack"
    ),
}
